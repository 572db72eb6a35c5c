"""The tokens of some accounts as a Qt table."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Qt

from authws_desktop.accounts.records import Session
from authws_desktop.panels.accounts.accounts_model import ROW_ROLE, SORT_ROLE, natural_key
from authws_desktop.panels.accounts.row_diff import TableOfRows, update_rows
from authws_desktop.panels.accounts.times import exact_text, left_text, when_text

_ROOT = QModelIndex()


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
class SessionRow:
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


class SessionsModel(TableOfRows):
    """Every token that counts, one a row.

    Args:
        parent: Qt parent.
        now: Wall clock, seconds since the epoch.
    """

    def __init__(self, parent: QObject | None = None, now: Callable[[], float] = time.time) -> None:
        super().__init__(parent)
        self._rows: list[SessionRow] = []
        self._now = now
        self._titles = [
            self.tr("User"),
            self.tr("Issued"),
            self.tr("Expires"),
            self.tr("Last used"),
            self.tr("Address"),
            self.tr("App"),
            self.tr("Connections"),
        ]

    def rows(self) -> Sequence[SessionRow]:
        """Return what is shown."""
        return self._rows

    def set_rows(self, rows: Sequence[SessionRow]) -> None:
        """Show these tokens; only what differs is announced."""
        update_rows(self, self._rows, rows, lambda row: row.session.jti)

    def make_row(self, session: Session, username: str, connections: int) -> SessionRow:
        """Return the row of a token as it is now."""
        return SessionRow(session, username, connections, left_text(session.expires_at, self._now()))

    # Qt

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _ROOT) -> int:
        """Return how many tokens there are."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = _ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(SessionColumn)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        """Return a column's title."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(SessionColumn):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._titles[section]
        return _alignment(section) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = 0) -> Any:
        """Return a cell's text, sort key, alignment or tool tip; the row itself under `ROW_ROLE`."""
        if not index.isValid() or not 0 <= index.row() < len(self._rows):
            return None
        row, column = self._rows[index.row()], SessionColumn(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, column)
        if role == SORT_ROLE:
            return _sort_key(row, column)
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        return _tool_tip(row.session, column) if role == Qt.ItemDataRole.ToolTipRole else None

    def _text(self, row: SessionRow, column: SessionColumn) -> str:
        session = row.session
        if column == SessionColumn.ISSUED:
            return when_text(session.issued_at, self._now())
        if column == SessionColumn.LAST_USED:
            return when_text(session.last_used_at, self._now())
        texts = {
            SessionColumn.USER: row.username,
            SessionColumn.EXPIRES: row.left,
            SessionColumn.ADDRESS: session.address,
            SessionColumn.APP: session.app,
            SessionColumn.CONNECTIONS: str(row.connections) if row.connections else "",
        }
        return texts[column]


def _alignment(column: int) -> int:
    is_number = column == SessionColumn.CONNECTIONS
    side = Qt.AlignmentFlag.AlignRight if is_number else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)


def _sort_key(row: SessionRow, column: SessionColumn) -> str | int | float:
    session = row.session
    keys: dict[SessionColumn, str | int | float] = {
        SessionColumn.USER: natural_key(row.username),
        SessionColumn.ISSUED: session.issued_at,
        SessionColumn.EXPIRES: session.expires_at,
        SessionColumn.LAST_USED: -1.0 if session.last_used_at is None else session.last_used_at,
        SessionColumn.ADDRESS: natural_key(session.address),
        SessionColumn.APP: natural_key(session.app),
        SessionColumn.CONNECTIONS: row.connections,
    }
    return keys[column]


def _tool_tip(session: Session, column: SessionColumn) -> str | None:
    moments = {
        SessionColumn.ISSUED: session.issued_at,
        SessionColumn.EXPIRES: session.expires_at,
        SessionColumn.LAST_USED: session.last_used_at,
    }
    if column in moments:
        return exact_text(moments[column]) or None
    texts = {SessionColumn.ADDRESS: session.address, SessionColumn.APP: session.app}
    return texts.get(column) or None
