"""The left side of the Live page: who is connected, with search and menu."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication, QIcon, QKeySequence
from PySide6.QtWidgets import (
    QLineEdit,
    QMenu,
    QStackedWidget,
    QToolButton,
    QWidget,
)

from authws_desktop.hub.client import Client
from authws_desktop.network.addresses import is_only_here
from authws_desktop.panels.kit.async_slot import async_slot
from authws_desktop.panels.kit.boxes import horizontal_box, vertical_box
from authws_desktop.panels.kit.confirm import confirm
from authws_desktop.panels.kit.empty_state import EmptyState
from authws_desktop.panels.kit.icon_button import icon_button
from authws_desktop.panels.kit.qr import QrView
from authws_desktop.panels.kit.theme import GRID, Theme
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.kit.words import counted
from authws_desktop.panels.live import record_text
from authws_desktop.panels.live.ban_actions import BanActions
from authws_desktop.panels.live.filter_words import quoted
from authws_desktop.panels.live.past_users import PastUser
from authws_desktop.panels.live.past_users_page import PastUsersPage
from authws_desktop.panels.live.user_rows import Group
from authws_desktop.panels.live.users_model import UsersModel
from authws_desktop.panels.live.users_view import UsersView
from authws_desktop.server.service import ServerState, Service

_STATE = "live/users"
CODE_PX = 21 * GRID
"""Five pixels for each module of the code of an address."""


class UsersPanel(QWidget):
    """Connected users and their connections.

    Attributes:
        view: The tree.
        search: The search box.
        past: Who was there at a moment that is past, in place of the tree.
        bans: What keeps people out.

    Signals:
        traffic_asked: Show the traffic of the selected; carries the filter.
        send_asked: Write to the selected; carries the connections.
        code_asked: Show others how to connect.
        network_asked: Let other devices in.
        account_asked, token_asked: Show the account of a user, or a token for it; carries the user id.
        failed: Something did not work; carries a sentence.
    """

    traffic_asked = Signal(str)
    send_asked = Signal(object)
    code_asked = Signal()
    network_asked = Signal()
    account_asked = Signal(str)
    token_asked = Signal(str)
    failed = Signal(str)

    def __init__(self, service: Service, theme: Theme, window_state: WindowState) -> None:
        super().__init__()
        self._service = service
        self._theme = theme
        self._window_state = window_state
        self._model = UsersModel(service.hub, theme, parent=self)
        # Sorting lays the header out anew and announces states in between: only the last one counts.
        self._save_timer = QTimer(self, singleShot=True, interval=0)
        self._build()
        self._build_actions()
        self._connect()
        self._has_own_columns = window_state.restore_header(_STATE, self.view.header())
        self.refresh()

    def _build(self) -> None:
        self.search = QLineEdit(placeholderText=self.tr("Search users"), clearButtonEnabled=True)
        self.search.setAccessibleName(self.tr("Search connected users"))
        self.search.setToolTip(
            self.tr("Words of the name, address or app, #12 for a connection, or node:NAME")
        )
        self._search_icon = self.search.addAction(QIcon(), QLineEdit.ActionPosition.LeadingPosition)
        self._theme.decorate(self._search_icon, "search", "muted")
        self.view = UsersView(self._model, self._theme)
        self._empty = EmptyState(self._theme, "users")
        self.code = QrView(self._theme, side_px=CODE_PX, press_tip=self.tr("Show the code large"))
        self.code.hide()
        self._empty.put(self.code)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.view)
        self._stack.addWidget(self._empty)
        self.past = PastUsersPage(self._theme)
        self._stack.addWidget(self.past)
        self.bans_button = QToolButton()
        self.bans_button.setAccessibleName(self.tr("Bans"))
        head = horizontal_box(margins=(GRID, 0, GRID, 0), spacing=GRID // 2)
        head.addWidget(self.search, 1)
        tip = self.tr("Send as server… (to whom is chosen below, or to everyone)")
        self.send_button = icon_button(self._theme, "send", self.tr("Send as server"), tip)
        head.addWidget(self.send_button)
        head.addWidget(self.bans_button)
        layout = vertical_box(self, margins=(0, GRID, 0, 0), spacing=GRID // 2)
        layout.addLayout(head)
        layout.addWidget(self._stack, 1)

    def _build_actions(self) -> None:
        self.disconnect_action = self._add_action(self.tr("Disconnect"), "unplug", QKeySequence("Del"))
        self.send_action = self._add_action(self.tr("Send message…"), "send", QKeySequence("Ctrl+M"))
        self.traffic_action = self._add_action(self.tr("Show traffic"), "filter", QKeySequence("Ctrl+T"))
        self.bans = BanActions(self._service, self._theme, self.view.selected_clients, self)
        self.bans_button.setDefaultAction(self.bans.show_bans)
        self.account_action = self._add_action(self.tr("Open account"), "users", QKeySequence("Ctrl+O"))
        self.token_action = self._add_action(self.tr("Token and snippets…"), "key-round", QKeySequence())
        self.copy_action = self._add_action(
            self.tr("Copy"), "copy", QKeySequence(QKeySequence.StandardKey.Copy)
        )

    def _add_action(self, text: str, icon: str, shortcut: QKeySequence) -> QAction:
        action = QAction(text, self.view, shortcut=shortcut)
        self._theme.decorate(action, icon, "muted")
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self.view.addAction(action)
        return action

    def _connect(self) -> None:
        self.search.textChanged.connect(self._on_search_changed)
        self.view.customContextMenuRequested.connect(self._on_menu_asked)
        self.view.columns_changed.connect(self._save_timer.start)
        self._save_timer.timeout.connect(self._save_columns)
        self.disconnect_action.triggered.connect(self._on_disconnect)
        self.send_action.triggered.connect(self._on_send)
        self.send_button.clicked.connect(self._on_send)
        self.view.doubleClicked.connect(self._on_show_traffic)
        self.traffic_action.triggered.connect(self._on_show_traffic)
        self.copy_action.triggered.connect(self._on_copy)
        self.code.clicked.connect(self.code_asked)
        self.account_action.triggered.connect(self._on_account)
        self.token_action.triggered.connect(self._on_token)

    def refresh(self) -> None:
        """Take in what changed."""
        if not self._has_own_columns and self._service.clustering.node is not None:
            self._has_own_columns = True
            self.view.show_nodes()
        self._model.refresh()
        if self._stack.currentWidget() is self.view:
            self._model.refresh_figures(self.view.visible_indexes(), self.view.visible_figures())
        self._show_state()

    def show_past(self, moment_s: float, users: Sequence[PastUser]) -> None:
        """Show who was there at a moment, seconds since the epoch, until `show_now`."""
        self.past.show_users(moment_s, users)
        self._stack.setCurrentWidget(self.past)
        self.search.setEnabled(False)

    def show_now(self) -> None:
        """Show who is there."""
        if self._stack.currentWidget() is self.past:
            self._stack.setCurrentWidget(self.view)
            self.search.setEnabled(True)
            self.refresh()

    def _show_state(self) -> None:
        if self._stack.currentWidget() is self.past:
            return
        if self._model.rowCount():
            self._stack.setCurrentWidget(self.view)
            return
        is_waiting = self._service.state is ServerState.RUNNING and not self._service.hub.everywhere()
        url = self._service.location.http_url
        can_scan = is_waiting and not is_only_here(url)
        # Never a code of localhost: no device that can scan it can open it.
        self.code.setVisible(can_scan)
        self.code.show_code(url if can_scan else "")
        offers = [(self.tr("Show the code"), self.code_asked.emit)] if can_scan else []
        if is_waiting and not can_scan and not self._service.settings.is_locked("host"):
            offers = [(self.tr("Let my network in"), self.network_asked.emit)]
        self._empty.say(*self._empty_text(), *offers)
        self._stack.setCurrentWidget(self._empty)

    def _empty_text(self) -> tuple[str, str]:
        if self.search.text() and self._service.hub.everywhere():
            return self.tr("Nobody found"), self.tr("No connection has this in name, address or app.")
        if self._service.state is ServerState.RUNNING:
            return self.tr("Nobody is connected"), self._invitation()
        return self.tr("The server is not running"), self.tr("Press Start above to let people connect.")

    def _invitation(self) -> str:
        url = self._service.location.http_url
        if is_only_here(url):
            text = self.tr("Open {address} in a browser here, or let other devices in.")
        else:
            text = self.tr("Join from a phone: scan the code, or open {address}.")
        return text.format(address=url)

    # What the person does

    @Slot(str)
    def _on_search_changed(self, text: str) -> None:
        self._model.set_search(text)
        self._show_state()

    @Slot()
    def _save_columns(self) -> None:
        self._window_state.save_header(_STATE, self.view.header())

    @Slot(QPoint)
    def _on_menu_asked(self, position: QPoint) -> None:
        if self.view.selected_clients():
            self.make_menu().popup(self.view.viewport().mapToGlobal(position))

    def make_menu(self) -> QMenu:
        """Return the menu of the selected rows; the caller shows it."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions([self.send_action, self.traffic_action, self.copy_action])
        menu.addSeparator()
        is_one = len({client.identity.user_id for client in self.view.selected_clients()}) == 1
        for action in (self.account_action, self.token_action):
            action.setEnabled(is_one and bool(self._chosen_user()))
            menu.addAction(action)
        menu.addSeparator()
        self.bans.prepare()
        menu.addActions([self.disconnect_action, self.bans.ban_user, self.bans.ban_address])
        menu.setToolTipsVisible(True)
        return menu

    def show_error(self, text: str) -> None:
        """Let the page say what did not work."""
        self.failed.emit(text)

    @async_slot
    async def _on_disconnect(self) -> None:
        chosen = self.view.selected_clients()
        if not chosen:
            return
        title = self.tr("Disconnect {whom}?").format(whom=self._whom(chosen))
        text = self.tr("They can connect again after a pause. Ban or disable the account to keep them out.")
        if await confirm(self._theme, self, title, text, self.tr("Disconnect"), is_destructive=True):
            self._service.moderation.disconnect([client.client_id for client in chosen])

    def _whom(self, clients: list[Client]) -> str:
        if len(clients) > 1:
            return counted(len(clients), "%n connection", "%n connections")
        return record_text.numbered_identity(clients[0].identity)

    @Slot()
    def _on_send(self) -> None:
        self.send_asked.emit(self.view.selected_clients())

    @Slot()
    def _on_show_traffic(self) -> None:
        text = filter_for(self.view.selected_groups(), self.view.selected_clients())
        if text:
            self.traffic_asked.emit(text)

    def _chosen_user(self) -> str:
        """Return the id of the user that is chosen, or whose connection is; empty if there is none."""
        chosen = self.view.selected_clients()
        return chosen[0].identity.user_id if chosen else ""

    @Slot()
    def _on_account(self) -> None:
        if user_id := self._chosen_user():
            self.account_asked.emit(user_id)

    @Slot()
    def _on_token(self) -> None:
        if user_id := self._chosen_user():
            self.token_asked.emit(user_id)

    @Slot()
    def _on_copy(self) -> None:
        lines = ["\t".join(_fields(client)) for client in self.view.selected_clients()]
        if lines:
            QGuiApplication.clipboard().setText("\n".join(lines))


def _fields(client: Client) -> list[str]:
    identity = client.identity
    return [identity.username, identity.address, identity.app or client.user_agent, client.client_id]


def filter_for(groups: list[Group], clients: list[Client]) -> str:
    """Return the traffic filter that shows chosen users or connections.

    Args:
        groups: The users chosen whole.
        clients: Every connection chosen, theirs included.
    """
    covered = {client.client_id for group in groups for client in group.clients}
    if groups and all(client.client_id in covered for client in clients):
        if groups == [group for group in groups if group.key]:
            return "user:" + ",".join(quoted(group.name) for group in groups)
        if len(groups) == 1:
            return "!user:*"
    return "conn:" + ",".join(str(client.number or client.client_id) for client in clients) if clients else ""
