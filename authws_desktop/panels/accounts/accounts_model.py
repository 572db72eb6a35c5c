"""The accounts as a Qt table: an adapter over a plain list that follows reality by comparing."""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QCollator, QCollatorSortKey, QModelIndex, QObject, QPersistentModelIndex, Qt

from authws_desktop.accounts.names import fold
from authws_desktop.accounts.records import Account, Role
from authws_desktop.panels.accounts.row_diff import TableOfRows, update_rows
from authws_desktop.panels.accounts.times import exact_text, when_text
from authws_desktop.panels.chips import CHIP_ROLE, Chip, ChipShape

_ROOT = QModelIndex()
SORT_ROLE = Qt.ItemDataRole.UserRole
ROW_ROLE = Qt.ItemDataRole.UserRole + 1


class AccountColumn(IntEnum):
    """Columns in the order they stand at first."""

    NAME = 0
    ROLE = 1
    STATUS = 2
    CREATED = 3
    LAST_LOGIN = 4
    CONNECTIONS = 5
    SESSIONS = 6


NUMBER_COLUMNS = frozenset({AccountColumn.CONNECTIONS, AccountColumn.SESSIONS})


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account as the table shows it.

    Attributes:
        account: The account.
        connections: Its live connections.
        sessions: Its tokens that count now.
    """

    account: Account
    connections: int
    sessions: int


def natural_key(name: str) -> str:
    """Return a key by which `test-2` sorts before `test-10`, whatever their case."""
    return re.sub(r"\d+", lambda digits: digits[0].zfill(12), fold(name))


_COLLATOR = QCollator()
NAMES_KEPT = 200_000
"""For how many names what is worked out of them is kept."""


@functools.lru_cache(NAMES_KEPT)
def name_key(name: str) -> QCollatorSortKey:
    """Return a key by which names stand as people of this computer's language expect it."""
    return _COLLATOR.sortKey(natural_key(name))


class AccountsModel(TableOfRows):
    """Every account, one a row.

    Args:
        parent: Qt parent.
        now: Wall clock, seconds since the epoch.
    """

    def __init__(self, parent: QObject | None = None, now: Callable[[], float] = time.time) -> None:
        super().__init__(parent)
        self._rows: list[AccountRow] = []
        self._now = now
        self._titles = {
            AccountColumn.NAME: self.tr("Name"),
            AccountColumn.ROLE: self.tr("Role"),
            AccountColumn.STATUS: self.tr("Status"),
            AccountColumn.CONNECTIONS: self.tr("Connections"),
            AccountColumn.SESSIONS: self.tr("Sessions"),
            AccountColumn.LAST_LOGIN: self.tr("Last login"),
            AccountColumn.CREATED: self.tr("Created"),
        }

    def rows(self) -> Sequence[AccountRow]:
        """Return what is shown, in the model's own order."""
        return self._rows

    def set_rows(self, rows: Sequence[AccountRow]) -> None:
        """Show these accounts; only what differs is announced."""
        update_rows(self, self._rows, rows, lambda row: row.account.id)

    def dates_changed(self) -> None:
        """Say that a new day began, so "Today" means another one."""
        if self._rows:
            self.rows_changed(0, len(self._rows) - 1)

    def place_of(self, user_id: str) -> int:
        """Return the row of an account, -1 if it is not there."""
        return next((place for place, row in enumerate(self._rows) if row.account.id == user_id), -1)

    # Qt

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _ROOT) -> int:
        """Return how many accounts there are."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = _ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(AccountColumn)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        """Return a column's title."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(AccountColumn):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._titles[AccountColumn(section)]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(AccountColumn(section))
        return None

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = 0) -> Any:
        """Return a cell's text, sort key, alignment or tool tip; the row itself under `ROW_ROLE`."""
        if not index.isValid() or not 0 <= index.row() < len(self._rows):
            return None
        row, column = self._rows[index.row()], AccountColumn(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text_of(row, column)
        if role == SORT_ROLE:
            return SORT_KEYS[column](row)
        if role == Qt.ItemDataRole.AccessibleTextRole and column in NUMBER_COLUMNS:
            return str(SORT_KEYS[column](row))
        if role == ROW_ROLE:
            return row
        if role == CHIP_ROLE:
            return _chip(row.account, column, self.text_of(row, column))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tool_tip(row.account, column)
        return None

    def text_of(self, row: AccountRow, column: AccountColumn) -> str:
        """Return a cell's words."""
        account = row.account
        if column == AccountColumn.NAME:
            return account.username
        if column == AccountColumn.ROLE:
            return self.tr("host") if account.role == Role.HOST else self.tr("member")
        if column == AccountColumn.STATUS:
            return self.tr("disabled") if account.is_disabled else self.tr("active")
        if column == AccountColumn.CONNECTIONS:
            return str(row.connections) if row.connections else ""
        if column == AccountColumn.SESSIONS:
            return str(row.sessions) if row.sessions else ""
        moment = account.last_login_at if column == AccountColumn.LAST_LOGIN else account.created_at
        return when_text(moment, self._now())


def _alignment(column: AccountColumn) -> int:
    side = Qt.AlignmentFlag.AlignRight if column in NUMBER_COLUMNS else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)


def _chip(account: Account, column: AccountColumn, word: str) -> Chip | None:
    if column == AccountColumn.ROLE:
        is_host = account.role == Role.HOST
        return Chip(word, "special", ChipShape.TAG) if is_host else Chip(word, "neutral", ChipShape.BOX)
    if column == AccountColumn.STATUS:
        is_off = account.is_disabled
        return Chip(word, "warn", ChipShape.CUT) if is_off else Chip(word, "good", ChipShape.PILL)
    return None


SORT_KEYS: dict[int, Callable[[AccountRow], str | int | float]] = {
    AccountColumn.NAME: lambda row: natural_key(row.account.username),
    AccountColumn.ROLE: lambda row: str(row.account.role),
    AccountColumn.STATUS: lambda row: int(row.account.is_disabled),
    AccountColumn.CONNECTIONS: lambda row: row.connections,
    AccountColumn.SESSIONS: lambda row: row.sessions,
    AccountColumn.LAST_LOGIN: lambda row: (
        -1.0 if row.account.last_login_at is None else row.account.last_login_at
    ),
    AccountColumn.CREATED: lambda row: row.account.created_at,
}
"""What each column is sorted by."""


def _tool_tip(account: Account, column: AccountColumn) -> str | None:
    if column == AccountColumn.NAME:
        return account.username
    if column == AccountColumn.LAST_LOGIN:
        return exact_text(account.last_login_at) or None
    return exact_text(account.created_at) if column == AccountColumn.CREATED else None
