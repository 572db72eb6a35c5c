"""The tokens of one or many accounts, and how to end them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSortFilterProxyModel, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QWidget

from authws_desktop.accounts.directory import Accounts
from authws_desktop.accounts.records import Session
from authws_desktop.hub.hub import Hub
from authws_desktop.panels.accounts.accounts_model import ROW_ROLE, SORT_ROLE
from authws_desktop.panels.accounts.form_field import message_label
from authws_desktop.panels.accounts.reach import Reach, account_count
from authws_desktop.panels.accounts.reach_dialog import ReachDialog
from authws_desktop.panels.accounts.sessions_model import SessionColumn, SessionsModel
from authws_desktop.panels.accounts.table_view import RowsTable
from authws_desktop.panels.confirm import finished
from authws_desktop.panels.dialog_frame import headed_column
from authws_desktop.panels.notices import NoticeBar
from authws_desktop.panels.slots import async_slot
from authws_desktop.panels.theme import GRID, Theme, set_variant

_WIDTHS: dict[int, int] = {
    SessionColumn.USER: 120,
    SessionColumn.ISSUED: 140,
    SessionColumn.EXPIRES: 110,
    SessionColumn.LAST_USED: 140,
    SessionColumn.ADDRESS: 120,
    SessionColumn.CONNECTIONS: 90,
}


class SessionsDialog(QDialog):
    """Lists tokens; ends the chosen ones or all.

    What Revoke will do stands beside the button before it is pressed. The page calls `refresh` while the
    dialog is open.

    Attributes:
        table: The tokens.
        revoke_button: Ends the chosen ones.
        revoke_all_button: Ends all, after a question.
        question: The open question, if there is one.
    """

    def __init__(
        self, accounts: Accounts, hub: Hub, user_ids: Sequence[str], theme: Theme, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._accounts = accounts
        self._theme = theme
        self._reach = Reach(accounts, hub, user_ids)
        self._hub = hub
        self.question: ReachDialog | None = None
        self.model = SessionsModel(self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSortRole(SORT_ROLE)
        self._sorted.setSourceModel(self.model)
        chosen = self._reach.present()
        whom = chosen[0].username if len(chosen) == 1 else account_count(len(chosen))
        self._build(self.tr("Sessions of {}").format(whom), is_for_many=len(chosen) > 1)
        self._connect()
        self.refresh()

    def _build(self, title: str, is_for_many: bool) -> None:
        # The names of several users take a column more.
        self.resize((118 if is_for_many else 100) * GRID, 52 * GRID)
        self.note = NoticeBar(self._theme, self)
        self._build_table(is_for_many)
        layout = headed_column(self, title)
        for widget in (self.note, self.table, self.empty_label):
            layout.addWidget(widget)
        layout.setStretchFactor(self.table, 1)
        layout.setStretchFactor(self.empty_label, 1)
        layout.addLayout(self._build_foot())

    def _build_table(self, is_for_many: bool) -> None:
        self.table = RowsTable(self._theme, self._sorted, _WIDTHS, SessionColumn.APP, self)
        self.table.setAccessibleName(self.tr("Sessions"))
        self.table.setColumnHidden(SessionColumn.USER, not is_for_many)
        self.table.sortByColumn(SessionColumn.ISSUED, Qt.SortOrder.DescendingOrder)
        self.empty_label = QLabel(
            self.tr("No token counts now. One is issued at every login, and for a test user."), self
        )
        self.empty_label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        set_variant(self.empty_label, "role", "muted")

    def _build_foot(self) -> QHBoxLayout:
        self.reach_label = message_label(self)
        self.reach_label.setAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        self.revoke_button = QPushButton(self.tr("Revoke"), self)
        self.revoke_all_button = QPushButton(self.tr("Revoke all…"), self)
        self.close_button = QPushButton(self.tr("Close"), self)
        set_variant(self.revoke_button, "kind", "danger")
        foot = QHBoxLayout()
        foot.setSpacing(GRID)
        foot.addWidget(self.reach_label, 1)
        for button in (self.revoke_button, self.revoke_all_button, self.close_button):
            button.setAutoDefault(False)
            foot.addWidget(button)
        return foot

    def _connect(self) -> None:
        self.table.selectionModel().selectionChanged.connect(self.update_controls)
        self.revoke_button.clicked.connect(self._on_revoke_clicked)
        self.revoke_all_button.clicked.connect(self._on_revoke_all_clicked)
        self.close_button.clicked.connect(self.accept)
        delete = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), self)
        delete.activated.connect(self.revoke_button.click)

    def chosen(self) -> list[Session]:
        """Return the chosen tokens."""
        rows = self.table.selectionModel().selectedRows()
        return [index.data(ROW_ROLE).session for index in rows]

    def refresh(self) -> None:
        """Show what is true now."""
        names = {account.id: account.username for account in self._reach.present()}
        counts: dict[str, int] = {}
        for user_id in names:
            for client in self._hub.connections_of(user_id):
                counts[client.identity.token_id] = counts.get(client.identity.token_id, 0) + 1
        self.model.set_rows(
            [
                self.model.make_row(session, names[session.user_id], counts.get(session.jti, 0))
                for session in self._reach.sessions()
            ]
        )
        self.update_controls()
        if self.question is not None:
            self.question.refresh()

    def update_controls(self) -> None:
        """Say what Revoke does to the chosen tokens, and enable what can be used."""
        has_rows = self.model.rowCount() > 0
        self.table.setVisible(has_rows)
        self.empty_label.setVisible(not has_rows)
        jtis = {session.jti for session in self.chosen()}
        idle = self.tr("Choose a session to revoke it.") if has_rows else ""
        self.reach_label.setText(self._reach.revoking(jtis) if jtis else idle)
        self.revoke_button.setEnabled(bool(jtis))
        self.revoke_all_button.setEnabled(has_rows)

    @async_slot
    async def _on_revoke_clicked(self) -> None:
        for session in self.chosen():
            await self._accounts.revoke_session(session.jti)
        self.refresh()

    @async_slot
    async def _on_revoke_all_clicked(self) -> None:
        self.question = ReachDialog(
            self._theme,
            self.tr("Revoke all sessions of {}?").format(self._reach.whom()),
            self.tr("Revoke all"),
            self._describe_all,
            self._revoke_all,
            self.tr("They can log in again with their password."),
            self,
        )
        try:
            await self.question.ask()
        finally:
            self.question = None
        self.refresh()

    def _describe_all(self) -> str:
        jtis = {session.jti for session in self._reach.sessions()}
        return self._reach.revoking(jtis) if jtis else ""

    async def _revoke_all(self) -> None:
        for account in self._reach.present():
            await self._accounts.revoke_all(account.id)

    async def show_until_closed(self) -> None:
        """Open the dialog and wait until it is closed; it is gone afterwards."""
        await finished(self)

    def show_error(self, text: str) -> None:
        """Say in the dialog what went wrong."""
        self.note.show_notice(text, "bad")
