"""The page of accounts."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Slot
from PySide6.QtGui import QAction, QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QMenu, QScrollArea, QTabBar, QWidget

from authws_desktop.accounts.models import Account
from authws_desktop.panels.accounts.account_commands import AccountCommands
from authws_desktop.panels.accounts.accounts_follower import AccountsFollower
from authws_desktop.panels.accounts.accounts_table import AccountRow, accounts_table
from authws_desktop.panels.accounts.addresses import Addresses
from authws_desktop.panels.accounts.hand_over import HandOver
from authws_desktop.panels.accounts.inspector import Inspector
from authws_desktop.panels.accounts.invites_panel import InvitesPanel
from authws_desktop.panels.accounts.tool_commands import ToolCommands
from authws_desktop.panels.accounts.waiting_panel import WaitingPanel
from authws_desktop.panels.kit.affected import account_count
from authws_desktop.panels.kit.bars import ActionButton, bar
from authws_desktop.panels.kit.boxes import horizontal_box
from authws_desktop.panels.kit.folding import FoldingSplitter
from authws_desktop.panels.kit.form_dialog import FormDialog
from authws_desktop.panels.kit.notices import NoticeKind
from authws_desktop.panels.kit.table_page import TablePage
from authws_desktop.panels.kit.theme import GRID, Theme
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.kit.words import grouped
from authws_desktop.server.service import Service

STATE_KEY = "accounts"
SEARCH_KEY = "accounts/search"
SESSIONS_KEY = "accounts/session_columns"
PEOPLE, INVITATIONS, WAITING = range(3)
INSPECTOR_PX = 42 * GRID


class AccountsPage(TablePage[AccountRow]):
    """Every account in a table that follows reality, and what can be done with them.

    Attributes:
        commands: The acts on accounts, for the window's menu.
        tools: The other actions of the page.
        tabs: People, invitations, who waits.
        inspector: All about the chosen account, beside the table.
        hand_over: New passwords, until they are put away.

    Args:
        service: The server.
        theme: Colours and icons.
        window_state: Columns, sort and search are remembered there.
    """

    def __init__(self, service: Service, theme: Theme, window_state: WindowState) -> None:
        self._window_state = window_state
        super().__init__(theme, accounts_table(theme), "users")
        self._service = service
        self._follower = AccountsFollower(service, self.table.source)
        self.hand_over = HandOver(Addresses.of(service), theme, self)
        self.commands = AccountCommands(service, theme, window_state, self, self.hand_over, self)
        self.tools = ToolCommands(service, theme, self.hand_over, self)
        self.inspector = Inspector(service, self.commands, theme)
        self.inspector.sessions.remember(window_state, SESSIONS_KEY)
        self._panels: dict[int, InvitesPanel | WaitingPanel] = {}
        self._build()
        self._connect()
        self._restore()

    # Building

    def _build(self) -> None:
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._build_tools()
        # Cards of new passwords take from its height: it scrolls where its lines would lie over each other.
        beside = QScrollArea(widgetResizable=True)
        beside.setMinimumWidth(self.inspector.minimumWidth())
        beside.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        beside.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        beside.setWidget(self.inspector)
        self._columns.addWidget(beside)
        self._columns.setStretchFactor(0, 2)
        self._columns.setStretchFactor(1, 1)
        self._columns.setSizes([600, INSPECTOR_PX])
        self._columns.set_foldable(beside, is_remembered=True)
        QShortcut(QKeySequence("Ctrl+B"), self, self._columns.toggle)
        self.column.addWidget(self.hand_over)
        foot, row = bar("foot", self)
        row.addWidget(self.count_label, 1)
        self.column.addWidget(foot)
        self._people = [self.tool_bar, self._stack, foot]
        self._build_tabs()
        QWidget.setTabOrder(self.new_user_button, self.table)  # the table was built before the bar above it
        QWidget.setTabOrder(self.table, self.inspector)

    def build_content(self) -> QWidget:
        """Return the table with room for the inspector beside it; overrides the frame's."""
        self._columns = FoldingSplitter(Qt.Orientation.Horizontal, self._window_state, "accounts/columns")
        self._columns.addWidget(self.table)
        return self._columns

    def _build_tabs(self) -> None:
        self.tabs = QTabBar(self)
        self.tabs.setDocumentMode(True)
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName(self.tr("People, invitations, or who waits"))
        for title in (self.tr("People"), self.tr("Invitations"), self.tr("Waiting")):
            self.tabs.addTab(title)
        self.tabs.currentChanged.connect(self._on_tab_chosen)
        row = horizontal_box(margins=(GRID, 0, GRID, 0))
        row.addWidget(self.tabs)
        self.column.insertLayout(0, row)

    def _build_tools(self) -> None:
        self.build_search(self.tr("Search accounts  /"), self.tr("Search accounts"))
        self.search.setMinimumWidth(20 * GRID)
        self.search.setMaximumWidth(34 * GRID)
        self.tool_row.addWidget(self.search, 1)
        self.tool_row.addStretch(1)
        self.import_button = self._button(self.tools.import_accounts, "upload", "flat", "muted")
        self.tool_row.addWidget(self._button(self.tools.inspect_token, "eye", "flat", "muted"))
        self.tool_row.addWidget(self.import_button)
        self.tool_row.addWidget(self._button(self.commands.export, "download", "flat", "muted"))
        self.tool_row.addWidget(self._button(self.commands.new_test_user, "key-round"))
        self.new_user_button = self._button(self.commands.new_user, "user-plus", "primary", "accent_text")
        self.tool_row.addWidget(self.new_user_button)

    def _button(self, action: QAction, icon: str, kind: str = "", role: str = "text") -> ActionButton:
        return ActionButton(self.theme, action, icon, self, kind=kind, role=role)

    def _connect(self) -> None:
        self.search.textChanged.connect(self._show_counts)
        self.table.activated.connect(self.commands.edit.trigger)
        self.table.customContextMenuRequested.connect(self._on_menu_requested)
        self.table.selectionModel().selectionChanged.connect(self._show_counts)
        self.commands.done.connect(self._on_done)
        self.commands.failed.connect(self.show_error)
        self.hand_over.failed.connect(self.show_error)
        self.hand_over.done.connect(lambda text: self._on_done(text, ""))
        self.inspector.failed.connect(self.show_error)
        self.tools.invites.triggered.connect(lambda: self.tabs.setCurrentIndex(INVITATIONS))
        self.tools.waiting.triggered.connect(lambda: self.tabs.setCurrentIndex(WAITING))
        self.tools.done.connect(self._on_many_done)
        self.tools.failed.connect(self.show_error)

    def _restore(self) -> None:
        self.table.remember(self._window_state, STATE_KEY)
        self.search.setText(self._window_state.text(SEARCH_KEY))
        self._show_counts()

    # Following reality

    def refresh(self) -> None:
        """Show what is true now; costs nothing while nothing changed."""
        if self._follower.follow():
            self._show_counts()
        self.tools.refresh()
        count = self.tools.waiting_count
        title = self.tr("Waiting ({people})").format(people=grouped(count)) if count else self.tr("Waiting")
        if self.tabs.tabText(WAITING) != title:
            self.tabs.setTabText(WAITING, title)
        panel = self._panels.get(self.tabs.currentIndex())
        if panel is not None:
            panel.refresh()
        else:
            self.inspector.refresh()

    # Tabs

    def panel(self, tab: int) -> InvitesPanel | WaitingPanel:
        """Return what a tab other than People shows; it is made when it is first asked for."""
        if tab not in self._panels:
            made: InvitesPanel | WaitingPanel
            if tab == INVITATIONS:
                made = InvitesPanel(self._service, Addresses.of(self._service), self.theme, self)
            else:
                made = WaitingPanel(self._service, self.theme, self)
            made.hide()
            self._panels[tab] = made
            self.column.insertWidget(1, made, 1)
        return self._panels[tab]

    @Slot(int)
    def _on_tab_chosen(self, tab: int) -> None:
        if tab != PEOPLE:
            self.panel(tab).refresh()
        for each in self._people:
            each.setVisible(tab == PEOPLE)
        self.column.setStretchFactor(self.content_row, 1 if tab == PEOPLE else 0)
        for place, panel in self._panels.items():
            panel.setVisible(place == tab)

    def _show_counts(self) -> None:
        rows = self.table.source.rows()
        chosen = len(self.table.selectionModel().selectedRows())
        shown = self.table.shown_count()
        total = grouped(len(rows))
        if chosen:
            text = self.tr("{chosen} of {all} selected").format(chosen=grouped(chosen), all=total)
        elif shown != len(rows):
            text = self.tr("{shown} of {all} shown").format(shown=grouped(shown), all=total)
        else:
            online = sum(row.connections > 0 for row in rows)
            words = self.tr("{accounts}, {online} online")
            text = words.format(accounts=account_count(len(rows)), online=grouped(online)) if rows else ""
        self.count_label.setText(text)
        self._show_table_or_words(has_accounts=bool(rows))
        self.commands.update_controls()
        self.inspector.show_accounts(self.chosen_accounts())

    def _show_table_or_words(self, *, has_accounts: bool) -> None:
        if has_accounts:
            title = self.tr("No account matches “{search}”").format(search=self.search.text().strip())
            text = self.tr("The search looks at name, role and status.")
            self.show_rows_or(title, text, (self.tr("Clear search"), self.search.clear))
            return
        text = self.tr(
            "Create one here and hand on its name and password, or make a test user with a "
            "token and ready snippets. People may also register by themselves while registration is open."
        )
        self.show_rows_or(
            self.tr("No accounts yet"),
            text,
            (self.tr("New user"), self.commands.new_user.trigger),
            (self.tr("New test user"), self.commands.new_test_user.trigger),
            (self.tr("Import a list"), self.tools.import_accounts.trigger),
        )

    # Choosing

    def chosen_accounts(self) -> list[Account]:
        """Return the selected accounts, as shown."""
        return [row.account for row in self.table.chosen()]

    def has_shown(self) -> bool:
        """Tell whether the search leaves any account."""
        return self.table.shown_count() > 0

    def shown_accounts(self) -> list[Account]:
        """Return every account that the search leaves, as shown."""
        return [row.account for row in self.table.shown()]

    def select_account(self, user_id: str) -> None:
        """Select an account and bring it into view; clears a search that hides it."""
        self.tabs.setCurrentIndex(PEOPLE)
        if not self.table.choose(user_id) and self.table.source.place_of(user_id) >= 0:
            self.search.clear()
            self.table.choose(user_id)

    async def run_beside(self, form: FormDialog) -> bool:
        """Show a form in the inspector and wait until it is done with; `True` if it did what it is for."""
        self.tabs.setCurrentIndex(PEOPLE)
        self._columns.fold(False)
        is_done = await self.inspector.run(form)
        self.table.setFocus()
        return is_done

    def show_sessions(self) -> None:
        """Bring the sessions of the chosen accounts into view, for the keyboard, too."""
        self.tabs.setCurrentIndex(PEOPLE)
        self._columns.fold(False)
        self.inspector.sessions.setFocus()

    # Handlers

    def _on_done(self, text: str, user_id: str) -> None:
        self._follower.follow(is_urgent=True)
        self._show_counts()
        if user_id:
            self.select_account(user_id)
        if text:
            self.notice.show_notice(text, NoticeKind.GOOD)

    def _on_many_done(self, text: str) -> None:
        # Those who came may be many: the next refreshes bring them, slice by slice.
        self._follower.hurry()
        self.refresh()
        self.notice.show_notice(text, NoticeKind.GOOD)

    def context_menu(self) -> QMenu:
        """Return the menu of the chosen accounts."""
        commands = self.commands
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions([commands.token, commands.edit, commands.reset_password])
        menu.addActions([commands.sessions, commands.toggle])
        menu.addSeparator()
        menu.addAction(commands.copy_names)
        menu.addSeparator()
        menu.addAction(commands.delete)
        return menu

    def fill_menu(self, menu: QMenu) -> list[QAction]:
        """Put what can be done here into the window's menu; return what needs this page in sight."""
        commands, tools = self.commands, self.tools
        making = [commands.new_user, commands.new_test_user]
        more = [tools.import_accounts, tools.waiting, tools.invites, tools.inspect_token]
        chosen = [commands.token, commands.edit, commands.reset_password, commands.toggle, commands.sessions]
        for group in (making, [*chosen, commands.delete], [commands.export], more):
            menu.addActions(group)
            menu.addSeparator()
        return [*making, *more]

    def _on_menu_requested(self, place: QPoint) -> None:
        if self.chosen_accounts():
            self.context_menu().popup(self.table.viewport().mapToGlobal(place))

    # Qt

    def showEvent(self, event: QShowEvent) -> None:
        """Bring the table up to date before it is seen; overrides Qt's."""
        super().showEvent(event)
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        """Remember the search."""
        super().hideEvent(event)
        self._window_state.set_text(SEARCH_KEY, self.search.text())
