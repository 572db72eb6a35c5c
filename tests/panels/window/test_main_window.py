"""The window: pages, menus, refreshing only what is seen, and what closing means."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator

import msgspec
import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QLineEdit, QMenu

from authws_desktop.logs import LogRing
from authws_desktop.panels.accounts.accounts_page import INVITATIONS, WAITING, AccountsPage
from authws_desktop.panels.accounts.login_cards import LoginCard
from authws_desktop.panels.kit.confirm import ChoiceDialog
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.live.live_page import LivePage
from authws_desktop.panels.log.log_page import LogPage
from authws_desktop.panels.settings.settings_page import SettingsPage
from authws_desktop.panels.window.about_dialog import AboutDialog
from authws_desktop.panels.window.close_dialog import KEEP, STOP, CloseDialog
from authws_desktop.panels.window.main_window import MainWindow
from authws_desktop.panels.window.sizes import MINIMUM_SIZE, smallest_size
from authws_desktop.server.service import ServerState, Service
from tests.own_clients import WsClient, eventually, ws_client
from tests.panels.conftest import activated, deleted
from tests.panels.support import closed, dialog_of, until


@pytest.fixture
async def client(service: Service) -> AsyncIterator[WsClient]:
    """A client of the running server."""
    await service.start()
    async with ws_client(service) as made:
        yield made


def quits_of(window: MainWindow) -> list[bool]:
    """Return a list that grows with each request to quit."""
    found: list[bool] = []
    window.quit_requested.connect(lambda: found.append(True))
    return found


async def close_question(window: MainWindow) -> CloseDialog:
    """Wait for the question that closing asks."""
    await eventually(lambda: window.findChild(CloseDialog) is not None)
    found = window.findChild(CloseDialog)
    assert isinstance(found, CloseDialog)
    return found


async def test_first_page_is_live_and_the_rail_chooses(window: MainWindow) -> None:
    """The window opens on Live; a click in the rail or Ctrl and a figure shows another page."""
    assert window.page_key == "live"
    window.rail.buttons["settings"].click()
    assert window.page_key == "settings"
    assert window.rail.buttons["settings"].isChecked()
    assert not window.rail.buttons["live"].isChecked()
    await activated(window)
    QTest.keyClick(window, Qt.Key.Key_4, Qt.KeyboardModifier.ControlModifier)
    assert window.page_key == "log"
    assert window.page_actions["log"].isChecked()


async def test_ctrl_r_starts_and_stops(window: MainWindow, service: Service) -> None:
    """The shortcut works on every page, and the menu says what it will do."""
    await activated(window)
    window.show_page("log")
    QTest.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    await eventually(lambda: service.state is ServerState.RUNNING)
    assert window.start_action.text() == "&Stop"
    assert window.windowTitle() == f"{service.location.ws_url} — Authws Desktop"  # Qt adds the name to others
    await eventually(window.start_action.isEnabled)
    QTest.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    await eventually(lambda: service.state is ServerState.STOPPED)
    assert window.start_action.text() == "&Start"


async def test_no_two_actions_share_a_shortcut(window: MainWindow) -> None:
    """Each shortcut in the menus means one thing."""
    entries = [action for menu in window.menuBar().findChildren(QMenu) for action in menu.actions()]
    used = [entry.shortcut().toString() for entry in entries if not entry.shortcut().isEmpty()]
    assert len(used) == len(set(used))
    assert {"Ctrl+1", "Ctrl+2", "Ctrl+3", "Ctrl+4", "Ctrl+R", "Ctrl+Q"} <= set(used)


async def test_the_traffic_menu_leads_to_the_page(window: MainWindow) -> None:
    """From any page: the filter has the keyboard, and the page is shown."""
    await activated(window)
    window.show_page("settings")
    live = window.pages["live"]
    assert isinstance(live, LivePage)
    live.menu.filter_action.trigger()
    assert window.page_key == "live"
    await eventually(live.traffic.tools.filter_box.hasFocus)


async def test_fits_its_smallest_size(window: MainWindow) -> None:
    """At 1024 x 640 nothing asks for more room."""
    window.resize(MINIMUM_SIZE)
    for key in window.pages:
        window.show_page(key)
        await asyncio.sleep(0)
        wanted = window.minimumSizeHint()
        assert wanted.width() <= MINIMUM_SIZE.width(), key
        assert wanted.height() <= MINIMUM_SIZE.height(), key


async def test_the_table_is_whole_at_the_smallest_size(window: MainWindow) -> None:
    """Made smaller, the window takes room from the users before it cuts the traffic's columns."""
    live = window.pages["live"]
    assert isinstance(live, LivePage)
    window.resize(1400, 800)
    await asyncio.sleep(0)
    window.resize(MINIMUM_SIZE)
    view = live.traffic.view
    await eventually(lambda: view.horizontalHeader().length() <= view.viewport().width())
    assert not view.horizontalScrollBar().isVisible()


async def test_every_control_has_a_name(window: MainWindow) -> None:
    """Everything that takes the keyboard can be named by a screen reader."""
    for key in window.pages:
        window.show_page(key)
        for control in window.findChildren(QAbstractButton):
            if control.isVisible() and control.focusPolicy() != Qt.FocusPolicy.NoFocus:
                assert control.accessibleName() or control.text(), f"{key}: {control}"
        for kind in (QLineEdit, QComboBox):
            for entry in window.findChildren(kind):
                if entry.isVisible():
                    assert entry.accessibleName(), f"{key}: {entry}"


async def test_a_page_is_built_when_it_is_first_shown(window: MainWindow) -> None:
    """Settings and log do not delay the start; going through the keys builds nothing, and none is built twice."""
    kinds = (SettingsPage, LogPage)
    assert list(window.pages) == ["live", "accounts", "settings", "log"]
    assert "settings" in window.pages
    assert [window.findChildren(kind) for kind in kinds] == [[], []]
    for key in ("settings", "log", "settings"):
        window.show_page(key)
    assert [window.findChildren(kind) for kind in kinds] == [
        [window.pages["settings"]],
        [window.pages["log"]],
    ]


async def test_refreshes_only_the_page_that_is_seen(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that is not shown costs nothing; neither does a hidden or minimised window."""
    turns = dict.fromkeys(window.pages, 0)

    def count(key: str) -> None:
        turns[key] += 1

    for key, page in window.pages.items():
        monkeypatch.setattr(page, "refresh", lambda key=key: count(key))
    window.show_page("log")
    turns.update(dict.fromkeys(turns, 0))
    await eventually(lambda: turns["log"] >= 2)
    assert turns["live"] == turns["accounts"] == turns["settings"] == 0
    for conceal in (window.hide, window.showMinimized):
        window.showNormal()
        turns["log"] = 0
        await eventually(lambda: turns["log"])
        conceal()
        await eventually(lambda: not window.isVisible() or window.isMinimized())
        seen = turns["log"]
        window._refresh_timer.turn()
        assert turns["log"] == seen


async def test_nothing_is_cut_on_the_lowest_screen(window: MainWindow) -> None:
    """Every page can be as low as a screen of 600 lines leaves it."""
    least = smallest_size(QSize(1024, 600))
    for key in window.pages:
        window.show_page(key)
        window.setMinimumSize(least)
        window.resize(least)
        assert window.minimumSizeHint().height() <= least.height(), key


async def test_page_and_size_are_remembered(
    service: Service, theme: Theme, window_state: WindowState, log_ring: LogRing
) -> None:
    """The next window opens on the same page at the same size."""
    first = MainWindow(service, theme, window_state, log_ring)
    first.resize(1024, 700)
    first.show()
    first.show_page("accounts")
    first.close_for_good()
    await deleted(first)
    second = MainWindow(service, theme, window_state, log_ring)
    assert second.page_key == "accounts"
    assert (second.width(), second.height()) == (1024, 700)
    await deleted(second)


@pytest.mark.parametrize("is_seen", [True, False])
async def test_the_window_searches_for_garbage(window: MainWindow, is_seen: bool) -> None:
    """Python's own search is off in a program with a window: seen or hidden, the window searches on its thread."""
    window.setVisible(is_seen)

    class Ring:
        def __init__(self) -> None:
            self.itself = self

    gc.collect()
    gone = weakref.ref(Ring())
    assert gone() is not None
    made = [[number] for number in range(2000)]
    await eventually(lambda: gone() is None)
    assert made
    assert not gc.isenabled()


async def test_setting_of_colours_is_applied_at_once(
    window: MainWindow, service: Service, theme: Theme
) -> None:
    """Choosing dark in the settings dresses the running window."""
    await service.apply(msgspec.structs.replace(service.settings.saved, theme="dark"))
    assert theme.is_dark
    await service.apply(msgspec.structs.replace(service.settings.saved, theme="light"))
    assert not theme.is_dark


async def test_close_without_clients_quits_at_once(window: MainWindow, service: Service) -> None:
    """With nobody connected there is nothing to ask; whoever owns the service stops it."""
    quits = quits_of(window)
    await service.start()
    window.close()
    await eventually(lambda: quits)
    assert window.isVisible()
    assert service.state is ServerState.RUNNING


async def test_close_with_clients_asks(window: MainWindow, client: WsClient) -> None:
    """Cancel changes nothing; a second close does not ask twice; Quit quits."""
    quits = quits_of(window)
    window.close()
    asked = await close_question(window)
    assert asked.windowTitle() == "Close Authws Desktop?"
    assert asked.body.text() == "1 client is connected. Quitting stops the server, which disconnects them."
    assert asked.buttons[STOP].text() == "Quit"
    window.close()
    await asyncio.sleep(0.02)
    assert len(window.findChildren(CloseDialog)) == 1
    asked.buttons[""].click()
    await eventually(lambda: window.findChild(CloseDialog) is None)
    assert not quits
    window.close()
    (await close_question(window)).buttons[STOP].click()
    await eventually(lambda: quits)


async def test_guests_are_told_of_before_they_end(
    window: MainWindow, client: WsClient, service: Service
) -> None:
    """Closing and stopping log them out for good, as the end of the event does."""
    await service.apply(msgspec.structs.replace(service.settings.saved, guests="on"))
    await service.accounts.registration.join_as_guest("Mia")
    told = "1 guest will be logged out for good. Their names are free again."
    window.close()
    asked = await close_question(window)
    assert asked.body.text().endswith(told)
    asked.buttons[""].click()
    await eventually(lambda: window.findChild(CloseDialog) is None)
    window.bar.toggle()
    stopping = await dialog_of(ChoiceDialog)
    assert stopping.body.text().endswith(told)
    stopping.buttons[""].click()
    await closed()


async def test_keep_running_minimises(window: MainWindow, client: WsClient, service: Service) -> None:
    """Keep running leaves server and client as they are; remembered, it is not asked again."""
    quits = quits_of(window)
    window.close()
    asked = await close_question(window)
    asked.remember.setChecked(True)
    asked.buttons[KEEP].click()
    await eventually(window.isMinimized)
    assert service.settings.saved.close_action == KEEP
    window.showNormal()
    window.close()
    await eventually(window.isMinimized)
    assert window.findChild(CloseDialog) is None
    assert not quits
    assert service.state is ServerState.RUNNING


async def test_quit_asks_although_closing_minimises(
    window: MainWindow, client: WsClient, service: Service
) -> None:
    """Quit in the menu means quit: the server does not run on unseen."""
    await service.apply(msgspec.structs.replace(service.settings.saved, close_action=KEEP))
    quits = quits_of(window)
    await activated(window)
    QTest.keyClick(window, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    (await close_question(window)).buttons[STOP].click()
    await eventually(lambda: quits)


async def test_closing_stops_without_asking_where_set_so(
    window: MainWindow, client: WsClient, service: Service
) -> None:
    """The setting `stop` quits at once."""
    await service.apply(msgspec.structs.replace(service.settings.saved, close_action=STOP))
    quits = quits_of(window)
    window.close()
    await eventually(lambda: quits)


async def test_close_for_good_ends_an_open_question(window: MainWindow, client: WsClient) -> None:
    """Ctrl-C in the terminal while a question is open leaves no task behind."""
    window.close()
    await close_question(window)
    window.close_for_good()
    await eventually(lambda: window.findChild(CloseDialog) is None)
    assert not window.isVisible()


async def test_about_tells_versions_and_folders(
    window: MainWindow, service: Service, app: QApplication
) -> None:
    """Help, About lists what a report needs, to copy."""
    await activated(window)
    QTest.keyClick(window, Qt.Key.Key_F1, Qt.KeyboardModifier.ShiftModifier)
    await eventually(lambda: window.findChild(AboutDialog) is not None)
    about = window.findChild(AboutDialog)
    assert isinstance(about, AboutDialog)
    about.copy_button.click()
    for word in ("Authws Desktop", "PySide6", "websockets", str(service.paths.settings_file)):
        assert word in app.clipboard().text()
    about.accept()
    await eventually(lambda: window.findChild(AboutDialog) is None)


@pytest.mark.parametrize(("place", "tab"), [("invitations", INVITATIONS), ("waiting", WAITING)])
async def test_a_remedy_leads_to_another_page(window: MainWindow, place: str, tab: int) -> None:
    """From a refused row to the invitations, or to who waits."""
    window.show_page("live")
    live, accounts = window.pages["live"], window.pages["accounts"]
    assert isinstance(live, LivePage)
    assert isinstance(accounts, AccountsPage)
    live.remedies.list_asked.emit(place)
    assert window.page_key == "accounts"
    assert accounts.tabs.currentIndex() == tab


async def test_closing_with_a_password_that_nobody_has_asks(window: MainWindow) -> None:
    """A hand-over card keeps the window open until it is put away, or the person says to lose it."""
    accounts = window.pages["accounts"]
    assert isinstance(accounts, AccountsPage)
    accounts.hand_over.add([LoginCard("ana", "battery staple")])
    quits: list[bool] = []
    window.quit_requested.connect(lambda: quits.append(True))
    for answer, expected in (("", []), ("yes", [True])):
        window.close()
        question = await until(
            lambda: next((each for each in window.findChildren(ChoiceDialog) if each.isVisible()), None)
        )
        assert window.page_key == "accounts"
        assert accounts.hand_over.isVisible()
        assert any("not put away" in label.text() for label in question.findChildren(QLabel))
        question.buttons[answer].click()
        await eventually(lambda: not window.findChildren(ChoiceDialog))
        assert quits == expected
        assert window.isVisible()
