"""The traffic as a Qt model: rows are record numbers, looked up in the ring when they are painted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import IntEnum
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
    Slot,
)

from authws_desktop.panels.kit.escape import as_tip, visible
from authws_desktop.panels.kit.sentences import said
from authws_desktop.panels.kit.words import difference_text, size_text, time_text
from authws_desktop.panels.live import record_text
from authws_desktop.panels.live.filter_scan import FilterScan
from authws_desktop.panels.live.row_notes import SIGN, RowNotes
from authws_desktop.panels.live.row_numbers import AllRows, FrozenRecords, MatchingRows, RecordSource, Rows
from authws_desktop.traffic.filter_checks import Predicate
from authws_desktop.traffic.record import Record
from authws_desktop.traffic.ring import TrafficRing

Index = QModelIndex | QPersistentModelIndex
RAW_ROLE = Qt.ItemDataRole.UserRole


class TrafficColumn(IntEnum):
    """The columns."""

    TIME = 0
    DIFFERENCE = 1
    DIRECTION = 2
    WHO = 3
    TYPE = 4
    TO = 5
    SIZE = 6
    CONTENT = 7


_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_TEXT: dict[int, Callable[[Record], str]] = {
    TrafficColumn.TIME: lambda record: time_text(record.time_s),
    TrafficColumn.DIRECTION: record_text.direction,
    TrafficColumn.WHO: record_text.who,
    TrafficColumn.TYPE: lambda record: record_text.chip(record).text,
    TrafficColumn.TO: record_text.recipient,
    TrafficColumn.SIZE: lambda record: size_text(record.size_bytes) if record.size_bytes else "",
    TrafficColumn.CONTENT: record_text.content,
}
_RAW: dict[int, Callable[[Record], object]] = {**_TEXT}
_RAW[TrafficColumn.TIME] = lambda record: record.time_s
_RAW[TrafficColumn.SIZE] = lambda record: record.size_bytes


class TrafficModel(QAbstractTableModel):
    """Rows of a ring, filtered or not, live or frozen.

    Signals:
        filtering_changed: A filter has looked at more rows, or is done; see `filter_percent`.

    Args:
        ring: The traffic.
        parent: Owner.
    """

    filtering_changed = Signal()

    def __init__(self, ring: TrafficRing, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ring = self._live = ring
        self._source: RecordSource = ring
        self._floor = 0
        self._rows: Rows = AllRows(ring.first_number, ring.last_number)
        self._scan: FilterScan | None = None
        self._pending: FilterScan | None = None
        self._pending_until = 0
        self._found: list[int] = []
        self._mark: Predicate | None = None
        self._marks: dict[int, bool] = {}
        self.notes = RowNotes()
        self._timer = QTimer(self, singleShot=True, interval=0)
        self._timer.timeout.connect(self._on_slice)

    # Reading

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Return how many rows are shown."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(TrafficColumn)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return a column's title."""
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(TrafficColumn):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._titles()[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if section in (TrafficColumn.SIZE, TrafficColumn.DIFFERENCE) else _LEFT
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
            self.tr("Content"),
        ]

    def record_at(self, row: int) -> Record | None:
        """Return the record of a row."""
        return self._source.get(self._rows.number_at(row)) if 0 <= row < len(self._rows) else None

    def number_at(self, row: int) -> int:
        """Return the record number of a row."""
        return self._rows.number_at(row)

    def row_of(self, number: int) -> int | None:
        """Return the row of a record number, if it is shown."""
        return self._rows.row_of(number)

    def numbers(self) -> range | list[int]:
        """Return the record numbers of all rows shown."""
        return self._rows.numbers()

    def all_numbers(self) -> range:
        """Return the record numbers of all rows, whatever the filter."""
        return range(self._first_number(), self._source.last_number + 1)

    def record(self, number: int) -> Record | None:
        """Return a record by its number, if it is still there."""
        return self._source.get(number)

    def show_ring(self, ring: TrafficRing | None) -> None:
        """Show other records, such as a file's, from the first row; `None` for the live ones."""
        self._ring = self._source = self._live if ring is None else ring
        self._floor = 0
        self._marks.clear()
        self.set_filter(self._scan.predicate if self._scan is not None else None)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a cell says, to sort by it, for its tip and to who cannot see it; see `RowPainter`."""
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if index.column() in (TrafficColumn.SIZE, TrafficColumn.DIFFERENCE) else _LEFT
        if role not in _READ_ROLES:
            return None
        record = self.record_at(index.row())
        if record is None:
            return None
        return _READ_ROLES[role](self, record, index)

    def text(self, record: Record, row: int, column: int) -> str:
        """Return what a column says of the record in a row."""
        if column == TrafficColumn.DIFFERENCE:
            seconds = self._difference_s(record, row)
            return "" if seconds is None else difference_text(seconds)
        text = _TEXT[column](record)
        if column == TrafficColumn.CONTENT and (note := self.notes.of(self._ring).get(record.number)):
            return f"{SIGN} {visible(note)}  {text}"
        return text

    def toggle_notes(self, numbers: Iterable[int]) -> None:
        """Mark rows, or take their marks away."""
        self.notes.toggle(self._ring, numbers)
        self._announce_all()

    def comment(self, number: int, text: str) -> None:
        """Comment a row."""
        self.notes.comment(self._ring, number, text)
        self._announce_all()

    def _display(self, record: Record, index: Index) -> object:
        return self.text(record, index.row(), index.column())

    def _raw(self, record: Record, index: Index) -> object:
        if index.column() == TrafficColumn.DIFFERENCE:
            return self._difference_s(record, index.row())
        return _RAW[index.column()](record)

    def _difference_s(self, record: Record, row: int) -> float | None:
        before = self.record_at(row - 1)
        return None if before is None else record.time_s - before.time_s

    def _tip(self, record: Record, index: Index) -> object:
        if index.column() == TrafficColumn.TO and (outcome := said(record_text.outcome_lines(record))):
            return as_tip(outcome)
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

    # Following the ring

    @property
    def ring(self) -> TrafficRing:
        """What is shown: the live records or a file's."""
        return self._ring

    @property
    def last_number(self) -> int:
        """The newest record's number, 0 if there is none."""
        return self._source.last_number

    @property
    def is_paused(self) -> bool:
        """Whether the view is frozen."""
        return self._source is not self._ring

    @property
    def waiting_count(self) -> int:
        """How many records came since the view was frozen."""
        return self._ring.last_number - self._source.last_number

    @property
    def is_cleared(self) -> bool:
        """Whether older rows were taken from the view."""
        return self._floor > 0

    @property
    def total(self) -> int:
        """How many rows there are without the filter."""
        return self._source.last_number - self._first_number() + 1

    def _first_number(self) -> int:
        return max(self._source.first_number, self._floor + 1)

    def refresh(self) -> None:
        """Take in what the ring gained and lost; bounded work, however much that is."""
        self._drop_oldest()
        if self._scan is None:
            self._take_all()
        else:
            self._take_matching(self._scan)

    def _drop_oldest(self) -> None:
        count = self._rows.count_before(self._first_number())
        if not count:
            return
        self.beginRemoveRows(QModelIndex(), 0, count - 1)
        self._rows.drop_first(count)
        self.endRemoveRows()
        if len(self._rows):
            top = self.index(0, TrafficColumn.DIFFERENCE)
            self.dataChanged.emit(top, top)

    def _take_all(self) -> None:
        rows = self._rows
        if not isinstance(rows, AllRows):
            return
        if not len(rows):
            rows.first = max(rows.first, self._first_number())
            rows.last = rows.first - 1
        self._append(range(rows.last + 1, self._source.last_number + 1))

    def _take_matching(self, scan: FilterScan) -> None:
        self._append(scan.run(self._source))
        if not scan.is_done(self._source):
            self._timer.start()

    def _append(self, numbers: range | list[int]) -> None:
        if not numbers:
            return
        count = len(self._rows)
        self.beginInsertRows(QModelIndex(), count, count + len(numbers) - 1)
        self._rows.extend(numbers)
        self.endInsertRows()

    def pause(self) -> None:
        """Freeze the view; its records are kept, even where the ring lets go of them."""
        if not self.is_paused:
            self.refresh()
            self._source = FrozenRecords(self._ring, self._floor)

    def resume(self) -> int:
        """Go on; return how many records came and went meanwhile and cannot be shown."""
        if not self.is_paused:
            return 0
        lost = max(0, self._ring.first_number - 1 - self._source.last_number)
        self._source = self._ring
        self.refresh()
        return lost

    # Filter

    @property
    def filter_percent(self) -> int | None:
        """How far a new filter has come; `None` if none is under way."""
        return None if self._pending is None else self._pending.percent(self._source)

    def set_filter(self, predicate: Predicate | None) -> None:
        """Show only what passes; the rows change once, when all have been looked at.

        Args:
            predicate: The filter; `None` for everything.
        """
        self._pending, self._found = None, []
        if predicate is None:
            self._replace(AllRows(self._first_number(), self._source.last_number), None)
        else:
            self._pending = FilterScan(predicate, self._first_number())
            self._pending_until = self._source.last_number
            self._on_slice()

    @Slot()
    def _on_slice(self) -> None:
        if self._pending is None:
            self.refresh()
            return
        self._found += self._pending.run(self._source)
        if self._pending.next_number > min(self._pending_until, self._source.last_number):
            self._replace(MatchingRows(self._found), self._pending)
            return
        self._timer.start()
        self.filtering_changed.emit()

    def _replace(self, rows: Rows, scan: FilterScan | None) -> None:
        self.beginResetModel()
        self._rows, self._scan = rows, scan
        self._pending, self._found = None, []
        rows.drop_first(rows.count_before(self._first_number()))
        self.endResetModel()
        self.filtering_changed.emit()

    # Marks and clearing

    def set_highlight(self, predicate: Predicate | None) -> None:
        """Mark the rows that pass; `None` for none."""
        self._mark = predicate
        self._marks.clear()
        self._announce_all()

    def _announce_all(self) -> None:
        if len(self._rows):
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(TrafficColumn) - 1))

    def clear(self) -> int:
        """Take every row from the view; return what `undo_clear` needs. Records stay in the ring."""
        before = self._floor
        self._floor = self._source.last_number
        self._drop_oldest()
        return before

    def undo_clear(self, floor: int) -> None:
        """Bring back what `clear` took, as far as the ring still has it."""
        self._floor = floor
        predicate = self._scan.predicate if self._scan is not None else None
        self.set_filter(predicate)


_READ_ROLES: dict[int, Callable[[TrafficModel, Record, Index], object]] = {
    Qt.ItemDataRole.DisplayRole: TrafficModel._display,
    RAW_ROLE: TrafficModel._raw,
    Qt.ItemDataRole.ToolTipRole: TrafficModel._tip,
}
