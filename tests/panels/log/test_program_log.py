"""The log page: lines of the real loggers, filtered, searched, copied, followed."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from authws_desktop.logs import LogLine, LogRing
from authws_desktop.panels.kit.chips import CHIP_ROLE, Chip
from authws_desktop.panels.kit.table_filter import TableFilter
from authws_desktop.panels.kit.table_model import TableModel
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.log.program_log import (
    LEVEL,
    TEXT,
    ProgramLog,
    line_key,
    line_text,
    log_columns,
    searched_text,
)
from tests.panels.conftest import activated, deleted

log = logging.getLogger("authws_desktop.server.service")


@pytest.fixture
async def page(log_ring: LogRing, theme: Theme, window_state: WindowState) -> AsyncIterator[ProgramLog]:
    """The page, shown, following the ring."""
    made = ProgramLog(log_ring, theme, window_state)
    made.resize(950, 500)
    made.show()
    yield made
    await deleted(made)


def shown(page: ProgramLog) -> list[str]:
    """Return the messages in the table."""
    model = page.table.model()
    return [str(model.index(row, TEXT).data()) for row in range(model.rowCount())]


def lines(*numbers: int) -> list[LogLine]:
    """Return lines with these numbers."""
    return [LogLine(number, 1_700_000_000 + number, "INFO", "test", f"line {number}") for number in numbers]


def test_models_keep_qts_rules(qtmodeltester: object, qapp: QApplication) -> None:
    """Qt's own checks pass, on the lines and on their filter, while lines come and go."""
    model = TableModel(log_columns(), line_key)
    proxy = TableFilter(model, searched_text)
    for checked in (model, proxy):
        qtmodeltester.check(checked)  # type: ignore[attr-defined]
    model.append(lines(1, 2, 3), 5)
    model.append(lines(4, 5, 6, 7), 5)
    proxy.search("line 6")
    proxy.narrow(lambda line: line.number % 2 == 0)
    model.append(lines(8, 9, 10, 11, 12, 13), 5)
    assert [line.number for line in model.rows()] == [9, 10, 11, 12, 13]
    assert proxy.rowCount() == 0


def test_lines_come_and_go_in_exact_ranges(qtbot: QtBot) -> None:
    """New lines are inserted, the oldest removed; the model is never reset."""
    model = TableModel(log_columns(), line_key)
    resets: list[None] = []
    model.modelReset.connect(lambda: resets.append(None))
    model.append(lines(1, 2), 3)
    with qtbot.waitSignals([model.rowsRemoved, model.rowsInserted]):
        model.append(lines(3, 4), 3)
    assert model.rows()[0].number == 2
    assert not resets


async def test_shows_what_is_logged(page: ProgramLog) -> None:
    """A line appears with its level as a chip; a traceback shows whole below when chosen."""
    log.warning("A client answered no ping")
    try:
        raise ValueError("on purpose")
    except ValueError:
        log.exception("Something failed")
    page.refresh()
    assert shown(page) == ["A client answered no ping", "Something failed"]
    chip = page.table.model().index(0, LEVEL).data(CHIP_ROLE)
    assert isinstance(chip, Chip)
    assert (chip.text, chip.tone) == ("warning", "warn")
    assert not page.detail.isVisible()
    page.table.selectRow(1)
    assert page.detail.isVisible()
    assert "ValueError: on purpose" in page.detail.toPlainText()
    page.activateWindow()
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_Escape)
    assert not page.detail.isVisible()


async def test_says_so_when_there_is_nothing(page: ProgramLog) -> None:
    """An empty log and a filter without a match say what is the matter."""
    page.refresh()
    assert "Nothing has been logged" in page.empty.text
    log.info("hello")
    page.refresh()
    page.search.setText("something else")
    assert "No line matches" in page.empty.text
    assert page.empty.isVisible()


async def test_level_and_search_narrow(page: ProgramLog) -> None:
    """Level and every word of the search must fit; the count says how many are left."""
    log.info("Server running")
    log.error("Server failed: port in use")
    log.error("Disk full")
    page.refresh()
    page.level_choice.setCurrentIndex(page.level_choice.findData("ERROR"))
    assert shown(page) == ["Server failed: port in use", "Disk full"]
    page.search.setText("PORT server")
    assert shown(page) == ["Server failed: port in use"]
    assert page.count_label.text() == "1 of 3 lines"
    page.search.clear()
    page.level_choice.setCurrentIndex(0)
    assert len(shown(page)) == 3


async def test_selection_survives_new_lines_and_filters(page: ProgramLog) -> None:
    """New lines and a narrower filter leave the chosen line chosen."""
    for number in range(5):
        log.info("line %d", number)
    page.refresh()
    page.table.selectRow(2)
    log.info("line 5")
    page.refresh()
    page.search.setText("line 2")
    page.search.clear()
    rows = page.table.selectionModel().selectedRows(TEXT)
    assert [row.data() for row in rows] == ["line 2"]


async def test_copy_takes_the_chosen_lines_or_all(page: ProgramLog, app: QApplication) -> None:
    """Copy gives date, level, part and the whole text."""
    log.info("first")
    log.info("second")
    page.refresh()
    page.copy_button.click()
    assert [line.split(": ")[1] for line in app.clipboard().text().splitlines()] == ["first", "second"]
    page.table.selectRow(1)
    page.copy_button.click()
    assert app.clipboard().text().endswith("INFO authws_desktop.server.service: second")


async def test_follow_lets_go_when_the_person_looks_back(page: ProgramLog) -> None:
    """Following keeps the end in view; scrolling up or choosing an older line lets go."""
    for number in range(200):
        log.info("line %d", number)
    page.refresh()
    bar = page.table.verticalScrollBar()
    assert bar.value() == bar.maximum() > 0
    bar.triggerAction(bar.SliderAction.SliderPageStepSub)
    assert not page.follow_button.isChecked()
    where = bar.value()
    log.info("one more")
    page.refresh()
    assert bar.value() == where
    page.follow_button.click()
    assert bar.value() == bar.maximum()
    page.table.selectRow(3)
    assert not page.follow_button.isChecked()


async def test_slash_goes_to_the_search(page: ProgramLog) -> None:
    """The search is one key away."""
    await activated(page)
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_Slash)
    assert page.search.hasFocus()
    assert page.search.text() == ""


async def test_level_is_remembered(
    log_ring: LogRing, theme: Theme, window_state: WindowState, page: ProgramLog
) -> None:
    """The next window shows the same level."""
    page.level_choice.setCurrentIndex(page.level_choice.findData("WARNING"))
    second = ProgramLog(log_ring, theme, window_state)
    assert second.level_choice.currentData() == "WARNING"
    await deleted(second)


def test_copied_line_names_day_and_millisecond() -> None:
    """A copied line can be put beside a line of the log file."""
    line = LogLine(1, 1_700_000_000.25, "INFO", "authws_desktop", "text")
    assert line_text(line).endswith(".250 INFO authws_desktop: text")
