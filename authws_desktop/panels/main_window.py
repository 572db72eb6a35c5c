"""The window: rail, server bar, pages, menus, and one timer that refreshes what can be seen."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

import msgspec
from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QCloseEvent, QHideEvent, QIcon, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QHBoxLayout,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from authws_desktop.logs import LogRing
from authws_desktop.panels.about_dialog import AboutDialog
from authws_desktop.panels.accounts.accounts_page import AccountsPage
from authws_desktop.panels.audit.records_page import RecordsPage
from authws_desktop.panels.close_dialog import KEEP, STOP, CloseDialog
from authws_desktop.panels.confirm import finished
from authws_desktop.panels.live.live_page import LivePage
from authws_desktop.panels.manners import Manners
from authws_desktop.panels.network_check_dialog import NetworkCheckDialog
from authws_desktop.panels.pages import Pages
from authws_desktop.panels.rail import Rail, RailEntry
from authws_desktop.panels.server_bar import ServerBar
from authws_desktop.panels.service_bridge import ServiceBridge
from authws_desktop.panels.settings_page import SettingsPage
from authws_desktop.panels.slots import async_slot
from authws_desktop.panels.theme import Theme, icon_file
from authws_desktop.panels.tray import Tray
from authws_desktop.panels.window_state import WindowState
from authws_desktop.server.service import ServerState, Service

REFRESH_INTERVAL_MS = 100
MINIMUM_SIZE = QSize(1024, 640)
FIRST_SIZE = QSize(1240, 780)


class Page(Protocol):
    """What the window asks of a page."""

    def refresh(self) -> None:
        """Show what is new; called ten times a second while the page can be seen."""


class MainWindow(QMainWindow):
    """Rail, server bar and pages.

    Attributes:
        bar: The server bar.
        rail: Chooses the page.
        pages: By key: `live`, `accounts`, `settings`, `log`.
        start_action, check_action, about_action, page_actions: In the menus.
        tray: State and count in the system's tray, where there is one.
        manners: Keeps the computer awake, and tells what happens out of sight.

    Signals:
        quit_requested: The person wants the program to end and agreed to what that means; whoever owns the
            service shuts down. Closing the window does nothing else.

    Args:
        service: The server.
        theme: The look; the window applies the setting `theme`.
        window_state: What is remembered.
        log_ring: The program's own log.
    """

    quit_requested = Signal()

    def __init__(self, service: Service, theme: Theme, window_state: WindowState, log_ring: LogRing) -> None:
        super().__init__()
        self._service = service
        self._theme = theme
        self._window_state = window_state
        self._is_asking = False
        self._bridge = ServiceBridge(service, self)
        self._timer = QTimer(self, interval=REFRESH_INTERVAL_MS)
        self._apply_theme()
        self._build_pages(log_ring)
        self._build()
        self._build_menus()
        self.tray = Tray(service, theme, self.start_action, self)
        self.manners = Manners(service, self.tray.notify, self)
        self._connect()
        self._restore()
        self._on_state_changed()

    # Building

    def _build_pages(self, log_ring: LogRing) -> None:
        arguments = (self._service, self._theme, self._window_state)
        self._live_page = LivePage(*arguments)
        self._accounts_page = AccountsPage(*arguments)
        self._stack = QStackedWidget()
        makers: dict[str, Callable[[], QWidget]] = {
            "live": lambda: self._live_page,
            "accounts": lambda: self._accounts_page,
            "settings": lambda: SettingsPage(*arguments),
            "log": lambda: RecordsPage(self._service, log_ring, self._theme, self._window_state),
        }
        self.pages = Pages(self._stack, makers)
        self.pages.build("live", "accounts")  # the menus hold their actions
        self._entries = [
            RailEntry("live", self.tr("Live"), "radio", "Ctrl+1"),
            RailEntry("accounts", self.tr("Accounts"), "users", "Ctrl+2"),
            RailEntry("settings", self.tr("Settings"), "settings", "Ctrl+3"),
            RailEntry("log", self.tr("Log"), "scroll-text", "Ctrl+4"),
        ]

    def _build(self) -> None:
        self.setWindowTitle(self.tr("Authws Desktop"))
        self.setWindowIcon(QIcon(str(icon_file("authws-desktop"))))
        self.setMinimumSize(MINIMUM_SIZE)
        self.rail = Rail(self._entries, self._theme)
        self.bar = ServerBar(self._service, self._theme)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.rail)
        middle.addWidget(self._stack, 1)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addLayout(middle, 1)
        self.setCentralWidget(content)

    def _build_menus(self) -> None:
        self._build_server_menu()
        self.menuBar().addMenu(self._live_page.menu)
        self._live_page.menu.triggered.connect(lambda _action: self.show_page("live"))
        self._build_accounts_menu()
        view_menu = self.menuBar().addMenu(self.tr("&View"))
        self.page_actions: dict[str, QAction] = {}
        for entry in self._entries:
            action = QAction(entry.label, self, checkable=True, shortcut=QKeySequence(entry.shortcut))
            action.triggered.connect(partial(self.show_page, entry.key))
            view_menu.addAction(action)
            self.page_actions[entry.key] = action
        help_menu = self.menuBar().addMenu(self.tr("&Help"))
        about = help_menu.addAction(self.tr("&About Authws Desktop"))
        self.about_action = self._add_action(about, self._on_about, "F1")

    def _build_server_menu(self) -> None:
        menu = self.menuBar().addMenu(self.tr("&Server"))
        self.start_action = self._add_action(menu.addAction(self.tr("&Start")), self.bar.toggle, "Ctrl+R")
        menu.addSeparator()
        copy_ws = menu.addAction(self.tr("&Copy WebSocket address"))
        copy_http = menu.addAction(self.tr("Copy &web address"))
        in_browser = menu.addAction(self.tr("&Open in browser"))
        card = menu.addAction(self.tr("Show &QR code and addresses"))
        self._running_actions = [
            self._add_action(copy_ws, self.bar.copy_ws_address, "Ctrl+Shift+C"),
            self._add_action(copy_http, self.bar.copy_http_address, "Ctrl+Shift+H"),
            self._add_action(in_browser, self.bar.open_in_browser, "Ctrl+Shift+O"),
            self._add_action(card, self.bar.show_connect_card, "Ctrl+Shift+A"),
        ]
        check = menu.addAction(self.tr("Check the &network…"))
        self.check_action = self._add_action(check, self._on_check_network, "Ctrl+Shift+K")
        menu.addSeparator()
        self._add_action(menu.addAction(self.tr("&Quit")), self._on_quit, "Ctrl+Q")

    def _build_accounts_menu(self) -> None:
        menu = self.menuBar().addMenu(self.tr("&Accounts"))
        commands = self._accounts_page.commands
        for action in (commands.new_user, commands.new_test_user):
            menu.addAction(action)
            action.triggered.connect(partial(self.show_page, "accounts"))
        menu.addSeparator()
        menu.addActions([commands.edit, commands.reset_password, commands.toggle, commands.sessions])
        menu.addActions([commands.delete])
        menu.addSeparator()
        menu.addActions([commands.export])
        menu.addSeparator()
        tools = self._accounts_page.tools
        for action in (tools.import_accounts, tools.waiting, tools.invites, tools.inspect_token):
            menu.addAction(action)
            action.triggered.connect(partial(self.show_page, "accounts"))

    def _add_action(self, action: QAction, slot: object, keys: str) -> QAction:
        action.setShortcut(QKeySequence(keys))
        action.triggered.connect(slot)
        return action

    def _connect(self) -> None:
        self.rail.page_chosen.connect(self.show_page)
        self._live_page.users.code_asked.connect(self.bar.show_connect_card)
        self._bridge.state_changed.connect(self._on_state_changed)
        self._timer.timeout.connect(self._refresh)
        self.tray.opened.connect(self.bring_back)
        self.tray.quit_wanted.connect(self._on_quit)

    # Pages

    def show_page(self, key: str) -> None:
        """Show a page by its key; one that is unknown changes nothing."""
        if key not in self.pages:
            return
        self._stack.setCurrentWidget(self.pages[key])
        self.rail.show_chosen(key)
        for other, action in self.page_actions.items():
            action.setChecked(other == key)
        self._window_state.set_text("window/page", key)
        self._refresh()

    @property
    def page_key(self) -> str:
        """Key of the page shown."""
        return self.pages.current_key

    # Refreshing

    @Slot()
    def _refresh(self) -> None:
        if not self.isVisible() or self.isMinimized():
            return
        self.bar.refresh()
        self.rail.show_badge("accounts", len(self._service.accounts.pending()), self.tr("waiting"))
        page: Page = self.pages[self.page_key]  # type: ignore[assignment]
        page.refresh()

    @Slot()
    def _on_state_changed(self) -> None:
        self._apply_theme()
        self.bar.refresh()
        state = self._service.state
        is_running = state is ServerState.RUNNING
        self.start_action.setText(self.tr("&Stop") if is_running else self.tr("&Start"))
        self.start_action.setEnabled(state not in (ServerState.STARTING, ServerState.STOPPING))
        for action in self._running_actions:
            action.setEnabled(is_running)
        where = self._service.ws_url if is_running else self.bar.badge.word
        self.setWindowTitle(f"Authws Desktop · {where}")

    def _apply_theme(self) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication):
            self._theme.apply(app, self._service.settings.values.theme)

    @property
    def is_refreshing(self) -> bool:
        """Whether the timer runs: only while the window can be seen."""
        return self._timer.isActive()

    def _follow_visibility(self) -> None:
        if self.isVisible() and not self.isMinimized():
            self._timer.start()
            self._refresh()
        else:
            self._timer.stop()

    def showEvent(self, event: QShowEvent) -> None:
        """Begin to refresh; overrides Qt's."""
        super().showEvent(event)
        self._follow_visibility()

    def hideEvent(self, event: QHideEvent) -> None:
        """Cease to refresh, and remember the geometry; overrides Qt's."""
        super().hideEvent(event)
        self._follow_visibility()
        self.save_state()

    def changeEvent(self, event: QEvent) -> None:
        """Cease to refresh while minimised; overrides Qt's."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self._follow_visibility()

    # Remembered state

    def _restore(self) -> None:
        if not self._window_state.restore_geometry("window", self):
            self.resize(FIRST_SIZE)
        remembered = self._window_state.text("window/page", "live")
        self.show_page(remembered if remembered in self.pages else "live")
        self.bar.start_button.setFocus()

    def save_state(self) -> None:
        """Remember place and size now."""
        self._window_state.save_geometry("window", self)
        self._window_state.flush()

    # Closing

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask where there is something to lose; the window itself stays. Overrides Qt's."""
        event.ignore()
        self._on_close_wanted(self._service.settings.values.close_action)

    @Slot()
    def _on_quit(self) -> None:
        # Quit means quit: "keep running" is an answer to closing only.
        action = self._service.settings.values.close_action
        self._on_close_wanted(STOP if action == STOP else "ask")

    @async_slot
    async def _on_close_wanted(self, action: str) -> None:
        if not self._service.hub.clients or action == STOP:
            self._leave()
        elif action == KEEP:
            self.put_away()
        elif not self._is_asking:
            await self._ask_and_close()

    async def _ask_and_close(self) -> None:
        self._is_asking = True
        self.bring_back()
        try:
            dialog = CloseDialog(len(self._service.hub.clients), self, has_tray=self.tray.is_available)
            await finished(dialog)
        finally:
            self._is_asking = False
        if dialog.answer and dialog.is_remembered:
            saved = self._service.settings.saved
            await self._service.apply(msgspec.structs.replace(saved, close_action=dialog.answer))
        if dialog.answer == STOP:
            self._leave()
        elif dialog.answer == KEEP:
            self.put_away()

    def put_away(self) -> None:
        """Take the window out of sight; the server runs on."""
        if self.tray.is_available:
            self.hide()
        else:
            self.showMinimized()

    @Slot()
    def bring_back(self) -> None:
        """Show the window, wherever it was, and give it the keyboard."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def _leave(self) -> None:
        self.save_state()
        self.quit_requested.emit()

    def close_for_good(self) -> None:
        """Remember the geometry, close open dialogs and hide; whoever ends the program calls this first."""
        self.save_state()
        for dialog in self.findChildren(QDialog):
            dialog.reject()
        self.manners.end()
        self.tray.hide()
        self.hide()

    @async_slot
    async def _on_about(self) -> None:
        await finished(AboutDialog(self._service.paths, self._theme, self))

    @async_slot
    async def _on_check_network(self) -> None:
        await finished(NetworkCheckDialog(self._service, self._theme, self))

    def show_error(self, text: str) -> None:
        """Show an error in the server bar."""
        self.bar.show_error(text)
