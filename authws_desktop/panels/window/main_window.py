"""The window: rail, server bar, pages, menus, and one timer that refreshes what can be seen."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QAction, QCloseEvent, QHideEvent, QIcon, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QMainWindow,
    QMenu,
    QStackedWidget,
    QWidget,
)

from authws_desktop.garbage import GarbageSearch
from authws_desktop.logs import LogRing
from authws_desktop.panels.accounts.accounts_page import AccountsPage
from authws_desktop.panels.kit.affected import guests_ended
from authws_desktop.panels.kit.async_slot import async_slot
from authws_desktop.panels.kit.boxes import NO_MARGINS, horizontal_box, vertical_box
from authws_desktop.panels.kit.confirm import confirm
from authws_desktop.panels.kit.dialog import finished, hide_with_dialogs, show_with_dialogs
from authws_desktop.panels.kit.refresh import Refreshed, RefreshTimer
from authws_desktop.panels.kit.theme import Theme, icon_file
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.kit.words import counted
from authws_desktop.panels.lab.lab import Lab
from authws_desktop.panels.live.live_page import LivePage
from authws_desktop.panels.log.log_page import LogPage
from authws_desktop.panels.settings.settings_page import SettingsPage
from authws_desktop.panels.window.about_dialog import AboutDialog
from authws_desktop.panels.window.close_dialog import KEEP, STOP, CloseDialog
from authws_desktop.panels.window.documentation import open_documentation
from authws_desktop.panels.window.network_check_dialog import NetworkCheckDialog
from authws_desktop.panels.window.notifications import Notifications
from authws_desktop.panels.window.pages import Pages
from authws_desktop.panels.window.passages import Passages
from authws_desktop.panels.window.projector import Projector
from authws_desktop.panels.window.rail import Rail, RailEntry
from authws_desktop.panels.window.server_bar import ServerBar
from authws_desktop.panels.window.service_bridge import ServiceBridge
from authws_desktop.panels.window.sizes import first_size, smallest_size
from authws_desktop.panels.window.tray import Tray
from authws_desktop.server.service import ServerState, Service

PROJECTOR_EVERY_S = 0.3
"""Refresh interval of the projector."""
UNSEEN_EVERY_S = 1.0
"""Refresh interval of the tray and the notifications."""
GARBAGE_EVERY_S = 0.25
"""How often at most the window searches for garbage: under load some thousand objects come together
meanwhile, which a search goes through in about a millisecond."""


class MainWindow(QMainWindow):
    """Rail, server bar and pages.

    Attributes:
        bar: The server bar.
        rail: Chooses the page.
        pages: By key: `live`, `accounts`, `settings`, `log`.
        start_action, check_action, docs_action, about_action, page_actions: In the menus.
        lab: Faults and virtual users.
        projector, projector_action: The window for the wall.
        tray: State and count in the system's tray, where there is one.
        notifications: Keeps the computer awake, and tells what happens out of sight.

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
        self._refresh_timer = RefreshTimer(self)
        self._apply_theme()
        self._build_pages(log_ring)
        self._build()
        self._build_menus()
        self.tray = Tray(service, theme, self.start_action, self)
        self.notifications = Notifications(service, self.tray.notify, self)
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
            "settings": lambda: SettingsPage(self._service, self._theme),
            "log": lambda: LogPage(self._service, log_ring, self._theme, self._window_state),
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
        self.setMinimumSize(smallest_size(self.screen().availableSize()))
        self.rail = Rail(self._entries, self._theme)
        self.bar = ServerBar(self._service, self._theme)
        middle = horizontal_box(spacing=0)
        middle.addWidget(self.rail)
        middle.addWidget(self._stack, 1)
        content = QWidget()
        column = vertical_box(content, margins=NO_MARGINS, spacing=0)
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
        view_menu.addSeparator()
        self._add(view_menu, self.tr("&Cluster…"), self.bar.show_cluster, "Ctrl+Shift+U")
        menu = self.menuBar().addMenu(self.tr("&Help"))
        docs = self.tr("&Documentation")
        self.docs_action = self._add(menu, docs, lambda: open_documentation(self._service), "F1")
        self.about_action = self._add(menu, self.tr("&About Authws Desktop"), self._on_about, "Shift+F1")

    def _build_server_menu(self) -> None:
        menu = self.menuBar().addMenu(self.tr("&Server"))
        self.start_action = self._add(menu, self.tr("&Start"), self.bar.toggle, "Ctrl+R")
        menu.addSeparator()
        self._running_actions = [
            self._add(menu, text, slot, keys)
            for text, slot, keys in (
                (self.tr("&Copy WebSocket address"), self.bar.copy_ws_button.copy, "Ctrl+Shift+C"),
                (self.tr("Copy &web address"), self.bar.copy_http_button.copy, "Ctrl+Shift+H"),
                (self.tr("&Open in browser"), self.bar.open_in_browser, "Ctrl+Shift+O"),
                (self.tr("Show &QR code and addresses"), self.bar.show_connect_card, "Ctrl+Shift+A"),
            )
        ]
        check = self.tr("Check the &network…")
        self.check_action = self._add(menu, check, self._on_check_network, "Ctrl+Shift+K")
        menu.addSeparator()
        self.lab = Lab(self._service, self._theme, self)
        menu.addActions([self.lab.faults_action, self.lab.bots_action])
        self.projector = Projector(self._service, self._theme, self._window_state)
        self.projector_action = self._add(menu, self.tr("&Projector"), self.projector.open, "Ctrl+Shift+P")
        menu.addSeparator()
        self._add(menu, self.tr("&Quit"), self._on_quit, "Ctrl+Q")

    def _build_accounts_menu(self) -> None:
        menu = self.menuBar().addMenu(self.tr("&Accounts"))
        for action in self._accounts_page.fill_menu(menu):
            action.triggered.connect(partial(self.show_page, "accounts"))

    @staticmethod
    def _add(menu: QMenu, text: str, slot: Callable[..., object], keys: str) -> QAction:
        action = menu.addAction(text)
        action.setShortcut(QKeySequence(keys))
        action.triggered.connect(slot)
        return action

    def _connect(self) -> None:
        self.rail.page_chosen.connect(self.show_page)
        self._passages = Passages(self._live_page, self._accounts_page, self.bar, self.show_page, self)
        self._bridge.state_changed.connect(self._on_state_changed)
        self._refresh_timer.watch(self)
        self._refresh_timer.watch(GarbageSearch(), GARBAGE_EVERY_S, is_for_unseen=True)
        self.projector.network_asked.connect(self.bar.let_network_in)
        self._live_page.announce.announced.connect(self.projector.say)
        self._refresh_timer.watch(self.projector, PROJECTOR_EVERY_S, is_for_unseen=True)
        for unseen in (self.tray, self.notifications):
            self._refresh_timer.watch(unseen, UNSEEN_EVERY_S, is_for_unseen=True)
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
        self._refresh_timer.turn()

    @property
    def page_key(self) -> str:
        """Key of the page shown."""
        return self.pages.current_key

    # Refreshing

    def refresh(self) -> None:
        """Bring the bar, the rail and the page shown up to date."""
        self.bar.refresh()
        self.rail.show_badge(
            "accounts", len(self._service.accounts.registration.pending()), self.tr("waiting")
        )
        page: Refreshed = self.pages[self.page_key]  # type: ignore[assignment]
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
        where = self._service.location.ws_url if is_running else self.bar.badge.word
        # Ends with the application's name: to any other title Qt adds it.
        self.setWindowTitle(f"{where} — Authws Desktop")

    def _apply_theme(self) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication):
            self._theme.apply(app, self._service.settings.values.theme)

    def showEvent(self, event: QShowEvent) -> None:
        """Begin to refresh; overrides Qt's."""
        super().showEvent(event)
        self._refresh_timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Cease to refresh, and remember the geometry; overrides Qt's."""
        super().hideEvent(event)
        self._refresh_timer.start()
        self.save_state()

    def changeEvent(self, event: QEvent) -> None:
        """Cease to refresh while minimised; overrides Qt's."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self._refresh_timer.start()

    # Remembered state

    def _restore(self) -> None:
        if not self._window_state.restore_geometry("window", self):
            self.resize(first_size(self.screen().availableSize()))
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
            await self._leave()
        elif action == KEEP:
            self.put_away()
        elif not self._is_asking:
            await self._ask_and_close()

    async def _ask_and_close(self) -> None:
        self._is_asking = True
        self.bring_back()
        try:
            dialog = CloseDialog(
                self._theme,
                len(self._service.hub.clients),
                self,
                has_tray=self.tray.is_available,
                ended=guests_ended(self._service.accounts),
            )
            await finished(dialog)
        finally:
            self._is_asking = False
        if dialog.answer and dialog.is_remembered:
            await self._service.change(close_action=dialog.answer)
        if dialog.answer == STOP:
            await self._leave()
        elif dialog.answer == KEEP:
            self.put_away()

    def put_away(self) -> None:
        """Take the window out of sight; the server runs on."""
        if self.tray.is_available:
            hide_with_dialogs(self)
        else:
            self.showMinimized()

    @Slot()
    def bring_back(self) -> None:
        """Show the window, wherever it was, and give it the keyboard."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        show_with_dialogs(self)

    @property
    def has_handouts(self) -> bool:
        """Whether passwords are shown that nobody else knows."""
        return bool(self._accounts_page.hand_over.cards)

    async def _leave(self) -> None:
        cards = len(self._accounts_page.hand_over.cards)
        if cards and not await self._may_lose(cards):
            return
        self.save_state()
        self.quit_requested.emit()

    async def _may_lose(self, count: int) -> bool:
        """Ask before passwords go that nobody else knows; they are shown meanwhile."""
        if self._is_asking:
            return False
        self._is_asking = True
        self.bring_back()
        self.show_page("accounts")
        passwords = counted(count, "%n card", "%n cards")
        text = self.tr("{cards} with new passwords were not put away. They are not kept anywhere.")
        try:
            return await confirm(
                self._theme,
                self,
                self.tr("Quit and lose the passwords?"),
                text.format(cards=passwords),
                self.tr("Quit"),
                is_destructive=True,
            )
        finally:
            self._is_asking = False

    def close_for_good(self) -> None:
        """Remember the geometry, close open dialogs and hide; whoever ends the program calls this first."""
        self.save_state()
        for dialog in self.findChildren(QDialog):
            dialog.reject()
        self._refresh_timer.stop()
        self.notifications.end()
        self.projector.close()
        self.tray.hide()
        self.hide()

    @async_slot
    async def _on_about(self) -> None:
        await finished(AboutDialog(self._service.paths, self._theme, self))

    @async_slot
    async def _on_check_network(self) -> None:
        dialog = NetworkCheckDialog(self._service, self._theme, self)
        dialog.network_asked.connect(self.bar.let_network_in)
        self._bridge.state_changed.connect(dialog.check)
        await dialog.run()

    def show_error(self, text: str) -> None:
        """Show an error in the server bar."""
        self.bar.show_error(text)
