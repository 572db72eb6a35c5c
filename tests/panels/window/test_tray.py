"""The tray: state and count, its menu, and where the window goes; and notes from it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QSystemTrayIcon

from authws_desktop.logs import LogRing
from authws_desktop.panels.accounts.account_dialogs import NewUserDialog
from authws_desktop.panels.accounts.accounts_page import AccountsPage
from authws_desktop.panels.kit.refresh import open_dialogs
from authws_desktop.panels.kit.theme import DARK, Theme
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.window.close_dialog import KEEP, STOP, CloseDialog
from authws_desktop.panels.window.main_window import MainWindow
from authws_desktop.server.service import ServerState, Service
from tests.own_clients import eventually, ws_client
from tests.panels.conftest import deleted
from tests.panels.pictures import OUT
from tests.panels.support import closed, dialog_of


@pytest.fixture
async def in_tray(
    service: Service,
    theme: Theme,
    window_state: WindowState,
    log_ring: LogRing,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[MainWindow]:
    """The window on a system that has a tray."""
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: True)
    made = MainWindow(service, theme, window_state, log_ring)
    made.show()
    await asyncio.sleep(0)
    yield made
    made.close_for_good()
    await deleted(made)


async def asked(window: MainWindow) -> CloseDialog:
    """Wait for the question that closing asks."""
    await eventually(lambda: window.findChild(CloseDialog) is not None)
    found = window.findChild(CloseDialog)
    assert isinstance(found, CloseDialog)
    return found


async def test_it_says_state_and_count(in_tray: MainWindow, service: Service) -> None:
    """Tool tip and menu follow the server, and the dot has the colour of the state."""
    tray = in_tray.tray
    assert tray.icon.toolTip() == "Authws Desktop · Stopped"
    assert not tray.copy_action.isEnabled()
    before = tray.icon.icon().pixmap(32, 32).toImage()
    await service.start()
    async with ws_client(service):
        tray.refresh()
        assert tray.icon.toolTip() == "Authws Desktop · Running · 1 client"
        assert tray.words() in [action.text() for action in tray.menu.actions()]
        after = tray.icon.icon().pixmap(32, 32).toImage()
        assert before.pixel(24, 24) != after.pixel(24, 24)


async def test_nothing_is_drawn_while_nothing_changes(
    in_tray: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tick in which state and count are the same costs a comparison."""
    drawn: list[object] = []
    monkeypatch.setattr(in_tray.tray.icon, "setToolTip", drawn.append)
    in_tray.tray.refresh()
    assert not drawn


async def test_closing_keeps_it_running_in_the_tray(in_tray: MainWindow, service: Service) -> None:
    """The question names the tray; remembered, the next close asks nothing; the icon brings it back."""
    await service.start()
    async with ws_client(service):
        in_tray.close()
        question = await asked(in_tray)
        assert question.buttons[KEEP].text() == "Keep running in the tray"
        question.remember.setChecked(True)
        question.buttons[KEEP].click()
        await eventually(in_tray.isHidden)
        assert service.state is ServerState.RUNNING
        in_tray.tray.icon.activated.emit(QSystemTrayIcon.ActivationReason.Trigger)
        assert in_tray.isVisible()
        in_tray.close()
        await eventually(in_tray.isHidden)
        assert len(service.hub.clients) == 1


async def test_what_lies_beside_it_goes_along(in_tray: MainWindow, service: Service) -> None:
    """Into the tray and back, with what was typed; what was closed meanwhile stays closed."""
    in_tray.show_page("accounts")
    accounts = in_tray.pages["accounts"]
    assert isinstance(accounts, AccountsPage)
    accounts.commands.new_user.trigger()
    dialog = await dialog_of(NewUserDialog)
    dialog.name_field.line.setText("ana")
    in_tray.put_away()
    assert not dialog.isVisible()
    in_tray.bring_back()
    assert dialog.isVisible()
    assert dialog.name_field.line.text() == "ana"
    dialog.reject()
    await closed()
    in_tray.put_away()
    in_tray.bring_back()
    assert not open_dialogs()


async def test_quit_in_the_tray_asks_when_people_are_connected(in_tray: MainWindow, service: Service) -> None:
    """The window comes back to ask; Stop then quits."""
    quits: list[bool] = []
    in_tray.quit_requested.connect(lambda: quits.append(True))
    await service.start()
    async with ws_client(service):
        in_tray.put_away()
        in_tray.tray.quit_action.trigger()
        question = await asked(in_tray)
        assert in_tray.isVisible()
        question.buttons[STOP].click()
        await eventually(lambda: quits)


async def test_the_menu_starts_stops_and_copies(
    in_tray: MainWindow, service: Service, app: QApplication
) -> None:
    """Without opening the window."""
    in_tray.put_away()
    in_tray.start_action.trigger()
    await eventually(lambda: service.state is ServerState.RUNNING)
    in_tray.tray.refresh()
    in_tray.tray.copy_action.trigger()
    assert app.clipboard().text() == service.location.http_url
    await eventually(in_tray.start_action.isEnabled)
    in_tray.start_action.trigger()
    await eventually(lambda: service.state is ServerState.STOPPED)
    assert in_tray.isHidden()


async def test_without_a_tray_the_window_is_minimised(window: MainWindow) -> None:
    """A hidden window would be lost there."""
    window.put_away()
    assert window.isMinimized()
    window.bring_back()
    assert not window.isMinimized()


async def test_the_dot_can_be_seen_in_dark(in_tray: MainWindow, theme: Theme, app: QApplication) -> None:
    """The icon in both states, large; for people to look at."""
    theme.apply(app, "dark")
    OUT.mkdir(parents=True, exist_ok=True)
    for role in ("good", "bad", "muted"):
        image = in_tray.tray._state_icon(role).pixmap(64, 64).toImage()
        assert image.pixelColor(48, 48) == QColor(getattr(DARK, role))
        assert image.save(str(OUT / f"tray-{role}.png"))
