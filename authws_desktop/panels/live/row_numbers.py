"""Which records a view shows, by number: all of a range, or those that a filter let through. No Qt."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from typing import Protocol

from authws_desktop.traffic.record import Record
from authws_desktop.traffic.ring import TrafficRing


class RecordSource(Protocol):
    """What a view reads: the ring, or records kept from it."""

    @property
    def first_number(self) -> int:
        """Number of the oldest record."""

    @property
    def last_number(self) -> int:
        """Number of the newest record."""

    def get(self, number: int) -> Record | None:
        """Return a record by its number."""

    def after(self, number: int, limit: int | None = None) -> list[Record]:
        """Return the records that follow a number, oldest first, at most so many."""


class FrozenRecords:
    """The records of a ring at one moment; they stay as long as this does.

    Attributes:
        first_number, last_number: As of a ring.
    """

    def __init__(self, ring: TrafficRing, after: int = 0) -> None:
        self._records = ring.after(after)
        self.last_number = ring.last_number
        self.first_number = self.last_number - len(self._records) + 1

    def get(self, number: int) -> Record | None:
        """Return a record by its number."""
        index = number - self.first_number
        return self._records[index] if 0 <= index < len(self._records) else None

    def after(self, number: int, limit: int | None = None) -> list[Record]:
        """Return the records that follow a number, oldest first, at most so many."""
        start = max(number + 1 - self.first_number, 0)
        return self._records[start : None if limit is None else start + limit]


class AllRows:
    """Every number from `first` to `last`: nothing is kept for a row."""

    def __init__(self, first: int, last: int) -> None:
        self.first = first
        self.last = last

    def __len__(self) -> int:
        return self.last - self.first + 1

    def number_at(self, row: int) -> int:
        """Return the record number of a row."""
        return self.first + row

    def row_of(self, number: int) -> int | None:
        """Return the row of a record number, if it is shown."""
        return number - self.first if self.first <= number <= self.last else None

    def count_before(self, number: int) -> int:
        """Return how many rows have a smaller number."""
        return min(max(number - self.first, 0), len(self))

    def drop_first(self, count: int) -> None:
        """Remove rows at the top."""
        self.first += count

    def number_before(self, row: int) -> int:
        """Return the record number of the row before in time; 0 for the first one."""
        return self.first + row - 1 if row else 0

    def extend(self, numbers: range | list[int]) -> None:
        """Add rows at the end."""
        self.last += len(numbers)

    def numbers(self) -> range:
        """Return the record numbers of all rows."""
        return range(self.first, self.last + 1)


class MatchingRows:
    """Chosen numbers, ascending."""

    def __init__(self, numbers: Iterable[int] = ()) -> None:
        # Not a list: letting go of tens of thousands of numbers at once takes it a millisecond.
        self._numbers = array("q", numbers)
        self._head = 0

    def __len__(self) -> int:
        return len(self._numbers) - self._head

    def number_at(self, row: int) -> int:
        """Return the record number of a row."""
        return self._numbers[self._head + row]

    def row_of(self, number: int) -> int | None:
        """Return the row of a record number, if it is shown."""
        index = bisect_left(self._numbers, number, self._head)
        is_shown = index < len(self._numbers) and self._numbers[index] == number
        return index - self._head if is_shown else None

    def count_before(self, number: int) -> int:
        """Return how many rows have a smaller number."""
        return bisect_left(self._numbers, number, self._head) - self._head

    def drop_first(self, count: int) -> None:
        """Remove rows at the top."""
        self._head += count
        if self._head > 4096 and self._head * 2 > len(self._numbers):
            del self._numbers[: self._head]
            self._head = 0

    def number_before(self, row: int) -> int:
        """Return the record number of the row before in time; 0 for the first one."""
        return self._numbers[self._head + row - 1] if row else 0

    def extend(self, numbers: range | list[int]) -> None:
        """Add rows at the end."""
        self._numbers.extend(numbers)

    def numbers(self) -> list[int]:
        """Return the record numbers of all rows."""
        return self._numbers[self._head :].tolist()


RowsByTime = AllRows | MatchingRows


class SortedRows:
    """Chosen numbers in another order than that of time; of a frozen view, so that none come.

    Attributes:
        by_time: The same rows, by time.
    """

    def __init__(self, numbers: list[int], by_time: RowsByTime) -> None:
        self._numbers = numbers
        self._row_of: dict[int, int] = {}
        self.by_time = by_time

    def __len__(self) -> int:
        return len(self._numbers)

    def number_at(self, row: int) -> int:
        """Return the record number of a row."""
        return self._numbers[row]

    def row_of(self, number: int) -> int | None:
        """Return the row of a record number, if it is shown."""
        if not self._row_of:
            self._row_of = {each: row for row, each in enumerate(self._numbers)}
        return self._row_of.get(number)

    def count_before(self, number: int) -> int:
        """Return how many rows at the top have a smaller number: none, but for a view that was cleared."""
        return len(self) if self.by_time.count_before(number) == len(self.by_time) else 0

    def drop_first(self, count: int) -> None:
        """Remove rows at the top."""
        del self._numbers[:count]
        self._row_of.clear()

    def number_before(self, row: int) -> int:
        """Return the record number of the row before in time; 0 for the first one."""
        before = self.by_time.row_of(self._numbers[row])
        return self.by_time.number_before(before) if before is not None else 0

    def numbers(self) -> list[int]:
        """Return the record numbers of all rows."""
        return self._numbers[:]


Rows = RowsByTime | SortedRows
