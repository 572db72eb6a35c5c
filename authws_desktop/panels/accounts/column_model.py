"""A Qt table from a description of its columns, for lists whose rows are immutable values."""

from __future__ import annotations

import html
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QSortFilterProxyModel, Qt

from authws_desktop.panels.accounts.accounts_model import ROW_ROLE, SORT_ROLE
from authws_desktop.panels.accounts.row_diff import TableOfRows, update_rows
from authws_desktop.panels.chips import CHIP_ROLE, Chip

_ROOT = QModelIndex()
T = TypeVar("T")


@dataclass(frozen=True)
class Column(Generic[T]):
    """One column of a table.

    Attributes:
        title: Its heading.
        text: Returns what a row shows in it.
        key: Returns what it is sorted by; the text if there is none.
        chip: Returns what is painted in place of the text, or nothing.
        tip: Returns the tool tip, plain; empty for none.
        is_number: Whether it is right-aligned.
    """

    title: str
    text: Callable[[T], str]
    key: Callable[[T], Any] | None = None
    chip: Callable[[T], Chip | None] | None = None
    tip: Callable[[T], str] | None = None
    is_number: bool = False


class ColumnModel(TableOfRows, Generic[T]):
    """Rows under described columns; the row itself is under `ROW_ROLE`.

    Args:
        columns: From left to right.
        key: What makes two rows the same one.
        parent: Qt parent.
    """

    def __init__(
        self, columns: Sequence[Column[T]], key: Callable[[T], Hashable], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._columns = list(columns)
        self._key = key
        self._rows: list[T] = []

    def rows(self) -> Sequence[T]:
        """Return what is shown, in the order it came."""
        return self._rows

    def set_rows(self, rows: Sequence[T]) -> None:
        """Show these rows; only what differs is announced."""
        update_rows(self, self._rows, rows, self._key)

    def replace_rows(self, rows: Sequence[T]) -> None:
        """Show the rows of another source, however many; views lose their selection."""
        self.beginResetModel()
        self._rows = list(rows)
        self.endResetModel()

    def text_of(self, row: T) -> str:
        """Return all texts of a row, for a search."""
        return "\n".join(column.text(row) for column in self._columns)

    # Qt

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _ROOT) -> int:
        """Return how many rows there are."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = _ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self._columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        """Return a column's title."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self._columns):
            return None
        column = self._columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        return _alignment(column.is_number) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = 0) -> Any:
        """Return a cell's text, sort key, chip, alignment or tool tip; the row itself under `ROW_ROLE`."""
        if not index.isValid() or not 0 <= index.row() < len(self._rows):
            return None
        row, column = self._rows[index.row()], self._columns[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.text(row)
        if role == SORT_ROLE:
            return (column.key or column.text)(row)
        if role == ROW_ROLE:
            return row
        if role == CHIP_ROLE:
            return column.chip(row) if column.chip else None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column.is_number)
        return _plain_tip(column.tip(row)) if role == Qt.ItemDataRole.ToolTipRole and column.tip else None


class ColumnFilter(QSortFilterProxyModel, Generic[T]):
    """Sorts rows, and shows those in which every word of a search is found, whatever its case."""

    def __init__(self, model: ColumnModel[T], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._words: list[str] = []
        self.setSortRole(SORT_ROLE)
        self.setSourceModel(model)

    def search(self, text: str) -> None:
        """Narrow to a search; an empty one shows everything."""
        words = text.casefold().split()
        if words != self._words:
            self._words = words
            # Only to have every row judged anew: the call for that is deprecated in new versions of Qt,
            # and its successor unknown to older ones.
            self.setFilterFixedString(text)

    def filterAcceptsRow(self, source_row: int, source_parent: QModelIndex | QPersistentModelIndex) -> bool:
        """Tell whether a row matches."""
        if not self._words:
            return True
        text = self._model.text_of(self._model.rows()[source_row]).casefold()
        return all(word in text for word in self._words)


def _plain_tip(text: str) -> str | None:
    """Return a tool tip that Qt cannot take for HTML, which it guesses from the text."""
    return f"<span>{html.escape(text)}</span>" if text else None


def _alignment(is_number: bool) -> int:
    side = Qt.AlignmentFlag.AlignRight if is_number else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)
