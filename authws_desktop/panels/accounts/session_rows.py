"""Tokens as the inspector's table shows them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from authws_desktop.accounts.models import Session
from authws_desktop.hub.hub import Hub
from authws_desktop.panels.kit.affected import Affected
from authws_desktop.panels.kit.columns import count_column, moment_column, text_column
from authws_desktop.panels.kit.language import tr
from authws_desktop.panels.kit.table_model import Column
from authws_desktop.panels.kit.words import left_text


class SessionColumn(IntEnum):
    """Columns in their order."""

    APP = 0
    LAST_USED = 1
    EXPIRES = 2
    ISSUED = 3
    ADDRESS = 4
    CONNECTIONS = 5


HIDDEN_AT_FIRST = (SessionColumn.ISSUED, SessionColumn.ADDRESS, SessionColumn.CONNECTIONS)
"""Columns that the header's menu shows: beside the list of accounts there is no room for them."""


@dataclass(frozen=True, slots=True)
class ShownSession:
    """One token as the table shows it.

    Attributes:
        session: The token.
        username: Whose it is; empty where all are of one account.
        connections: Live connections by it.
        left: How long it still counts, in words.
    """

    session: Session
    username: str
    connections: int
    left: str


def row_key(row: ShownSession) -> str:
    """Return what makes two rows the same one."""
    return row.session.jti


def session_columns() -> list[Column[ShownSession]]:
    """Return the columns, in the order of `SessionColumn`."""
    return [
        text_column(tr("App"), _place),
        moment_column(tr("Last used"), lambda row: row.session.last_used_at, 108),
        moment_column(tr("Expires"), lambda row: row.session.expires_at, 88, lambda row: row.left),
        moment_column(tr("Issued"), lambda row: row.session.issued_at, 108),
        text_column(tr("Address"), lambda row: row.session.address, 108),
        count_column(tr("Connections"), lambda row: row.connections, 88),
    ]


def _place(row: ShownSession) -> str:
    place = row.session.app or row.session.address
    return f"{row.username} · {place}" if row.username else place


def session_rows(affected: Affected, hub: Hub, now_s: float) -> list[ShownSession]:
    """Return a row for each token of some accounts that counts now.

    Args:
        affected: The accounts.
        hub: Who is connected.
        now_s: The time, seconds since the epoch.
    """
    names = {account.id: account.username for account in affected.present()}
    counts: dict[str, int] = {}
    for user_id in names:
        for client in hub.connections_of(user_id):
            counts[client.identity.token_id] = counts.get(client.identity.token_id, 0) + 1
    is_one = len(names) == 1
    return [
        ShownSession(
            session,
            "" if is_one else names[session.user_id],
            counts.get(session.jti, 0),
            left_text(session.expires_at, now_s),
        )
        for session in affected.sessions()
    ]
