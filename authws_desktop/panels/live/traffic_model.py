"""The traffic as a Qt model: rows are record numbers, looked up in the ring when they are painted."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QModelIndex, QObject, Qt, QTimer, Signal, Slot

from authws_desktop.panels.live.filter_scan import FilterScan
from authws_desktop.panels.live.row_numbers import (
    AllRows,
    FrozenRecords,
    MatchingRows,
    Rows,
    RowsByTime,
    SortedRows,
)
from authws_desktop.panels.live.row_order import RowOrder
from authws_desktop.panels.live.traffic_cells import TrafficCells
from authws_desktop.panels.live.traffic_columns import TrafficColumn, number_key
from authws_desktop.traffic.filter_checks import Predicate
from authws_desktop.traffic.record import Record
from authws_desktop.traffic.ring import TrafficRing


class TrafficModel(TrafficCells):
    """Rows of a ring, filtered or not, live or frozen; sorted while they are frozen.

    Signals:
        filtering_changed: A filter has looked at more rows, or is done; see `filter_percent`, `sort_percent`.
        order_changed: The rows are to be in another order; those that are shown follow.

    Args:
        ring: The traffic.
        parent: Owner.
    """

    filtering_changed = Signal()
    order_changed = Signal()

    def __init__(self, ring: TrafficRing, parent: QObject | None = None) -> None:
        super().__init__(ring, parent)
        self._live = ring
        self._floor = 0
        self._by_time: RowsByTime = AllRows(ring.first_number, ring.last_number)
        self._rows = self._by_time
        self._sorting: RowOrder | None = None
        self._scan: FilterScan | None = None
        self._pending: FilterScan | None = None
        self._pending_until = 0
        self._found: list[int] = []
        # For the next slice, after whatever else waits in the loop.
        self._timer = QTimer(self, singleShot=True, interval=0)
        self._timer.timeout.connect(self._on_slice)

    # Reading

    def show_ring(self, ring: TrafficRing | None) -> None:
        """Show other records, such as a file's, from the first row; `None` for the live ones."""
        self._ring = self._source = self._live if ring is None else ring
        self._floor = 0
        self._marks.clear()
        self.columns.forget()
        if self.order is not None:
            self.order, self._sorting = None, None
            self.order_changed.emit()
        self.set_filter(self._scan.predicate if self._scan is not None else None)

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
        self._append(rows, range(rows.last + 1, self._source.last_number + 1))

    def _take_matching(self, scan: FilterScan) -> None:
        if isinstance(self._rows, MatchingRows):
            self._append(self._rows, scan.run(self._source))
        if not scan.is_done(self._source):
            self._timer.start()

    def _append(self, rows: RowsByTime, numbers: range | list[int]) -> None:
        if not numbers:
            return
        count = len(rows)
        self.beginInsertRows(QModelIndex(), count, count + len(numbers) - 1)
        rows.extend(numbers)
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
        self.sort(-1)
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
        if self._pending is not None:
            self._found += self._pending.run(self._source)
            if self._pending.next_number > min(self._pending_until, self._source.last_number):
                self._replace(MatchingRows(self._found), self._pending)
                return
            self._timer.start()
            self.filtering_changed.emit()
            return
        self.refresh()
        if self._sorting is not None:
            self._go_on_sorting(self._sorting)

    def _replace(self, rows: RowsByTime, scan: FilterScan | None) -> None:
        rows.drop_first(rows.count_before(self._first_number()))
        self._by_time, self._scan = rows, scan
        self._pending, self._found = None, []
        if self.order is None:
            self._show(rows)
        else:
            self._begin_sorting(*self.order)

    def _show(self, rows: Rows) -> None:
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()
        self.filtering_changed.emit()

    # Order

    @property
    def sort_percent(self) -> int | None:
        """How far a new order has come; `None` if none is under way."""
        return None if self._sorting is None else self._sorting.percent

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Freeze the view and sort it; a column below 0, or time upwards, is the order of time again.

        The rows change once, when their order is found. The view stays frozen until `resume`.
        """
        is_descending = order == Qt.SortOrder.DescendingOrder
        by_time = column < 0 or (column == TrafficColumn.TIME and not is_descending)
        wanted = None if by_time else (column, is_descending)
        if wanted == self.order:
            return
        self.order, self._sorting = wanted, None
        if wanted is not None:
            self.pause()
            self._begin_sorting(*wanted)
        elif self._rows is not self._by_time:
            self._show(self._by_time)
        self.order_changed.emit()

    def _begin_sorting(self, column: int, is_descending: bool) -> None:
        key = partial(self._sort_key, column=column)
        self._sorting = RowOrder(self._source, self._by_time, key, is_descending=is_descending)
        self._timer.start()

    def _go_on_sorting(self, sorting: RowOrder) -> None:
        numbers = sorting.run()
        if numbers is None or (self._scan is not None and not self._scan.is_done(self._source)):
            self._timer.start()
            self.filtering_changed.emit()
            return
        self._sorting = None
        self._show(SortedRows(numbers, self._by_time))

    def _sort_key(self, record: Record, column: int) -> str | None:
        if column != TrafficColumn.DIFFERENCE:
            return self.columns.key(record, column)
        row = self._by_time.row_of(record.number)
        before = self._source.get(self._by_time.number_before(row)) if row else None
        return None if before is None else number_key(record.time_s - before.time_s)

    # Clearing

    def clear(self) -> int:
        """Take every row from the view; return what `undo_clear` needs. Records stay in the ring."""
        before = self._floor
        self._floor = self._source.last_number
        self._sorting = None
        self._drop_oldest()
        return before

    def undo_clear(self, floor: int) -> None:
        """Bring back what `clear` took, as far as the ring still has it."""
        self._floor = floor
        predicate = self._scan.predicate if self._scan is not None else None
        self.set_filter(predicate)
