"""Chips above the traffic: answers are folded into their requests, one click shows or leaves out a group."""

from __future__ import annotations

import re

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.live.live_page import LivePage
from authws_desktop.panels.live.row_groups import RowGroup
from authws_desktop.panels.live.traffic_columns import TrafficColumn
from authws_desktop.traffic.record import Direction, Kind, Record
from tests.panels.live.support import PlainService, as_service, busy_scene


@pytest.fixture
def folded(qtbot: QtBot, plain: PlainService, theme: Theme, window_state: WindowState) -> LivePage:
    """The page as a newcomer has it, with a busy scene."""
    made = LivePage(as_service(plain), theme, window_state)
    qtbot.addWidget(made)
    made.resize(1180, 640)
    made.show()
    busy_scene(plain)
    settle(made, qtbot)
    return made


def settle(page: LivePage, qtbot: QtBot) -> None:
    """Let the filter come to its end."""
    page.refresh()
    qtbot.waitUntil(lambda: page.traffic.model.filter_percent is None)
    page.refresh()


def shown(page: LivePage) -> list[Record]:
    """The records of all rows shown."""
    model = page.traffic.model
    return [row for each in range(model.rowCount()) if (row := model.record_at(each)) is not None]


def test_answers_stand_in_their_requests_row(folded: LivePage, plain: PlainService) -> None:
    """No row echoes another; a refusal is red once, and what went well has a tick with its recipients."""
    rows = shown(folded)
    assert not [row for row in rows if row.direction is Direction.OUT]
    assert sum(row.outcome.startswith("AUTH_ERROR") for row in rows) == 1
    model = folded.traffic.model
    to = {
        str(row.kind): model.index(each, TrafficColumn.TO).data()
        for each, row in enumerate(rows)
        if not row.outcome and row.kind in (Kind.MESSAGE, Kind.DIRECT, Kind.AUTHENTICATE)
    }
    assert re.fullmatch(r"ana ✓ [\d.]+ (µs|ms|s)", to.pop("direct")), "with the time that it took"
    assert to == {"message": "all 11 … 1", "authenticate": "✓"}
    tips = [
        model.index(each, TrafficColumn.TO).data(Qt.ItemDataRole.ToolTipRole)
        for each, row in enumerate(rows)
        if row.kind is Kind.MESSAGE
    ]
    assert all("Written to 10 of 11 within" in tip for tip in tips)


def test_one_click_shows_answers_and_hides_directs(
    folded: LivePage, plain: PlainService, qtbot: QtBot
) -> None:
    """The E key does what the chip does, and the choice is there next time."""
    buttons = folded.traffic.chips.buttons
    assert not buttons[RowGroup.ANSWERS].isChecked()
    QTest.keyClick(folded.traffic.view, Qt.Key.Key_E)
    settle(folded, qtbot)
    assert len(shown(folded)) == len(plain.traffic)
    buttons[RowGroup.DIRECTS].click()
    settle(folded, qtbot)
    assert not [row for row in shown(folded) if row.kind is Kind.DIRECT]
    again = LivePage(as_service(plain), folded.traffic._theme, folded._window_state)
    qtbot.addWidget(again)
    assert again.traffic.chips.left_out == {RowGroup.DIRECTS}


def test_each_chip_counts_its_rows(folded: LivePage, plain: PlainService, qtbot: QtBot) -> None:
    """Shown or not; Clear begins anew, its undo counts what came back."""
    buttons = folded.traffic.chips.buttons
    assert buttons[RowGroup.MESSAGES].text() == "Messages 9"
    assert buttons[RowGroup.ERRORS].text() == "Errors 3"
    answers = buttons[RowGroup.ANSWERS].text()
    assert answers not in ("Answers 0", "")
    folded.traffic.clear()
    assert buttons[RowGroup.MESSAGES].text() == "Messages 0"
    folded.traffic.undo_clear()
    settle(folded, qtbot)
    assert (buttons[RowGroup.MESSAGES].text(), buttons[RowGroup.ANSWERS].text()) == ("Messages 9", answers)


def test_a_type_asked_for_by_name_is_shown(folded: LivePage, plain: PlainService, qtbot: QtBot) -> None:
    """Whatever the chips leave out; a type that is negated asks for none."""
    folded.traffic.tools.filter_box.set_filter_text("type:delivered")
    settle(folded, qtbot)
    assert {row.kind for row in shown(folded)} == {Kind.DELIVERED}
    folded.traffic.tools.filter_box.set_filter_text("-type:message")
    settle(folded, qtbot)
    assert not [row for row in shown(folded) if row.kind in (Kind.MESSAGE, Kind.DELIVERED)]


def test_hide_this_leaves_out_its_type(folded: LivePage, plain: PlainService, qtbot: QtBot) -> None:
    """One click in the row's menu, on top of the filter that is there."""
    folded.traffic.tools.filter_box.set_filter_text("user:ana")
    settle(folded, qtbot)
    row = next(row for row in shown(folded) if row.kind is Kind.DIRECT)
    menu = folded.row_menu.make_menu(row)
    next(action for action in menu.actions() if action.text() == "Hide this type").trigger()
    settle(folded, qtbot)
    assert folded.traffic.tools.filter_box.text() == "user:ana -type:direct"
    assert Kind.DIRECT not in {row.kind for row in shown(folded)}


def test_the_next_error_by_key(folded: LivePage, plain: PlainService) -> None:
    """F8 goes on, Shift+F8 back; at the end it stays."""
    view = folded.traffic.view
    errors = [row.number for row in shown(folded) if row.outcome]
    assert len(errors) == 3
    visited = []
    for _ in range(4):
        QTest.keyClick(view, Qt.Key.Key_F8)
        visited += view.selected_numbers()
    assert visited == [*errors, errors[-1]]
    QTest.keyClick(view, Qt.Key.Key_F8, Qt.KeyboardModifier.ShiftModifier)
    assert view.selected_numbers() == [errors[1]]
    QTest.keyClick(view, Qt.Key.Key_F8)  # without Shift, which Qt believes to be held until the next key
