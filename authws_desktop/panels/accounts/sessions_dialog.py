"""The tokens of one or many accounts, and how to end them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from authws_desktop.accounts.accounts import Accounts
from authws_desktop.accounts.models import Session
from authws_desktop.hub.hub import Hub
from authws_desktop.panels.kit.affected import Affected, account_count
from authws_desktop.panels.kit.affected_dialog import AffectedDialog
from authws_desktop.panels.kit.async_slot import async_slot
from authws_desktop.panels.kit.columns import count_column, moment_column, text_column
from authws_desktop.panels.kit.form_field import message_label
from authws_desktop.panels.kit.list_dialog import ListDialog
from authws_desktop.panels.kit.table import Table
from authws_desktop.panels.kit.table_model import Column
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.words import left_text


class SessionColumn(IntEnum):
    """Columns in their order."""

    USER = 0
    ISSUED = 1
    EXPIRES = 2
    LAST_USED = 3
    ADDRESS = 4
    APP = 5
    CONNECTIONS = 6


@dataclass(frozen=True, slots=True)
class ShownSession:
    """One token as the table shows it.

    Attributes:
        session: The token.
        username: Whose it is.
        connections: Live connections by it.
        left: How long it still counts, in words.
    """

    session: Session
    username: str
    connections: int
    left: str


def _tr(text: str) -> str:
    return QCoreApplication.translate("sessions", text)


def row_key(row: ShownSession) -> str:
    """Return what makes two rows the same one."""
    return row.session.jti


def session_columns(now: Callable[[], float]) -> list[Column[ShownSession]]:
    """Return the columns, in the order of `SessionColumn`.

    Args:
        now: Wall clock, seconds since the epoch.
    """
    return [
        text_column(_tr("User"), lambda row: row.username, 120),
        moment_column(_tr("Issued"), lambda row: row.session.issued_at, 140, now),
        moment_column(_tr("Expires"), lambda row: row.session.expires_at, 110, now, lambda row: row.left),
        moment_column(_tr("Last used"), lambda row: row.session.last_used_at, 140, now),
        text_column(_tr("Address"), lambda row: row.session.address, 120),
        text_column(_tr("App"), lambda row: row.session.app),
        count_column(_tr("Connections"), lambda row: row.connections, 90),
    ]


class SessionsDialog(ListDialog[ShownSession]):
    """Lists tokens; ends the chosen ones or all.

    What Revoke will do stands beside the button before it is pressed.

    Attributes:
        revoke_button: Ends the chosen ones.
        revoke_all_button: Ends all, after a question.
    """

    def __init__(
        self, accounts: Accounts, hub: Hub, user_ids: Sequence[str], theme: Theme, parent: QWidget
    ) -> None:
        self._accounts = accounts
        self._affected = Affected(accounts, hub, user_ids)
        self._hub = hub
        chosen = self._affected.present()
        whom = chosen[0].username if len(chosen) == 1 else account_count(len(chosen))
        super().__init__(theme, _tr("Sessions of {whom}").format(whom=whom), parent)
        self._build(is_for_many=len(chosen) > 1)
        self._connect()
        self.refresh()

    def _build(self, *, is_for_many: bool) -> None:
        # The names of several users take a column more.
        self.set_size(118 if is_for_many else 100, 52)
        table = Table(
            self.theme,
            self.tr("Sessions"),
            session_columns(time.time),
            row_key,
            self,
            sorted_by=SessionColumn.ISSUED,
            is_descending=True,
        )
        table.setColumnHidden(SessionColumn.USER, not is_for_many)
        empty = self.tr("No token counts now. One is issued at every login, and for a test user.")
        self.content.addWidget(self.build_list(table, empty), 1)
        self.reach_label = message_label(self)
        self.reach_label.setAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        self.foot.addWidget(self.reach_label, 1)
        self.revoke_button = self.add_button(self.tr("Revoke"), "danger")
        self.revoke_all_button = self.add_button(self.tr("Revoke all…"))
        self.close_button = self.add_button(self.tr("Close"))

    def _connect(self) -> None:
        self.revoke_button.clicked.connect(self._on_revoke_clicked)
        self.revoke_all_button.clicked.connect(self._on_revoke_all_clicked)
        self.close_button.clicked.connect(self.accept)
        delete = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), self)
        delete.activated.connect(self.revoke_button.click)

    def chosen(self) -> list[Session]:
        """Return the chosen tokens."""
        return [row.session for row in self.table.chosen()]

    def refresh(self) -> None:
        """Show what is true now."""
        names = {account.id: account.username for account in self._affected.present()}
        counts: dict[str, int] = {}
        for user_id in names:
            for client in self._hub.connections_of(user_id):
                counts[client.identity.token_id] = counts.get(client.identity.token_id, 0) + 1
        now_s = time.time()
        self.show_rows(
            [
                ShownSession(
                    session,
                    names[session.user_id],
                    counts.get(session.jti, 0),
                    left_text(session.expires_at, now_s),
                )
                for session in self._affected.sessions()
            ]
        )

    def update_controls(self) -> None:
        """Say what Revoke does to the chosen tokens, and enable what can be used."""
        has_rows = bool(self.table.source.rows())
        jtis = {session.jti for session in self.chosen()}
        idle = self.tr("Choose a session to revoke it.") if has_rows else ""
        self.reach_label.setText(self._affected.revoking(jtis) if jtis else idle)
        self.revoke_button.setEnabled(bool(jtis))
        self.revoke_all_button.setEnabled(has_rows)

    @async_slot
    async def _on_revoke_clicked(self) -> None:
        for session in self.chosen():
            await self._accounts.sessions.revoke(session.jti)
        self.refresh()

    @async_slot
    async def _on_revoke_all_clicked(self) -> None:
        question = AffectedDialog(
            self.theme,
            self.tr("Revoke all sessions of {whom}?").format(whom=self._affected.whom()),
            self.tr("Revoke all"),
            self._describe_all,
            self._revoke_all,
            self.tr("They can log in again with their password."),
            self,
        )
        await question.run()
        self.refresh()

    def _describe_all(self) -> str:
        jtis = {session.jti for session in self._affected.sessions()}
        return self._affected.revoking(jtis) if jtis else ""

    async def _revoke_all(self) -> None:
        for account in self._affected.present():
            await self._accounts.sessions.revoke_all(account.id)
