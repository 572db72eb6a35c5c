"""Comparing runs from the window, with a real server."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.live.compare_dialog import HERE, THERE, VERDICT, CompareDialog
from authws_desktop.panels.live.live_page import LivePage
from authws_desktop.server.service import Service
from authws_desktop.tasks import start_task
from tests.own_clients import eventually, http_client, ws_client

OUT = Path(__file__).parents[2] / "screenshots" / "out"


@pytest.fixture
def page(real_page: LivePage) -> LivePage:
    """The page of a real server, shown."""
    return real_page


async def run_once(service: Service, *texts: str) -> None:
    """Start, let ana say something, stop."""
    await service.start()
    async with http_client(service) as http:
        if service.accounts.find("ana") is None:
            token = (await http.register("ana"))["token"]
        else:
            token = (await http.login("ana"))["token"]
    async with ws_client(service) as client:
        await client.log_in(token)
        for text in texts:
            await client.send({"type": "message", "content": text})
            await client.expect("message")
    await service.stop()


async def dialog_of(page: LivePage, text: str) -> CompareDialog:
    """Choose an entry of the files' menu; return the dialog that opens."""
    menu = page.files.make_menu()
    next(action for action in menu.actions() if action.text() == text).trigger()
    menu.deleteLater()
    await eventually(lambda: page.window().findChildren(CompareDialog))
    (dialog,) = page.window().findChildren(CompareDialog)
    return dialog


@pytest.mark.parametrize("look", ["light", "dark"])
async def test_two_runs_side_by_side(
    service: Service, page: LivePage, theme: Theme, app: QApplication, look: str
) -> None:
    """The first difference stands last, what was equal before it, and its row is found in the traffic."""
    theme.apply(app, look)
    await run_once(service)  # it has a registration, which the others have not
    await run_once(service, "Shall we play?", "e2 to e4")
    await run_once(service, "Shall we play?", "d2 to d4")
    page.refresh()
    dialog = await dialog_of(page, "Compare the last two runs")
    model = dialog.table.model()
    last = model.rowCount() - 1
    assert [model.index(row, VERDICT).data() for row in range(model.rowCount())] == ["same"] * last + [
        "differs"
    ]
    assert "d2 to d4" in model.index(last, HERE).data()
    assert "e2 to e4" in model.index(last, THERE).data()
    assert "ana" in dialog.verdict.text()
    OUT.mkdir(parents=True, exist_ok=True)
    assert dialog.grab().save(str(OUT / f"live-compared-{look}.png"))
    dialog.show_button.click()
    record = page.traffic.model.record_at(page.traffic.view.currentIndex().row())
    assert record is not None
    assert b"d2 to d4" in record.payload
    dialog.accept()


async def test_with_a_file(service: Service, page: LivePage, tmp_path: Path) -> None:
    """The last run is compared with an export; with itself there is no difference, and one run is not two."""
    await run_once(service, "hello")
    page.refresh()
    await page.compare.compare_runs()
    assert "two starts" in page.files.notice.text
    file = tmp_path / "run.jsonl"
    await page.files.export_to(file, page.traffic.model.all_numbers())
    task = start_task(page.compare.compare_with(file), "compare")
    await eventually(lambda: page.window().findChildren(CompareDialog))
    (dialog,) = page.window().findChildren(CompareDialog)
    assert "no difference" in dialog.verdict.text()
    assert not dialog.show_button.isEnabled()
    dialog.accept()
    await task
