"""Export and Open from the window."""

from __future__ import annotations

import asyncio
import csv
import itertools
import json
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog

from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.kit.words import counted
from authws_desktop.panels.live import file_actions
from authws_desktop.panels.live.file_actions import COLLECTED_AT_ONCE, ExportScope
from authws_desktop.panels.live.live_page import LivePage
from authws_desktop.panels.live.traffic_columns import TrafficColumn
from authws_desktop.server.service import ServerState
from authws_desktop.traffic import rows as export_module
from authws_desktop.traffic.record import Kind, Record
from tests.own_clients import eventually
from tests.panels.conftest import deleted
from tests.panels.live.support import PlainService, as_service, busy_scene, fill
from tests.panels.pictures import shoot


@pytest.fixture
async def page(plain: PlainService, theme: Theme, window_state: WindowState) -> AsyncIterator[LivePage]:
    """The page with a busy scene; the server is stopped."""
    busy_scene(plain)
    plain.state = ServerState.STOPPED
    made = LivePage(as_service(plain), theme, window_state)
    made.traffic.chips.show_only(frozenset())
    made.resize(1180, 640)
    made.show()
    made.refresh()
    yield made
    await deleted(made)


async def settled(page: LivePage) -> None:
    """Wait until the filter is through."""
    await eventually(lambda: page.traffic.model.filter_percent is None)


def lines_of(file: Path) -> list[dict[str, object]]:
    """Return the rows of an exported file."""
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()[1:]]


async def test_selected_filtered_or_all(page: LivePage, plain: PlainService, tmp_path: Path) -> None:
    """Exactly those rows, oldest first."""
    total = plain.traffic.last_number
    page.traffic.tools.filter_box.set_filter_text("type:direct")
    await settled(page)
    page.traffic.view.selectRow(2)
    shown = page.traffic.model.rowCount()
    assert 3 < shown < total
    for scope, count in ((ExportScope.SELECTED, 1), (ExportScope.FILTERED, shown), (ExportScope.ALL, total)):
        file = tmp_path / f"{scope}.jsonl"
        await page.files.export_to(file, page.files.numbers_of(scope))
        found = lines_of(file)
        assert len(found) == count
        assert [row["number"] for row in found] == sorted(int(str(row["number"])) for row in found)
        assert f"Exported {counted(count, '%n row', '%n rows')} to" in page.files.notice.text
    kinds = {row["kind"] for row in lines_of(tmp_path / "filtered.jsonl")}
    assert kinds == {"direct"}


async def test_a_sorted_table_is_written_by_time_with_its_paths(page: LivePage, tmp_path: Path) -> None:
    """A file tells what happened, one thing after the other; a column that was added is in it."""
    page.traffic.view.column_menu.add_path("content.turn")
    page.traffic.view.sortByColumn(TrafficColumn.CONTENT, Qt.SortOrder.DescendingOrder)
    while page.traffic.model.sort_percent is not None:
        await asyncio.sleep(0)
    shown = list(page.traffic.model.numbers())
    await page.files.export_to(tmp_path / "x.csv", page.files.numbers_of(ExportScope.FILTERED))
    with (tmp_path / "x.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    numbers = [int(row["number"]) for row in rows]
    assert numbers == sorted(shown) != shown
    assert {row["content.turn"] for row in rows} >= {"", "1", "2"}


async def test_the_menu_asks_for_a_file(page: LivePage, tmp_path: Path) -> None:
    """By its suffix it is CSV."""
    menu = page.files.make_menu()
    entries = {action.text(): action for action in menu.actions()}
    assert not entries["Export selected…"].isEnabled()
    entries["Export all…"].trigger()
    await eventually(lambda: page.findChild(QFileDialog) is not None)
    dialog = page.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit(str(tmp_path / "x.csv"))
    dialog.accept()
    dialog.done(1)
    await eventually(lambda: (tmp_path / "x.csv").exists())
    await eventually(lambda: page.findChild(QFileDialog) is None)
    with (tmp_path / "x.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert len(list(csv.reader(stream))) == page.traffic.model.total + 1
    menu.deleteLater()


async def test_a_file_is_opened_while_the_server_is_stopped(
    page: LivePage, plain: PlainService, tmp_path: Path
) -> None:
    """The same rows in the same view, read-only; live rows wait behind it and come back."""
    file = tmp_path / "traffic.jsonl"
    await page.files.export_to(file, page.files.numbers_of(ExportScope.ALL))
    before = [
        page.traffic.model.index(row, TrafficColumn.CONTENT).data()
        for row in range(page.traffic.model.rowCount())
    ]
    plain.traffic.clear()
    page.refresh()
    assert page.traffic.model.rowCount() == 0
    await page.files.open(file)
    await settled(page)
    shown = [
        page.traffic.model.index(row, TrafficColumn.CONTENT).data()
        for row in range(page.traffic.model.rowCount())
    ]
    assert shown == before
    assert page.files.notice.text == f"This is traffic.jsonl: {len(before):,} rows, read-only."
    assert not page.traffic.tools.clear_button.isEnabled()
    direct = next(
        row
        for row in range(len(before))
        if page.traffic.model.record_at(row).kind is Kind.DIRECT  # type: ignore[union-attr]
    )
    page.traffic.view.selectRow(direct)
    assert page.detail.record is not None
    assert not page.detail.resend_button.isEnabled()
    page.traffic.tools.filter_box.set_filter_text("type:direct")
    await settled(page)
    assert 0 < page.traffic.model.rowCount() < len(before)
    page.traffic.tools.filter_box.set_filter_text("")
    await settled(page)
    fill(plain.traffic, 3)
    page.refresh()
    assert page.traffic.model.rowCount() == len(before)
    page.files.notice.action_button.click()
    await settled(page)
    assert page.traffic.model.rowCount() == 3
    assert page.files.notice.text == ""
    assert page.traffic.tools.clear_button.isEnabled()


async def test_what_cannot_be_read_or_written_is_said(
    page: LivePage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the live rows stay, and the menu offers all of it again."""
    (tmp_path / "x.jsonl").write_text("{}")

    async def chosen(*_asked: object) -> Path:
        return tmp_path / "x.jsonl"

    async def nowhere(*_asked: object) -> Path:
        return tmp_path / "none" / "x.csv"

    monkeypatch.setattr(file_actions, "choose_file_to_open", chosen)
    monkeypatch.setattr(file_actions, "choose_file_to_save", nowhere)
    count = page.traffic.model.rowCount()
    await page.files.ask_open()
    assert "is no traffic exported" in page.files.notice.text
    assert page.traffic.model.rowCount() == count
    await page.files.ask_export(ExportScope.ALL)
    assert "cannot be written" in page.files.notice.text
    actions = page.files.make_menu().actions()
    assert all(action.isEnabled() for action in actions if action.text() in ("Export all…", "Open a file…"))


async def test_progress_and_cancel(
    page: LivePage, plain: PlainService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long export says how far it is; Cancel leaves no file."""
    fill(plain.traffic, 3000)
    page.refresh()
    is_cancelled = asyncio.Event()
    loop = asyncio.get_running_loop()
    real = export_module.as_row

    written, may_end = itertools.count(), threading.Event()

    def slow(record: Record) -> object:
        if next(written) == 1000:
            may_end.wait(60)  # a slow disk
        return real(record)

    monkeypatch.setattr(export_module, "as_row", slow)

    async def cancel() -> None:
        await eventually(lambda: "Exporting to x.jsonl: " in page.files.notice.text)
        await eventually(
            lambda: page.files.notice.text[-3:] not in ("", " 0 %") and "%" in page.files.notice.text
        )
        assert not [action for action in page.files.make_menu().actions()[:3] if action.isEnabled()]
        page.files.notice.action_button.click()
        loop.call_soon(is_cancelled.set)
        may_end.set()

    cancelling = loop.create_task(cancel())
    await page.files.export_to(tmp_path / "x.jsonl", page.files.numbers_of(ExportScope.ALL))
    await cancelling
    assert is_cancelled.is_set()
    assert "called off" in page.files.notice.text
    assert list(tmp_path.glob("*x.jsonl*")) == []


async def test_the_loop_goes_on_during_a_large_export(
    page: LivePage, plain: PlainService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The window takes hold of a few rows a turn, however many there are; another thread writes them."""
    fill(plain.traffic, 10_000 - plain.traffic.last_number)
    page.refresh()
    taken_a_turn, writers = [0], set()
    find, as_row = page.traffic.model.record, export_module.as_row

    def take(number: int) -> Record | None:
        taken_a_turn[-1] += 1
        return find(number)

    def note_thread(record: Record) -> object:
        writers.add(threading.current_thread())
        return as_row(record)

    async def tick() -> None:
        while True:
            taken_a_turn.append(0)
            await asyncio.sleep(0)

    monkeypatch.setattr(page.traffic.model, "record", take)
    monkeypatch.setattr(export_module, "as_row", note_thread)
    ticking = asyncio.get_running_loop().create_task(tick())
    await page.files.export_to(tmp_path / "x.jsonl", page.files.numbers_of(ExportScope.ALL))
    ticking.cancel()
    assert sum(taken_a_turn) == len(lines_of(tmp_path / "x.jsonl")) == 10_000
    assert max(taken_a_turn) == COLLECTED_AT_ONCE
    assert writers
    assert threading.main_thread() not in writers


@pytest.mark.parametrize("look", ["light", "dark"])
async def test_pictures(page: LivePage, theme: Theme, app: QApplication, tmp_path: Path, look: str) -> None:
    """A file, shown."""
    theme.apply(app, look)
    await page.files.export_to(tmp_path / "match.jsonl", page.files.numbers_of(ExportScope.ALL))
    await page.files.open(tmp_path / "match.jsonl")
    await settled(page)
    shoot(page, f"live-file-{look}")
    assert page.traffic.model.record_at(0) is not None


async def test_what_came_meanwhile_is_not_announced_over_a_file(
    page: LivePage, plain: PlainService, tmp_path: Path
) -> None:
    """New rows of the live traffic are not of the file shown."""
    page.traffic.view.set_following(False)
    fill(plain.traffic, 5)
    page.refresh()
    assert page.traffic.new_button.isVisible()
    file = tmp_path / "traffic.jsonl"
    await page.files.export_to(file, page.files.numbers_of(ExportScope.ALL))
    await page.files.open(file)
    fill(plain.traffic, 5)
    page.refresh()
    assert not page.traffic.new_button.isVisible()


async def test_a_row_becomes_a_test(page: LivePage, tmp_path: Path) -> None:
    """The recording begins with the row's connection, and the test beside it is a whole one."""
    model = page.traffic.model
    records = [record for number in model.all_numbers() if (record := model.record(number)) is not None]
    row = next(
        record for record in reversed(records) if record.kind is Kind.MESSAGE and record.identity.number
    )
    menu = page.row_menu.make_menu(row)
    action = next(each for each in menu.actions() if each.text() == "Make it a test…")
    assert action.isEnabled()
    menu.close()
    await page.files.make_test(tmp_path / "Castling, long.jsonl", row)
    assert "test_castling_long.py" in page.files.notice.text
    written = lines_of(tmp_path / "Castling, long.jsonl")
    assert row.number in [each["number"] for each in written]
    test = (tmp_path / "test_castling_long.py").read_text()
    compile(test, "test", "exec")
    assert "def test_castling_long(authws):" in test
    assert '"Castling, long.jsonl"' in test
