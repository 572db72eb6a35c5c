"""Marks and comments on rows, and how far two rows are apart."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtTest import QTest

from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.live.live_page import LivePage
from authws_desktop.panels.live.note_dialog import NoteDialog
from authws_desktop.panels.live.row_notes import RowNotes
from authws_desktop.panels.live.traffic_columns import TrafficColumn
from authws_desktop.server.service import Service
from authws_desktop.traffic.ring import TrafficRing
from tests.panels.conftest import deleted
from tests.panels.live.support import PlainService, choose_number, fill
from tests.panels.pictures import shoot
from tests.panels.support import closed, dialog_of

FLAGS = QItemSelectionModel.SelectionFlag


def test_notes_of_one_ring_are_not_those_of_another() -> None:
    """Marking what is marked takes it away, with its comment; one unmarked among them marks all."""
    notes, live, file = RowNotes(), TrafficRing(), TrafficRing()
    notes.toggle(live, [1, 2])
    notes.comment(live, 2, "  here it\nbegins ")
    assert dict(notes.of(live)) == {1: "", 2: "here it begins"}
    assert dict(notes.of(file)) == {}
    notes.toggle(live, [2, 3])
    assert dict(notes.of(live)) == {1: "", 2: "here it begins", 3: ""}
    notes.toggle(live, [1, 2, 3])
    assert dict(notes.of(live)) == {}


def test_a_key_marks_the_chosen_rows(page: LivePage, plain: PlainService) -> None:
    """They look like highlighted ones, whatever is highlighted; M again takes it away."""
    fill(plain.traffic, 10)
    page.refresh()
    model, view = page.traffic.model, page.traffic.view
    assert choose_number(view, 5)
    QTest.keyClick(view, Qt.Key.Key_M)
    marked = [
        number for number in range(1, 11) if (row := plain.traffic.get(number)) and model.is_marked(row)
    ]
    assert marked == [5]
    QTest.keyClick(view, Qt.Key.Key_M)
    assert dict(model.notes.of(model.ring)) == {}


def test_two_chosen_rows_tell_how_far_they_are_apart(page: LivePage, plain: PlainService) -> None:
    """In the line below the table; one or three tell nothing."""
    fill(plain.traffic, 200)
    page.refresh()
    view, model = page.traffic.view, page.traffic.model
    selection = view.selectionModel()
    for number, words in ((10, ""), (160, "the two are 150 ms apart"), (170, "")):
        row = model.row_of(number)
        assert row is not None
        selection.select(model.index(row, 0), FLAGS.Select | FLAGS.Rows)
        assert (words in page.traffic.status.text()) if words else "apart" not in page.traffic.status.text()


async def test_a_comment_stands_before_the_content(
    service: Service, theme: Theme, window_state: WindowState
) -> None:
    """From the row's menu; nothing hidden in it."""
    made = LivePage(service, theme, window_state)
    made.show()
    fill(service.traffic, 3)
    made.refresh()
    model = made.traffic.model
    row = service.traffic.get(2)
    assert row is not None
    menu = made.row_menu.make_menu(row)
    next(action for action in menu.actions() if action.text() == "Comment…").trigger()
    menu.deleteLater()
    dialog = await dialog_of(NoteDialog)
    dialog.field.line.setText("look \u202e here")
    dialog.ok_button.click()
    await closed()
    text = str(model.index(1, TrafficColumn.CONTENT).data())
    assert text.startswith(r"✎ look \u202e here  {")
    assert model.is_marked(row)
    shoot(made, "live-noted")
    menu = made.row_menu.make_menu(row)
    assert any(action.text() == "Take the mark away" for action in menu.actions())
    menu.deleteLater()
    await deleted(made)
