"""What the cells of the traffic's table say; records are looked up when they are painted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QObject, Qt

from authws_desktop.panels.kit.escape import as_tip, visible
from authws_desktop.panels.kit.indexes import LEFT, RIGHT, ROOT, Index
from authws_desktop.panels.kit.sentences import said
from authws_desktop.panels.kit.words import difference_text
from authws_desktop.panels.live import record_text
from authws_desktop.panels.live.row_notes import SIGN, RowNotes
from authws_desktop.panels.live.row_numbers import AllRows, RecordSource, Rows
from authws_desktop.panels.live.traffic_columns import TO_THE_RIGHT, TrafficColumn, TrafficColumns
from authws_desktop.traffic.filter_checks import Predicate
from authws_desktop.traffic.record import Record
from authws_desktop.traffic.ring import TrafficRing

Order = tuple[int, bool]
"""A column, and whether the largest come first."""

ABSOLUTE = int(Qt.AlignmentFlag.AlignAbsolute)
"""Else Qt turns the titles in Arabic: the table reads from left to right in every language."""


class TrafficCells(QAbstractTableModel):
    """Columns, texts, marks and notes; which rows there are is the business of `TrafficModel`.

    Attributes:
        columns: What stands in the rows.
        notes: Marks and comments on rows.
        order: By what the rows are sorted; `None` by time.
    """

    def __init__(self, ring: TrafficRing, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ring = ring
        self._source: RecordSource = ring
        self._rows: Rows = AllRows(ring.first_number, ring.last_number)
        self._mark: Predicate | None = None
        self._marks: dict[int, bool] = {}
        self.columns = TrafficColumns()
        self.notes = RowNotes()
        self.order: Order | None = None

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return how many rows are shown."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(self.columns)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return a column's title."""
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return [*self._titles(), *self.columns.paths][section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return (RIGHT if section in TO_THE_RIGHT else LEFT) | ABSOLUTE
        if role == Qt.ItemDataRole.InitialSortOrderRole:
            # The largest and latest are looked for; by time upwards the rows are in any case.
            is_ascending = section not in TO_THE_RIGHT and (section != TrafficColumn.TIME or self.order)
            return Qt.SortOrder.AscendingOrder if is_ascending else Qt.SortOrder.DescendingOrder
        return None

    def _titles(self) -> list[str]:
        return [
            self.tr("Time"),
            "Δ",
            self.tr("Dir"),
            self.tr("Who"),
            self.tr("Type"),
            self.tr("To"),
            self.tr("Size"),
            self.tr("Node"),
            self.tr("Content"),
        ]

    def record_at(self, row: int) -> Record | None:
        """Return the record of a row."""
        return self._source.get(self._rows.number_at(row)) if 0 <= row < len(self._rows) else None

    def number_at(self, row: int) -> int:
        """Return the record number of a row."""
        return self._rows.number_at(row)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a cell says, for its tip and to who cannot see it; see `RowPainter`."""
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if index.column() in TO_THE_RIGHT else LEFT
        if role not in _READ_ROLES:
            return None
        record = self.record_at(index.row())
        if record is None:
            return None
        return _READ_ROLES[role](self, record, index)

    def reader(self, column: int) -> Callable[[Record, int], str]:
        """Return what tells a column's text of a record and its row: to be asked for once for many rows."""
        if column == TrafficColumn.DIFFERENCE:
            return self._difference
        read = self.columns.reader(column)
        notes = self.notes.of(self._ring) if column == TrafficColumn.CONTENT else {}
        if not notes:
            return lambda record, _row: read(record)

        def read_with_note(record: Record, _row: int) -> str:
            note = notes.get(record.number)
            return f"{SIGN} {visible(note)}  {read(record)}" if note else read(record)

        return read_with_note

    def toggle_notes(self, numbers: Iterable[int]) -> None:
        """Mark rows, or take their marks away."""
        self.notes.toggle(self._ring, numbers)
        self._announce_all()

    def comment(self, number: int, text: str) -> None:
        """Comment a row."""
        self.notes.comment(self._ring, number, text)
        self._announce_all()

    def _display(self, record: Record, index: Index) -> object:
        return self.reader(index.column())(record, index.row())

    def _difference(self, record: Record, row: int) -> str:
        before = self._source.get(self._rows.number_before(row))
        return "" if before is None else difference_text(record.time_s - before.time_s)

    def _outcome(self, record: Record, index: Index) -> object:
        """Return what the lane under the recipients shows, in words."""
        if index.column() != TrafficColumn.TO:
            return None
        return "\n".join(map(said, record_text.outcome_lines(record))) or None

    def _tip(self, record: Record, index: Index) -> object:
        if index.column() == TrafficColumn.TO and (outcome := self._outcome(record, index)):
            return as_tip(str(outcome))
        is_about = index.column() in (TrafficColumn.WHO, TrafficColumn.TO)
        return as_tip(record_text.identity_lines(record, said)) if is_about else None

    def is_marked(self, record: Record) -> bool:
        """Tell whether a record is highlighted, or has a note."""
        if record.number in self.notes.of(self._ring):
            return True
        if self._mark is None:
            return False
        known = self._marks.get(record.number)
        if known is None:
            if len(self._marks) > 4096:
                self._marks.clear()
            known = self._marks[record.number] = self._mark(record)
        return known

    # Marks

    def set_highlight(self, predicate: Predicate | None) -> None:
        """Mark the rows that pass; `None` for none."""
        self._mark = predicate
        self._marks.clear()
        self._announce_all()

    def _announce_all(self) -> None:
        if len(self._rows):
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(self.columns) - 1))

    # Paths as columns

    def add_path(self, path: str) -> int:
        """Show what stands at a path into the JSON in a column of its own; return which."""
        column = len(self.columns)
        self.beginInsertColumns(ROOT, column, column)
        self.columns.paths.append(path)
        self.endInsertColumns()
        return column

    def remove_path(self, column: int) -> None:
        """Take the column of a path away."""
        if self.order is not None and self.order[0] >= len(TrafficColumn):
            self.sort(-1)
        self.beginRemoveColumns(ROOT, column, column)
        del self.columns.paths[column - len(TrafficColumn)]
        self.endRemoveColumns()


_READ_ROLES: dict[int, Callable[[TrafficCells, Record, Index], object]] = {
    Qt.ItemDataRole.DisplayRole: TrafficCells._display,
    Qt.ItemDataRole.ToolTipRole: TrafficCells._tip,
    Qt.ItemDataRole.AccessibleDescriptionRole: TrafficCells._outcome,
}
