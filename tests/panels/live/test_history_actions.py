"""Paging back into the history from the window, with a real file and a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.live.history_dialog import HistoryDialog
from authws_desktop.panels.live.live_page import LivePage
from authws_desktop.panels.live.traffic_columns import TrafficColumn
from authws_desktop.paths import DataPaths
from authws_desktop.server.service import ServerState, Service
from authws_desktop.traffic import history_file
from authws_desktop.traffic.history_file import HistoryFile
from authws_desktop.traffic.ring import TrafficRing
from tests.own_clients import eventually, loaded
from tests.panels.conftest import deleted
from tests.panels.live.support import PlainService, busy_scene, fill
from tests.panels.pictures import shoot


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    """A service with its history on."""
    made = Service(loaded(tmp_path, history_max_mib=10), DataPaths.under(tmp_path), password_cost=4)
    yield made
    await made.close()


@pytest.fixture
async def page(service: Service, theme: Theme, window_state: WindowState) -> AsyncIterator[LivePage]:
    """The Live page, shown."""
    made = LivePage(service, theme, window_state)
    made.traffic.chips.show_only(frozenset())
    made.resize(1180, 640)
    made.show()
    yield made
    await deleted(made)


def earlier(service: Service, count: int = 0) -> TrafficRing:
    """Let a launch before have kept a busy scene and so many rows more."""
    scene = PlainService()
    busy_scene(scene)
    fill(scene.traffic, count)
    file = HistoryFile(service.paths.history_file)
    file.open()
    file.write(scene.traffic.after(0), 10 * 1024 * 1024)
    file.close()
    return scene.traffic


async def asked(page: LivePage) -> HistoryDialog:
    """Choose History… in the menu; return the dialog."""
    menu = page.files.make_menu()
    next(action for action in menu.actions() if action.text() == "History…").trigger()
    await eventually(lambda: page.findChildren(HistoryDialog))
    menu.deleteLater()
    (dialog,) = page.findChildren(HistoryDialog)
    return dialog


def contents(page: LivePage) -> list[str]:
    """Return what the rows say."""
    model = page.traffic.model
    return [model.index(row, TrafficColumn.CONTENT).data() for row in range(model.rowCount())]


async def turned(page: LivePage, button: QPushButton) -> None:
    """Turn the page with a button; wait until the button has its state for the new one."""
    before = contents(page)
    button.click()
    await eventually(lambda: contents(page) != before)
    await asyncio.sleep(0)


async def test_paging_back_and_forth(
    page: LivePage, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest rows first, read-only; Older and Newer turn the page, and Back to live ends it."""
    monkeypatch.setattr(history_file, "PAGE_ROWS", 50)
    then = earlier(service, 90)
    await service.start()
    await eventually(lambda: service.history.seen_number == service.traffic.last_number)
    page.refresh()
    live = contents(page)
    dialog = await asked(page)
    dialog.table.selectRow(1)
    assert dialog.table.model().index(1, 3).data() == f"{then.last_number:,}"
    dialog.show_button.click()
    files, history = page.files, page.history
    await eventually(lambda: files.file_name == "history.db")
    assert "rows, read-only." in files.notice.text
    assert contents(page)[-1] == f'{{"text":"hello number {then.last_number}"}}'
    assert page.traffic.model.rowCount() == 50
    assert (history.older_button.isEnabled(), history.newer_button.isEnabled()) == (True, False)
    assert not page.traffic.tools.clear_button.isEnabled()
    shown = [contents(page)]
    while history.older_button.isEnabled():
        await turned(page, history.older_button)
        shown.insert(0, contents(page))
    assert sum(len(each) for each in shown) == then.last_number
    await turned(page, history.newer_button)
    assert contents(page) == shown[1]
    page.traffic.view.selectRow(0)
    assert not page.detail.resend_button.isEnabled()
    files.notice.action_button.click()
    assert contents(page)[: len(live)] == live
    assert history.older_button.isHidden()
    assert history.page is None


async def test_this_launch_can_be_paged_too(page: LivePage, service: Service) -> None:
    """What the ring let go of is still in the file."""
    await service.start()
    fill(service.traffic, 30)
    await eventually(lambda: service.history.seen_number == service.traffic.last_number)
    service.traffic.clear()
    page.refresh()
    assert contents(page) == []
    (await asked(page)).show_button.click()
    await eventually(lambda: page.history.page is not None)
    assert contents(page)[-1] == '{"text":"hello number 31"}'


async def test_an_opened_file_takes_the_place_of_the_history(
    page: LivePage, service: Service, tmp_path: Path
) -> None:
    """Older and Newer go with it."""
    earlier(service)
    await page.history.show_page(1)
    assert not page.history.older_button.isHidden()
    await page.files.export_to(tmp_path / "x.jsonl", page.traffic.model.all_numbers())
    await page.files.open(tmp_path / "x.jsonl")
    assert page.history.older_button.isHidden()
    assert page.history.page is None


async def test_an_empty_history_says_what_to_do(page: LivePage, service: Service) -> None:
    """Off: where to switch it on."""
    dialog = await asked(page)
    assert "settings, group Traffic" in dialog.empty_label.text()
    assert not dialog.show_button.isEnabled()
    dialog.close_button.click()
    await eventually(lambda: not page.findChildren(HistoryDialog))
    assert page.files.file_name == ""
    service.history.apply(10)
    dialog = await asked(page)
    assert "Nothing is kept yet" in dialog.empty_label.text()
    dialog.reject()
    await eventually(lambda: not page.findChildren(HistoryDialog))


async def test_a_broken_file_is_said_and_tried_again(page: LivePage, service: Service) -> None:
    """The notice stays until the history works; the server runs on."""
    file = service.paths.history_file
    file.write_bytes(b"something else " * 1000)
    await service.start()
    await eventually(lambda: service.history.trouble)
    page.refresh()
    assert page.history.notice.text.startswith("The history stopped; the server goes on. The file ")
    assert service.state is ServerState.RUNNING
    page.history.action.trigger()  # it cannot be read either
    await eventually(lambda: page.history.notice.text.startswith("The file "))
    file.replace(file.with_name("away"))
    service.history.retry()
    page.refresh()
    assert page.history.notice.text == ""
    await eventually(lambda: service.history.seen_number == service.traffic.last_number)
    assert service.history.trouble == ""


async def test_the_button_tries_again(page: LivePage, service: Service) -> None:
    """After a second failure the note says so again."""
    service.paths.history_file.write_bytes(b"something else " * 1000)
    await service.start()
    for _ in range(2):
        await eventually(lambda: service.history.trouble)
        page.refresh()
        assert "is damaged" in page.history.notice.text
        page.history.notice.action_button.click()
        assert service.history.trouble == ""
        page.refresh()
        assert page.history.notice.text == ""
    await eventually(lambda: service.history.trouble)


@pytest.mark.parametrize("look", ["light", "dark"])
async def test_pictures(
    page: LivePage,
    service: Service,
    theme: Theme,
    app: QApplication,
    monkeypatch: pytest.MonkeyPatch,
    look: str,
) -> None:
    """The dialog, a page of the history, and the notice."""
    theme.apply(app, look)
    monkeypatch.setattr(history_file, "PAGE_ROWS", 60)
    for count in (12_000, 1, 90):
        earlier(service, count)
    page.refresh()
    dialog = await asked(page)
    for label in dialog.findChildren(QLabel):
        if label.text().startswith("Kept in"):
            label.setText("Kept in /home/ana/.local/share/authws-desktop/history.db")
    shoot(dialog, f"live-history-dialog-{look}")
    dialog.show_button.click()
    await eventually(lambda: page.history.page is not None)
    page.history.older_button.click()
    await eventually(page.history.newer_button.isEnabled)
    page.traffic.view.selectRow(2)
    shoot(page, f"live-history-{look}")
    page.files.show_live()
    service.history.trouble = "The file history.db cannot grow: the disk is full. Make room."
    page.refresh()
    shoot(page, f"live-history-stopped-{look}")
