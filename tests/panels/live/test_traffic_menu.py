"""The menu of the traffic does what the page's buttons do."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from authws_desktop.panels.live.live_page import LivePage
from tests.panels.live.support import PlainService, fill


def test_menu_and_buttons_are_one(page: LivePage, plain: PlainService) -> None:
    """Follow, Pause and Clear act on the view, and the menu shows what holds."""
    fill(plain.traffic, 20)
    page.refresh()
    menu = page.menu
    menu.update_controls()
    assert menu.follow_action.isChecked()
    assert not menu.pause_action.isChecked()
    menu.pause_action.trigger()
    menu.follow_action.trigger()
    assert page.traffic.model.is_paused
    assert not page.traffic.view.is_following
    menu.update_controls()
    assert menu.pause_action.isChecked()
    assert not menu.follow_action.isChecked()
    menu.clear_action.trigger()
    assert page.traffic.model.rowCount() == 0


def test_files_are_offered_as_by_the_button(page: LivePage, plain: PlainService) -> None:
    """Export, opening and history are the same in both places, each time they are asked for."""
    fill(plain.traffic, 3)
    page.refresh()
    by_button = [action.text() for action in page.files.make_menu().actions()]
    for _ in range(2):
        page.menu.files_menu.aboutToShow.emit()
        assert [action.text() for action in page.menu.files_menu.actions()] == by_button


def test_a_letter_stays_a_letter(page: LivePage, qtbot: QtBot) -> None:
    """The keys in the menu take nothing away from somebody who types."""
    page.activateWindow()
    page.users.search.setFocus()
    qtbot.waitUntil(page.users.search.hasFocus)
    qtbot.keyClicks(page.users.search, "f /")
    assert page.users.search.text() == "f /"
    assert page.traffic.view.is_following
    assert not page.traffic.model.is_paused
    assert all(action.shortcut().isEmpty() for action in page.menu.actions())
