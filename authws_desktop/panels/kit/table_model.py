"""The one Qt model for flat lists: rows are immutable values, columns are described as data."""

from __future__ import annotations

import html
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QObject, Qt

from authws_desktop.panels.kit.chips import CHIP_ROLE, Chip
from authws_desktop.panels.kit.indexes import LEFT, RIGHT, ROOT, Index, stretches

ROW_ROLE = Qt.ItemDataRole.UserRole
"""Data role under which every cell gives its row's value."""

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
        is_number: Whether it is right-aligned; where its text is empty, screen readers are told the key.
        width_px: Its width at first; 0 for the one column that takes the room left by the others.
    """

    title: str
    text: Callable[[T], str]
    key: Callable[[T], Any] | None = None
    chip: Callable[[T], Chip | None] | None = None
    tip: Callable[[T], str] | None = None
    is_number: bool = False
    width_px: int = 0

    @property
    def alignment(self) -> int:
        """Where texts and heading stand, as Qt's flags."""
        return RIGHT if self.is_number else LEFT


class TableModel(QAbstractTableModel, Generic[T]):
    """Rows under described columns.

    Rows keep their place and new ones come last: a `TableFilter` sorts.

    Attributes:
        columns: From left to right.
        key: Returns what makes two rows the same one.

    Args:
        columns: See `Column`.
        key: Returns a row's identity.
        parent: Qt parent.
    """

    def __init__(
        self, columns: Sequence[Column[T]], key: Callable[[T], Hashable], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.columns = list(columns)
        self.key = key
        self._rows: list[T] = []

    def rows(self) -> Sequence[T]:
        """Return what is shown, in the order it came."""
        return self._rows

    def place_of(self, key: Hashable) -> int:
        """Return where the row with a key is, -1 if it is not there."""
        return next((place for place, row in enumerate(self._rows) if self.key(row) == key), -1)

    # Changing

    def set_rows(self, fresh: Sequence[T]) -> None:
        """Show these rows; only what differs is announced, so that views keep selection and place.

        Args:
            fresh: The rows, in any order.
        """
        wanted = {self.key(row): row for row in fresh}
        gone = [place for place, row in enumerate(self._rows) if self.key(row) not in wanted]
        # From the end, so that the places that are still to come stay right.
        for first, last in reversed(list(stretches(gone))):
            self._remove(first, last)
        self._change(wanted)
        known = {self.key(row) for row in self._rows}
        self._add([row for key, row in wanted.items() if key not in known])

    def append(self, rows: Sequence[T], most: int) -> None:
        """Add rows at the end; the oldest ones above a number make room."""
        rows = rows[-most:]
        surplus = len(self._rows) + len(rows) - most
        if surplus > 0:
            self._remove(0, surplus - 1)
        self._add(rows)

    def replace_rows(self, rows: Sequence[T]) -> None:
        """Show the rows of another source, however many; views lose their selection."""
        self.beginResetModel()
        self._rows = list(rows)
        self.endResetModel()

    def words_changed(self) -> None:
        """Say that the same rows now read otherwise, as time or what they refer to moved on."""
        if self._rows:
            self._announce(0, len(self._rows) - 1)

    def _change(self, wanted: dict[Hashable, T]) -> None:
        changed = []
        for place, row in enumerate(self._rows):
            new = wanted[self.key(row)]
            if new is not row and new != row:
                self._rows[place] = new
                changed.append(place)
        for first, last in stretches(changed):
            self._announce(first, last)

    def _announce(self, first: int, last: int) -> None:
        self.dataChanged.emit(self.index(first, 0), self.index(last, len(self.columns) - 1))

    def _add(self, rows: Sequence[T]) -> None:
        if rows:
            self.beginInsertRows(ROOT, len(self._rows), len(self._rows) + len(rows) - 1)
            self._rows.extend(rows)
            self.endInsertRows()

    def _remove(self, first: int, last: int) -> None:
        self.beginRemoveRows(ROOT, first, last)
        del self._rows[first : last + 1]
        self.endRemoveRows()

    # Qt

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return how many rows there are."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        """Return a column's title."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        return column.alignment if role == Qt.ItemDataRole.TextAlignmentRole else None

    def data(self, index: Index, role: int = 0) -> Any:
        """Return a cell's text, chip, alignment or tool tip; the row itself under `ROW_ROLE`."""
        if not index.isValid() or not 0 <= index.row() < len(self._rows):
            return None
        row, column = self._rows[index.row()], self.columns[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.text(row)
        if role == ROW_ROLE:
            return row
        if role == CHIP_ROLE:
            return column.chip(row) if column.chip else None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return column.alignment
        if role == Qt.ItemDataRole.AccessibleTextRole and column.is_number and column.key:
            return column.text(row) or str(column.key(row))
        return _plain_tip(column.tip(row)) if role == Qt.ItemDataRole.ToolTipRole and column.tip else None


def _plain_tip(text: str) -> str | None:
    """Return a tool tip that Qt cannot take for HTML, which it guesses from the text."""
    return f"<span>{html.escape(text)}</span>" if text else None
