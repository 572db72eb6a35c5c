"""The traffic table keeps its place: follow, scroll, selection, keyboard."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QWheelEvent
from PySide6.QtWidgets import QAbstractSlider, QApplication
from pytestqt.qtbot import QtBot

from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.live.traffic_model import TrafficModel
from authws_desktop.panels.live.traffic_view import TrafficView
from authws_desktop.traffic.filter import TrafficFilter
from authws_desktop.traffic.record import Record
from authws_desktop.traffic.ring import TrafficRing
from tests.panels.live.support import choose_number, fill


@pytest.fixture
def ring() -> TrafficRing:
    """A small ring, full."""
    made = TrafficRing(1000)
    fill(made, 1000)
    return made


@pytest.fixture
def model(ring: TrafficRing, theme: Theme) -> TrafficModel:
    """Its model."""
    return TrafficModel(ring)


@pytest.fixture
def view(model: TrafficModel, theme: Theme, qtbot: QtBot) -> TrafficView:
    """Its table, shown."""
    made = TrafficView(model, theme)
    qtbot.addWidget(made)
    made.resize(900, 400)
    made.show()
    QApplication.processEvents()
    return made


def follows(view: TrafficView) -> bool:
    """Tell whether the newest row is kept in view."""
    return view.is_following


def top_number(view: TrafficView, model: TrafficModel) -> int:
    """Return the record number of the first row in view."""
    return model.number_at(view.rowAt(0))


def more(ring: TrafficRing, model: TrafficModel, count: int = 100) -> None:
    """Let rows come in and be drawn."""
    fill(ring, count)
    model.refresh()
    QApplication.processEvents()


def is_last_in_view(view: TrafficView, model: TrafficModel) -> bool:
    """Tell whether the newest row is in view."""
    index = model.index(model.rowCount() - 1, 0)
    return view.viewport().rect().contains(view.visualRect(index))


def wheel(view: TrafficView, steps: int) -> None:
    """Turn the wheel; positive is up."""
    middle = QPointF(view.viewport().rect().center())
    event = QWheelEvent(
        middle,
        view.viewport().mapToGlobal(middle),
        QPoint(),
        QPoint(0, 120 * steps),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.viewport(), event)


def test_follows_the_newest(ring: TrafficRing, model: TrafficModel, view: TrafficView) -> None:
    """While nobody scrolls, the newest row is in view, also when the ring is full."""
    assert is_last_in_view(view, model)
    for _ in range(5):
        more(ring, model)
        assert is_last_in_view(view, model)
    view.resize(900, 300)
    QApplication.processEvents()
    assert is_last_in_view(view, model)


def test_lets_go_the_moment_the_person_scrolls_up(
    ring: TrafficRing, model: TrafficModel, view: TrafficView
) -> None:
    """One notch of the wheel is enough; scrolling back to the end follows again."""
    wheel(view, 1)
    assert not follows(view)
    before = top_number(view, model)
    more(ring, model)
    assert top_number(view, model) == before
    view.verticalScrollBar().triggerAction(QAbstractSlider.SliderAction.SliderToMaximum)
    assert follows(view)
    more(ring, model)
    assert is_last_in_view(view, model)


@pytest.mark.parametrize("key", [Qt.Key.Key_Up, Qt.Key.Key_PageUp, Qt.Key.Key_Home])
def test_lets_go_by_keyboard(view: TrafficView, qtbot: QtBot, key: Qt.Key) -> None:
    """Going up by keyboard lets go as well."""
    qtbot.keyClick(view, key)
    assert not follows(view)


def test_what_is_read_stays_while_old_rows_leave(
    ring: TrafficRing, model: TrafficModel, view: TrafficView
) -> None:
    """The rows in view do not move although a hundred rows a time leave at the top."""
    view.set_following(False)
    view.scrollTo(model.index(600, 0), TrafficView.ScrollHint.PositionAtTop)
    before = top_number(view, model)
    for _ in range(5):
        more(ring, model)
        assert top_number(view, model) == before


def test_new_rows_never_move_the_selection(
    ring: TrafficRing, model: TrafficModel, view: TrafficView, qtbot: QtBot
) -> None:
    """Through new rows, overrun, filter and no filter the same records are selected."""
    chosen: list[Record] = []
    view.record_chosen.connect(chosen.append)
    choose_number(view, 900)
    more(ring, model, 300)
    assert view.selected_numbers() == [900]
    model.set_filter(TrafficFilter("type:message"))
    qtbot.waitUntil(lambda: model.filter_percent is None)
    assert view.selected_numbers() == [900]
    more(ring, model, 300)
    model.set_filter(None)
    assert view.selected_numbers() == [900]
    assert [record.number for record in chosen] == [900]


def test_a_chosen_row_that_leaves_chooses_no_other(
    ring: TrafficRing, model: TrafficModel, view: TrafficView
) -> None:
    """When the ring lets go of it, the selection is empty, and the detail stays what it was."""
    chosen: list[Record] = []
    view.record_chosen.connect(chosen.append)
    choose_number(view, 10)
    more(ring, model, 500)
    assert view.selected_numbers() == []
    assert [record.number for record in chosen] == [10]


def test_choosing_a_row_ends_following(
    ring: TrafficRing, model: TrafficModel, view: TrafficView, qtbot: QtBot
) -> None:
    """A click on a row: it stays where it is while others come, until the newest is asked for again."""
    row = model.rowCount() - 3
    place = view.visualRect(model.index(row, 0))
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place.center())
    number = view.selected_numbers()[0]
    assert not follows(view)
    for _ in range(3):
        more(ring, model, 20)
        shown = model.row_of(number)
        assert shown is not None
        # Following shows the last row whole at the foot; after it Qt begins with a whole row at the top.
        assert abs(view.visualRect(model.index(shown, 0)).top() - place.top()) < place.height()
    qtbot.keyClick(view, Qt.Key.Key_F)
    assert is_last_in_view(view, model)


def test_home_end_and_space(view: TrafficView, model: TrafficModel, qtbot: QtBot) -> None:
    """Home and End go to the ends; End follows; Space asks for a pause, F for following."""
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert view.selected_numbers() == [1]
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert view.selected_numbers() == [2]
    qtbot.keyClick(view, Qt.Key.Key_End)
    assert view.selected_numbers() == [1000]
    assert follows(view)
    with qtbot.waitSignal(view.pause_asked):
        qtbot.keyClick(view, Qt.Key.Key_Space)
    qtbot.keyClick(view, Qt.Key.Key_F)
    assert not follows(view)


def test_copies_rows_as_json(view: TrafficView, qtbot: QtBot) -> None:
    """Ctrl+C puts one JSON object a line on the clipboard."""
    choose_number(view, 5)
    qtbot.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    rows = [json.loads(line) for line in QGuiApplication.clipboard().text().splitlines()]
    assert [row["number"] for row in rows] == [5, 6]
    assert rows[0]["identity"]["username"] == "user6"
    assert json.loads(rows[0]["payload"])["content"]["text"] == "hello number 5"


def test_columns_are_chosen_from_the_header(view: TrafficView) -> None:
    """Each column but the content can be hidden."""
    menu = view.column_menu.make_menu()
    titles = [action.text() for action in menu.actions()]
    assert titles == ["Time", "Δ", "Dir", "Who", "Type", "To", "Size", "Node", "Content", "", "Add column…"]
    menu.actions()[2].trigger()
    assert view.isColumnHidden(2)
    assert not menu.actions()[8].isEnabled()
    menu.close()
