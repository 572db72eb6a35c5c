"""Filter box, Follow, Pause, Clear and the rest around the traffic table."""

from __future__ import annotations

from operator import attrgetter
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.live.live_page import LivePage
from authws_desktop.panels.live.traffic_columns import TrafficColumn
from authws_desktop.panels.live.traffic_panel import TrafficPanel
from authws_desktop.panels.live.traffic_view import TrafficView
from tests.panels.live.support import PlainService, as_service, fill


def follows(view: TrafficView) -> bool:
    """Tell whether the newest row is kept in view."""
    return view.is_following


@pytest.fixture
def panel(page: LivePage, plain: PlainService) -> TrafficPanel:
    """The traffic side of the page, with two hundred rows."""
    fill(plain.traffic, 200)
    page.refresh()
    QApplication.processEvents()
    return page.traffic


def test_typing_filters_after_a_pause(panel: TrafficPanel, qtbot: QtBot) -> None:
    """No key but the text is needed; the count is shown."""
    qtbot.keyClicks(panel.tools.filter_box, "user:user3 ")
    qtbot.waitUntil(lambda: panel.model.rowCount() < 200)
    assert panel.status.text().startswith("6 of 200 rows") or panel.status.text().startswith("5 of 200 rows")


def test_mistakes_stand_under_the_box_and_the_rows_stay(panel: TrafficPanel) -> None:
    """A wrong filter is not ignored: it is told, and the filter before holds."""
    panel.tools.filter_box.set_filter_text("user:user3")
    rows = panel.model.rowCount()
    panel.tools.filter_box.set_filter_text("user:user3 size>big")
    assert panel.error_label.isVisible()
    assert "number of bytes" in panel.error_label.text()
    assert panel.tools.filter_box.property("is_wrong") == "true"
    assert panel.model.rowCount() == rows
    panel.tools.filter_box.set_filter_text("user:user3 size>1k")
    assert not panel.error_label.isVisible()


def test_a_word_being_chosen_is_not_wrong_yet(panel: TrafficPanel, qtbot: QtBot) -> None:
    """While words are offered nothing is marked and the table stays; once the list is gone, the text is judged."""
    box = panel.tools.filter_box
    qtbot.keyClicks(box, "type:me")
    assert box._popup().isVisible()
    qtbot.waitUntil(lambda: not box._timer.isActive())
    assert not panel.error_label.isVisible()
    box._popup().hide()
    qtbot.waitUntil(panel.error_label.isVisible)
    assert "no “me”. Did you mean “message”?" in panel.error_label.text()


def test_slash_escape_and_return(panel: TrafficPanel, qtbot: QtBot) -> None:
    """`/` goes to the filter, Return back to the rows, Escape shows everything."""
    panel.window().activateWindow()
    panel.view.setFocus()
    qtbot.waitUntil(panel.view.hasFocus)
    qtbot.keyClick(panel.view, Qt.Key.Key_Slash)
    assert panel.tools.filter_box.hasFocus()
    panel.tools.filter_box.setText("nothing has this")
    qtbot.keyClick(panel.tools.filter_box, Qt.Key.Key_Return)
    assert panel.view.hasFocus()
    qtbot.waitUntil(lambda: panel.model.rowCount() == 0)
    assert panel._empty.isVisible()
    assert "No row passes" in panel._empty.text
    qtbot.keyClick(panel.tools.filter_box, Qt.Key.Key_Escape)
    assert panel.model.rowCount() == 200
    assert not panel._empty.isVisible()


def test_new_rows_are_announced_and_brought_back(
    panel: TrafficPanel, plain: PlainService, qtbot: QtBot
) -> None:
    """Scrolled up, a button says how many came; it leads to the newest."""
    assert not panel.new_button.isVisible()
    panel.tools.follow_button.click()
    assert not follows(panel.view)
    fill(plain.traffic, 128)
    panel.refresh()
    assert panel.new_button.isVisible()
    assert panel.new_button.text() == "128 new ↓"
    panel.new_button.click()
    assert follows(panel.view)
    assert panel.tools.follow_button.isChecked()
    assert not panel.new_button.isVisible()


def test_pause_by_space_and_resume(panel: TrafficPanel, plain: PlainService, qtbot: QtBot) -> None:
    """The view is frozen, says what waits, and goes on with all of it."""
    qtbot.keyClick(panel.view, Qt.Key.Key_Space)
    assert panel.tools.pause_button.isChecked()
    assert panel.tools.pause_button.text() == "Resume"
    fill(plain.traffic, 30)
    panel.refresh()
    assert panel.model.rowCount() == 200
    assert "30 came since" in panel.status.text()
    assert panel.new_button.text() == "30 new ↓"
    qtbot.keyClick(panel.view, Qt.Key.Key_Space)
    assert panel.model.rowCount() == 230
    assert panel.notice.text == ""


def test_the_tools_stay_where_they_are_when_paused(panel: TrafficPanel) -> None:
    """Pause and Resume take the same room."""
    before = panel.tools.clear_button.geometry(), panel.tools.filter_box.geometry()
    panel.tools.pause_button.click()
    QApplication.processEvents()
    assert (panel.tools.clear_button.geometry(), panel.tools.filter_box.geometry()) == before


def test_slash_and_find_work_from_the_users_side(page: LivePage, panel: TrafficPanel, qtbot: QtBot) -> None:
    """The filter is one key away wherever the keyboard is on the page."""
    page.activateWindow()
    for key in (Qt.Key.Key_Slash, None):
        page.users.send_button.setFocus()
        qtbot.waitUntil(page.users.send_button.hasFocus)
        if key is None:
            qtbot.keyClick(page.users.send_button, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
        else:
            qtbot.keyClick(page.users.send_button, key)
        assert panel.tools.filter_box.hasFocus()


def test_one_row_is_one_row(panel: TrafficPanel, plain: PlainService) -> None:
    """Counts have the right number."""
    panel.clear()
    fill(plain.traffic, 1)
    panel.refresh()
    assert panel.status.text() == "1 row"
    panel.clear()
    assert panel.notice.text == "Cleared 1 row."


def test_resume_says_how_much_was_lost(panel: TrafficPanel, plain: PlainService) -> None:
    """More than the ring holds came meanwhile."""
    plain.traffic.resize(500, 1 << 30)
    panel.tools.pause_button.click()
    fill(plain.traffic, 700)
    panel.tools.pause_button.click()
    assert panel.notice.text.startswith("200 rows came and went")
    assert panel.model.rowCount() == 500


def test_clear_can_be_undone_for_ten_seconds(panel: TrafficPanel, plain: PlainService, qtbot: QtBot) -> None:
    """A note offers it; after that time the note goes, and with it the offer."""
    panel.tools.clear_button.click()
    assert panel.model.rowCount() == 0
    assert panel.notice.text == "Cleared 200 rows."
    fill(plain.traffic, 5)
    panel.refresh()
    assert panel.model.rowCount() == 5
    assert panel._undo_timer.interval() == 10_000
    panel.notice.action_button.click()
    assert panel.model.rowCount() == 205
    assert panel.notice.text == ""
    panel.tools.clear_button.click()
    panel._undo_timer.setInterval(1)
    qtbot.waitUntil(lambda: panel.notice.text == "")
    assert panel.model.rowCount() == 0


def test_clearing_twice_undoes_both(panel: TrafficPanel, plain: PlainService) -> None:
    """What was cleared within the time comes back as a whole."""
    panel.tools.clear_button.click()
    fill(plain.traffic, 5)
    panel.refresh()
    panel.tools.clear_button.click()
    panel.notice.action_button.click()
    assert panel.model.rowCount() == 205


def test_highlight_is_apart_from_the_filter(panel: TrafficPanel) -> None:
    """It hides nothing."""
    panel.tools.highlight_box.set_filter_text("user:user3")
    assert panel.model.rowCount() == 200
    panel.tools.highlight_box.set_filter_text("user:")
    assert panel.error_label.isVisible()


def test_completion_offers_connected_users(panel: TrafficPanel, plain: PlainService, qtbot: QtBot) -> None:
    """After `user:` the names of who is connected; choosing one puts it in."""
    plain.join("ana")
    plain.join("ben")
    qtbot.keyClicks(panel.tools.filter_box, "type:direct user:")
    box = panel.tools.filter_box
    assert box._words.stringList() == ["ana", "ben"]
    box._on_completed("ben")
    assert box.text() == "type:direct user:ben"
    box._popup().hide()


def test_saved_filters(panel: TrafficPanel, window_state: WindowState) -> None:
    """A filter is saved, offered, chosen and forgotten."""
    panel.tools.filter_box.set_filter_text("user:user3")
    menu = panel.tools.saved_filters.make_menu()
    {action.text(): action for action in menu.actions()}["Save this filter"].trigger()
    menu.close()
    panel.tools.filter_box.set_filter_text("")
    menu = panel.tools.saved_filters.make_menu()
    menu.actions()[0].trigger()
    menu.close()
    assert panel.tools.filter_box.text() == "user:user3"
    menu = panel.tools.saved_filters.make_menu()
    {action.text(): action for action in menu.actions()}["Forget this filter"].trigger()
    menu.close()
    assert panel.tools.saved_filters.saved() == []


def test_a_saved_filter_holds_no_token(
    panel: TrafficPanel, window_state: WindowState, tmp_path: Path
) -> None:
    """What is written to the window's file is redacted, as a remembered message is: the one in force, too."""
    panel.tools.filter_box.set_filter_text('"token":"top-secret-token"')
    menu = panel.tools.saved_filters.make_menu()
    save = next(action for action in menu.actions() if action.text() == "Save this filter")
    save.trigger()
    menu.close()
    window_state.flush()
    assert panel.tools.saved_filters.saved() == ['"token":"[redacted]"']
    assert "top-secret-token" not in (tmp_path / "window.ini").read_text()
    menu = panel.tools.saved_filters.make_menu()
    assert not next(action for action in menu.actions() if action.text() == "Save this filter").isEnabled()
    menu.close()


def test_remembers_columns_filter_and_highlight(
    panel: TrafficPanel, plain: PlainService, theme: Theme, window_state: WindowState, qtbot: QtBot
) -> None:
    """The next window looks as this one did."""
    panel.tools.filter_box.set_filter_text("user:user3")
    panel.tools.highlight_box.set_filter_text("hello")
    panel.view.horizontalHeader().resizeSection(TrafficColumn.WHO, 222)
    window_state.flush()
    page = LivePage(as_service(plain), theme, window_state)
    qtbot.addWidget(page)
    qtbot.waitUntil(lambda: page.traffic.model.filter_percent is None)
    assert page.traffic.tools.filter_box.text() == "user:user3"
    assert page.traffic.model.rowCount() == panel.model.rowCount()
    assert page.traffic.tools.highlight_box.text() == "hello"
    assert page.traffic.view.columnWidth(TrafficColumn.WHO) == 222


@pytest.mark.parametrize(
    "name", ["tools.filter_box", "tools.highlight_box", "tools.saved_button", "tools.follow_button", "view"]
)
def test_controls_have_accessible_names(panel: TrafficPanel, name: str) -> None:
    """A screen reader can say what each is."""
    assert attrgetter(name)(panel).accessibleName()


@pytest.mark.parametrize("name", ["filter_box", "highlight_box"])
def test_a_filter_that_is_put_in_shows_its_beginning(page: LivePage, name: str) -> None:
    """Where nobody types, the cursor would hold the end of a long text in view."""
    box = getattr(page.traffic.tools, name)
    box.set_filter_text("user:somebody type:message")
    assert box.cursorPosition() == 0
