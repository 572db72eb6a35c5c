"""All about the chosen account, beside the table: what it is, where it is used, and what can be done."""

from __future__ import annotations

import time
from collections.abc import Sequence

import shiboken6
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from authws_desktop.accounts.errors import StoreError
from authws_desktop.accounts.models import Account, Role
from authws_desktop.panels.accounts.account_commands import AccountCommands
from authws_desktop.panels.accounts.session_rows import (
    HIDDEN_AT_FIRST,
    SessionColumn,
    ShownSession,
    row_key,
    session_columns,
    session_rows,
)
from authws_desktop.panels.kit.affected import Affected, account_count
from authws_desktop.panels.kit.async_slot import async_slot
from authws_desktop.panels.kit.bars import ActionButton
from authws_desktop.panels.kit.boxes import NO_MARGINS, vertical_box
from authws_desktop.panels.kit.dialog import text_label
from authws_desktop.panels.kit.escape import numbered, visible
from authws_desktop.panels.kit.form_dialog import FormDialog
from authws_desktop.panels.kit.table import Table
from authws_desktop.panels.kit.theme import GRID, ROW_HEIGHT, Theme, set_variant
from authws_desktop.panels.kit.words import ago_text, counted, exact_text, grouped, when_text
from authws_desktop.server.service import Service

LEAST_PX = 34 * GRID
HALF_PX = 19 * GRID
"""Width of each of two buttons beside each other."""
_LEAST_LINES = 2
MOST_LISTED = 100
"""Sessions are listed for at most this many accounts: they are looked up ten times a second."""


class Inspector(QWidget):
    """Shows the selected accounts, and is kept up to date while it is seen.

    Attributes:
        name_label: Whom it shows.
        role_choice: Changes the role of one account at once.
        facts: The lines between, by key: `status`, `seen`, `created`, `login`, `connections`, `messages`.
        sessions: The tokens that count now, of one account or of many.
        revoke_button: Ends the chosen ones.
        revoke_all_button: Ends all, after a question.
        form: What is asked about the accounts in place of all that; `None` most of the time.

    Signals:
        failed: Something could not be done; a sentence.

    Args:
        service: The accounts, who is connected, what is kept.
        commands: The acts on the chosen accounts.
        theme: The look.
    """

    failed = Signal(str)

    def __init__(self, service: Service, commands: AccountCommands, theme: Theme) -> None:
        super().__init__()
        self._service = service
        self._commands = commands
        self._theme = theme
        self._ids: tuple[str, ...] = ()
        self._counted = ""
        self.form: FormDialog | None = None
        self._build()
        self.role_choice.activated.connect(self._on_role_chosen)
        self.revoke_button.clicked.connect(self._on_revoke)
        self.revoke_all_button.clicked.connect(lambda: self._commands.revoke_all(self._affected()))
        self.sessions.selectionModel().selectionChanged.connect(self._show_reach)
        self.show_accounts([])

    # Building

    def _build(self) -> None:
        self.setMinimumWidth(LEAST_PX)
        self.setAccessibleName(self.tr("The chosen account"))
        column = vertical_box(self, margins=(2 * GRID, GRID + GRID // 2, 2 * GRID, GRID), spacing=GRID)
        self.name_label = text_label("", "title", self)
        self.name_label.setSizePolicy(
            self.name_label.sizePolicy().Policy.Ignored, self.name_label.sizePolicy().verticalPolicy()
        )
        column.addWidget(self.name_label)
        self._all = QWidget(self)
        self._build_all()
        column.addWidget(self._all, 1)
        self._form_place = QVBoxLayout()
        self._form_place.addStretch(1)
        column.addLayout(self._form_place)

    def _build_all(self) -> None:
        column = vertical_box(self._all, margins=NO_MARGINS, spacing=GRID)
        self._hint = text_label("", "muted", self)
        column.addWidget(self._hint)
        column.addLayout(self._build_acts())
        self._facts = QWidget(self)
        self._build_facts()
        column.addWidget(self._facts)
        self._session_list = QWidget(self)
        self._build_session_list()
        column.addWidget(self._session_list, 1)
        column.addStretch(0)

    def _build_acts(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(GRID // 2)
        commands = self._commands
        acts = (
            (commands.token, "key-round"),
            (commands.reset_password, "lock"),
            (commands.edit, "pencil"),
            (commands.toggle, "ban"),
            (commands.delete, "trash-2"),
        )
        self.act_buttons = [ActionButton(self._theme, action, icon, self) for action, icon in acts]
        half = HALF_PX
        row = column = 0
        for button in self.act_buttons:
            # Two beside each other, but for what is too long: the first is, and in some languages others.
            is_wide = button is self.act_buttons[0] or button.sizeHint().width() > half
            row, column = (row + 1, 0) if is_wide and column else (row, column)
            grid.addWidget(button, row, column, 1, 2 if is_wide else 1)
            row, column = (row + 1, 0) if is_wide or column else (row, 1)
        return grid

    def _build_facts(self) -> None:
        form = QFormLayout(self._facts)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(2 * GRID)
        form.setVerticalSpacing(GRID // 2)
        self.role_choice = QComboBox(self)
        self.role_choice.setAccessibleName(self.tr("Role"))
        form.addRow(text_label(self.tr("Role"), "muted"), self.role_choice)
        self.facts: dict[str, QLabel] = {}
        for key, title in (
            ("status", self.tr("Status")),
            ("seen", self.tr("Last seen")),
            ("login", self.tr("Last login")),
            ("created", self.tr("Created")),
            ("messages", self.tr("Messages")),
            ("connections", self.tr("Connected")),
        ):
            self.facts[key] = text_label("", "", self, is_selectable=True)
            form.addRow(text_label(title, "muted"), self.facts[key])

    def _build_session_list(self) -> None:
        column = vertical_box(self._session_list, margins=NO_MARGINS, spacing=GRID)
        head = QHBoxLayout()
        head.addWidget(text_label(self.tr("Sessions"), "heading", self), 1)
        self.revoke_all_button = QPushButton(self.tr("Revoke all…"), self)
        set_variant(self.revoke_all_button, "kind", "link")
        head.addWidget(self.revoke_all_button)
        column.addLayout(head)
        self.sessions = self._build_sessions()
        column.addWidget(self.sessions, 1)
        self.reach_label = text_label("", "small", self)
        self.revoke_button = QPushButton(self.tr("Revoke"), self)
        set_variant(self.revoke_button, "kind", "flat")
        row = QHBoxLayout()
        row.addWidget(self.reach_label, 1)
        row.addWidget(self.revoke_button)
        column.addLayout(row)

    def _build_sessions(self) -> Table[ShownSession]:
        made = Table[ShownSession](
            self._theme,
            self.tr("Sessions of the account"),
            session_columns(),
            row_key,
            self,
            sorted_by=SessionColumn.LAST_USED,
            is_descending=True,
        )
        for column in HIDDEN_AT_FIRST:
            made.setColumnHidden(column, True)
        made.setMinimumHeight((_LEAST_LINES + 1) * ROW_HEIGHT)
        return made

    # Showing

    def show_accounts(self, accounts: Sequence[Account]) -> None:
        """Show what is known of these."""
        ids = tuple(account.id for account in accounts)
        if ids != self._ids and self.form is not None:
            self.form.reject()  # it is about the others
        self._ids = ids
        if len(self._ids) != 1:
            self._counted = ""
        self.refresh()

    def refresh(self) -> None:
        """Bring it up to date."""
        found = [each for each in map(self._service.accounts.get, self._ids) if each is not None]
        is_one = len(found) == 1
        if self.form is not None and not found:
            self.form.reject()
        elif self.form is not None:
            self.form.refresh()
        self._facts.setVisible(is_one)
        self._session_list.setVisible(0 < len(found) <= MOST_LISTED)
        self._hint.setVisible(not is_one)
        for button in self.act_buttons:
            button.setVisible(bool(found))
        self.act_buttons[0].setVisible(is_one)
        if 0 < len(found) <= MOST_LISTED:
            self.sessions.show_rows(session_rows(self._affected(), self._service.hub, time.time()))
            self._show_reach()
        if is_one:
            self._show_account(found[0])
            return
        self.name_label.setText(account_count(len(found)) if found else self.tr("No account chosen"))
        hint = self.tr("What is done here is done to all of them.")
        self._hint.setText(
            hint if found else self.tr("Choose one to see all about it, or many to act on them.")
        )

    def _show_account(self, account: Account) -> None:
        name = visible(account.username)
        metrics = self.name_label.fontMetrics()
        room = max(LEAST_PX, self.width()) - 4 * GRID
        self.name_label.setText(metrics.elidedText(name, Qt.TextElideMode.ElideRight, room))
        self.name_label.setToolTip(name if metrics.horizontalAdvance(name) > room else "")
        self._show_role(account)
        now_s = time.time()
        clients = self._service.hub.connections_of(account.id)
        sessions = self._service.accounts.sessions.of(account.id)
        used = [each.last_used_at for each in sessions if each.last_used_at is not None]
        seen = max([*used, *([account.last_login_at] if account.last_login_at else [])], default=None)
        places = [
            numbered(visible(each.identity.app or each.identity.address), each.identity.number)
            for each in clients
        ]
        self._say("status", self.tr("disabled: cannot log in") if account.is_disabled else self.tr("active"))
        self._say("seen", self.tr("now") if clients else ago_text(seen, now_s) if seen else self.tr("never"))
        self._say("login", when_text(account.last_login_at, now_s))
        self._say("created", when_text(account.created_at, now_s))
        self._say("connections", ", ".join(places) or self.tr("not now"))
        self.facts["login"].setToolTip(exact_text(account.last_login_at))
        self.facts["created"].setToolTip(exact_text(account.created_at))
        if self._counted != account.id:
            self._counted = account.id
            self._say("messages", "…")
            self._count_messages(account.id)

    def _say(self, key: str, text: str) -> None:
        if self.facts[key].text() != text:
            self.facts[key].setText(text)

    def _show_role(self, account: Account) -> None:
        roles = [Role.GUEST] if account.role == Role.GUEST else [Role.MEMBER, Role.HOST]
        if [self.role_choice.itemData(place) for place in range(self.role_choice.count())] != roles:
            self.role_choice.clear()
            words = {Role.MEMBER: self.tr("Member"), Role.HOST: self.tr("Host"), Role.GUEST: self.tr("Guest")}
            for role in roles:
                self.role_choice.addItem(words[role], role)
        self.role_choice.setEnabled(len(roles) > 1)
        if not self.role_choice.view().isVisible():
            self.role_choice.setCurrentIndex(roles.index(Role(account.role)))

    @Slot()
    def _show_reach(self) -> None:
        jtis = {row.session.jti for row in self.sessions.chosen()}
        has_rows = bool(self.sessions.source.rows())
        idle = self.tr("Choose one to end it.") if has_rows else self.tr("No token counts now.")
        self.reach_label.setText(self._affected().revoking(jtis) if jtis else idle)
        self.revoke_button.setEnabled(bool(jtis))
        self.revoke_all_button.setEnabled(has_rows)

    def _affected(self) -> Affected:
        return Affected(self._service.accounts, self._service.hub, self._ids)

    @async_slot
    async def _count_messages(self, user_id: str) -> None:
        try:
            total, waiting = await self._service.messages.count_of(user_id)
        except StoreError:
            self._say("messages", self.tr("cannot be counted now"))
            return
        if user_id != self._counted:
            return  # another account was chosen meanwhile
        text = counted(total, "%n kept message", "%n kept messages") if total else self.tr("none kept")
        if waiting:
            text += self.tr(", {count} waiting").format(count=grouped(waiting))
        self._say("messages", text)

    # Acting

    async def run(self, form: FormDialog) -> bool:
        """Show a form in place of the details and wait until it is done with; `True` if it was accepted.

        One that is open makes room, unless it is at work: then the new one is not shown.
        """
        if self.form is not None:
            self.form.reject()
            if self.form.isVisible():
                form.deleteLater()
                return False
        self.form = form
        self._all.hide()
        try:
            return await form.run_within(self._form_place)
        finally:
            if self.form is form:
                self.form = None
                if shiboken6.isValid(self):  # the window may have closed meanwhile
                    self._all.show()
                    self.refresh()

    def show_error(self, text: str) -> None:
        """Let the page say what did not work."""
        self.failed.emit(text)

    @async_slot
    async def _on_role_chosen(self) -> None:
        role = Role(self.role_choice.currentData())
        for account in self._affected().present():
            if account.role != role:
                await self._service.accounts.administration.update(
                    account.id, role=role, expected_revision=account.revision
                )
        self.refresh()

    @async_slot
    async def _on_revoke(self) -> None:
        for row in self.sessions.chosen():
            await self._service.accounts.sessions.revoke(row.session.jti)
        self.refresh()
