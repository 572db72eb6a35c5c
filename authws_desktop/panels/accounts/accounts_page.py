"""The page of accounts."""

from __future__ import annotations

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QPoint, Qt
from PySide6.QtGui import QAction, QHideEvent, QKeySequence, QPalette, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from authws_desktop.accounts.records import Account
from authws_desktop.panels.accounts.account_commands import AccountCommands
from authws_desktop.panels.accounts.accounts_filter import AccountsFilter
from authws_desktop.panels.accounts.accounts_follower import AccountsFollower
from authws_desktop.panels.accounts.accounts_model import ROW_ROLE, AccountColumn, AccountsModel
from authws_desktop.panels.accounts.bars import ActionButton, bar, below_table, under_bar
from authws_desktop.panels.accounts.reach import account_count
from authws_desktop.panels.accounts.table_view import RowsTable
from authws_desktop.panels.accounts.tool_commands import ToolCommands
from authws_desktop.panels.chips import ChipDelegate
from authws_desktop.panels.empty_state import EmptyState
from authws_desktop.panels.notices import NoticeBar
from authws_desktop.panels.theme import GRID, Theme, set_variant
from authws_desktop.panels.window_state import WindowState
from authws_desktop.server.service import Service

STATE_KEY = "accounts"
SEARCH_KEY = "accounts/search"

_WIDTHS: dict[int, int] = {
    AccountColumn.ROLE: 96,
    AccountColumn.STATUS: 96,
    AccountColumn.CREATED: 152,
    AccountColumn.LAST_LOGIN: 152,
    AccountColumn.CONNECTIONS: 104,
    AccountColumn.SESSIONS: 88,
}


class AccountsPage(QWidget):
    """Every account in a table that follows reality, and what can be done with them.

    Attributes:
        commands: The acts on accounts, for the window's menu.
        tools: The other actions of the page; some stand under More.
        model: The accounts.
        table: Shows them sorted and searched.
        search: The search box.

    Args:
        service: The server.
        theme: Colours and icons.
        window_state: Columns, sort and search are remembered there.
        parent: Qt parent.
    """

    def __init__(
        self, service: Service, theme: Theme, window_state: WindowState, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._window_state = window_state
        self.model = AccountsModel(self)
        self._follower = AccountsFollower(service, self.model)
        self._shown = AccountsFilter(self.model, self)
        self._build_table()
        self.commands = AccountCommands(service, theme, window_state, self, self)
        self.tools = ToolCommands(service, theme, self)
        self._build()
        self._connect()
        self._restore()

    # Building

    def _build_table(self) -> None:
        self.table = RowsTable(self._theme, self._shown, _WIDTHS, AccountColumn.NAME, self)
        self.table.setAccessibleName(self.tr("Accounts"))
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        delegate = ChipDelegate(self._theme, self.table)
        for column in (AccountColumn.ROLE, AccountColumn.STATUS):
            self.table.setItemDelegateForColumn(column, delegate)
        self.table.sortByColumn(AccountColumn.NAME, Qt.SortOrder.AscendingOrder)

    def _build(self) -> None:
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self.note = NoticeBar(self._theme, self)
        self.empty = EmptyState(self._theme, "users", self)
        self.stack = QStackedWidget(self)
        self.stack.addWidget(self.table)
        self.stack.addWidget(self.empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._build_top())
        layout.addLayout(under_bar(self.stack), 1)
        layout.addLayout(below_table(self.note))
        layout.addWidget(self._build_foot())
        QWidget.setTabOrder(self.new_user_button, self.table)  # the table was built before the bar above it

    def _build_top(self) -> QFrame:
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(self.tr("Search accounts  /"))
        self.search.setAccessibleName(self.tr("Search accounts"))
        self.search.setClearButtonEnabled(True)
        self.search.setFixedWidth(34 * GRID)
        self._search_icon = self.search.addAction(
            self._theme.icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition
        )
        commands = self.commands
        frame, row = bar("bar", self)
        row.addWidget(self.search)
        row.addStretch(1)
        self.waiting_button = self._button(self.tools.waiting, "user-check", "", "accent")
        self.waiting_button.hide()
        row.addWidget(self.waiting_button)
        row.addWidget(self._build_more())
        row.addWidget(self._button(commands.new_test_user, "key-round"))
        self.new_user_button = self._button(commands.new_user, "user-plus", "primary", "accent_text")
        row.addWidget(self.new_user_button)
        return frame

    def _build_more(self) -> QPushButton:
        self.more_menu = QMenu(self)
        self.more_menu.addActions([self.tools.import_accounts, self.commands.export])
        self.more_menu.addSeparator()
        self.more_menu.addActions([self.tools.waiting, self.tools.invites])
        self.more_menu.addSeparator()
        self.more_menu.addAction(self.tools.inspect_token)
        self.more_button = QPushButton(self.tr("More"), self)
        self.more_button.setAccessibleName(self.tr("More about accounts"))
        self.more_button.setMenu(self.more_menu)
        self.more_button.setMinimumWidth(11 * GRID)  # room before the arrow
        return self.more_button

    def _build_foot(self) -> QFrame:
        self.count_label = QLabel(self)
        set_variant(self.count_label, "role", "muted")
        commands = self.commands
        frame, row = bar("foot", self)
        row.addWidget(self.count_label, 1)
        for action, icon in (
            (commands.edit, "pencil"),
            (commands.reset_password, "lock"),
            (commands.sessions, "clock"),
            (commands.toggle, "ban"),
            (commands.delete, "trash-2"),
        ):
            row.addWidget(self._button(action, icon, "flat"))
        return frame

    def _button(self, action: QAction, icon: str, kind: str = "", role: str = "text") -> ActionButton:
        return ActionButton(self._theme, action, icon, self, kind=kind, role=role)

    def _connect(self) -> None:
        self.search.textChanged.connect(self._on_search_changed)
        self.search.returnPressed.connect(self.table.setFocus)
        self.table.activated.connect(self.commands.edit.trigger)
        self.table.customContextMenuRequested.connect(self._on_menu_requested)
        self.table.selectionModel().selectionChanged.connect(self._show_counts)
        self.commands.done.connect(self._on_done)
        self.commands.failed.connect(self.show_error)
        self.tools.done.connect(self._on_many_done)
        self.tools.failed.connect(self.show_error)
        self._theme.changed.connect(self._on_theme_changed)
        find = QShortcut(QKeySequence("/"), self)
        find.activated.connect(self._on_find)
        clear = QShortcut(QKeySequence(Qt.Key.Key_Escape), self.search, self.search.clear)
        clear.setContext(Qt.ShortcutContext.WidgetShortcut)

    def _restore(self) -> None:
        header = self.table.horizontalHeader()
        if self._window_state.restore_header(STATE_KEY, header):
            self.table.sortByColumn(header.sortIndicatorSection(), header.sortIndicatorOrder())
        self.search.setText(self._window_state.text(SEARCH_KEY))
        self._show_counts()

    # Following reality

    def refresh(self) -> None:
        """Show what is true now; costs nothing while nothing changed."""
        if self._follower.follow():
            self._show_counts()
        self.commands.refresh_dialog()
        self.tools.refresh()
        self.waiting_button.setVisible(self.tools.waiting_count > 0)

    def _show_counts(self) -> None:
        rows = self.model.rows()
        chosen = len(self.table.selectionModel().selectedRows())
        shown = self._shown.rowCount()
        total = f"{len(rows):,}"
        if chosen:
            text = self.tr("{} of {} selected").format(f"{chosen:,}", total)
        elif shown != len(rows):
            text = self.tr("{} of {} shown").format(f"{shown:,}", total)
        else:
            online = sum(row.connections > 0 for row in rows)
            text = self.tr("{}, {} online").format(account_count(len(rows)), f"{online:,}") if rows else ""
        self.count_label.setText(text)
        self._show_empty(bool(rows), bool(shown))
        self.commands.update_controls()

    def _show_empty(self, has_accounts: bool, has_shown: bool) -> None:
        if has_shown:
            self.stack.setCurrentWidget(self.table)
            return
        if has_accounts:
            title = self.tr("No account matches “{}”").format(self.search.text().strip())
            text = self.tr("The search looks at name, role and status.")
            self.empty.say(title, text, (self.tr("Clear search"), self.search.clear))
        else:
            title = self.tr("No accounts yet")
            text = self.tr(
                "Create one here and hand on its name and password, or make a test user with a "
                "token and ready snippets. People may also register by themselves while registration is open."
            )
            commands = self.commands
            self.empty.say(
                title,
                text,
                (self.tr("New user"), commands.new_user.trigger),
                (self.tr("New test user"), commands.new_test_user.trigger),
                (self.tr("Import a list"), self.tools.import_accounts.trigger),
            )
        self.stack.setCurrentWidget(self.empty)

    # Choosing

    def chosen_accounts(self) -> list[Account]:
        """Return the selected accounts, as shown."""
        indexes = sorted(self.table.selectionModel().selectedRows(), key=lambda index: index.row())
        return [index.data(ROW_ROLE).account for index in indexes]

    def has_shown(self) -> bool:
        """Tell whether the search leaves any account."""
        return self._shown.rowCount() > 0

    def shown_accounts(self) -> list[Account]:
        """Return every account that the search leaves, as shown."""
        rows = range(self._shown.rowCount())
        return [self._shown.index(row, 0).data(ROW_ROLE).account for row in rows]

    def select_account(self, user_id: str) -> None:
        """Select an account and bring it into view; clears a search that hides it."""
        place = self.model.index(self.model.place_of(user_id), 0)
        if place.isValid() and not self._shown.mapFromSource(place).isValid():
            self.search.clear()
        index = self._shown.mapFromSource(place)
        if index.isValid():
            flags = QItemSelectionModel.SelectionFlag
            self.table.selectionModel().select(
                QItemSelection(index, index), flags.ClearAndSelect | flags.Rows
            )
            self.table.scrollTo(index)

    def show_error(self, text: str) -> None:
        """Say on the page what went wrong."""
        self.note.show_notice(text, "bad")

    # Handlers

    def _on_search_changed(self, text: str) -> None:
        self._shown.search(text)
        self._show_counts()

    def _on_find(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _on_done(self, text: str, user_id: str) -> None:
        self._follower.follow(is_urgent=True)
        self._show_counts()
        if user_id:
            self.select_account(user_id)
        if text:
            self.note.show_notice(text, "good")

    def _on_many_done(self, text: str) -> None:
        # Those who came may be many: the next refreshes bring them, slice by slice.
        self._follower.hurry()
        self.refresh()
        self.note.show_notice(text, "good")

    def _on_theme_changed(self) -> None:
        self._search_icon.setIcon(self._theme.icon("search", "muted"))

    def context_menu(self) -> QMenu:
        """Return the menu of the chosen accounts."""
        commands = self.commands
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions([commands.edit, commands.reset_password, commands.sessions, commands.toggle])
        menu.addSeparator()
        menu.addAction(commands.copy_names)
        menu.addSeparator()
        menu.addAction(commands.delete)
        return menu

    def _on_menu_requested(self, place: QPoint) -> None:
        if self.chosen_accounts():
            self.context_menu().popup(self.table.viewport().mapToGlobal(place))

    # Qt

    def showEvent(self, event: QShowEvent) -> None:
        """Be true from the first moment."""
        super().showEvent(event)
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        """Remember columns, sort and search."""
        super().hideEvent(event)
        self._window_state.save_header(STATE_KEY, self.table.horizontalHeader())
        self._window_state.set_text(SEARCH_KEY, self.search.text())
