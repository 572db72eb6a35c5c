"""The newest records, bounded by number and by memory.

The server appends; whoever shows the traffic reads what came after the last number it saw, at its own
pace.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from authws_desktop.traffic.record import Record, cost_bytes


class TrafficRing:
    """The newest records, by number.

    Attributes:
        last_number: Number of the newest record, 0 if there was none.
        on_added: Called after a record was added, while it is set (`growth`).
    """

    def __init__(self, max_records: int = 100_000, max_bytes: int = 256 * 1024 * 1024) -> None:
        self._max_records = max_records
        self._max_bytes = max_bytes
        self._slots: list[Record | None] = []
        self._first = 1
        self._bytes = 0
        self.last_number = 0
        self.on_added: Callable[[], None] | None = None

    def __len__(self) -> int:
        return self.last_number - self._first + 1

    @property
    def first_number(self) -> int:
        """Number of the oldest record kept; `last_number + 1` if there is none."""
        return self._first

    @property
    def size_bytes(self) -> int:
        """Memory counted for all records kept."""
        return self._bytes

    @property
    def next_number(self) -> int:
        """The number the next record must carry."""
        return self.last_number + 1

    def append(self, record: Record) -> None:
        """Add a record; the oldest ones make room.

        Args:
            record: Its number must be `next_number`.
        """
        number = self.last_number + 1
        if record.number != number:
            raise ValueError(f"record {record.number} does not follow {self.last_number}")
        # A list with a moving start, not a deque: rows are asked for by number, which a deque finds in linear
        # time.
        slots = self._slots
        slot = (number - 1) % self._max_records
        if slot < len(slots):
            if (oldest := slots[slot]) is not None:
                self._bytes -= cost_bytes(oldest)
                self._first += 1
            slots[slot] = record
        else:
            # After `clear` or `resize` numbers go on, so the next slot may lie beyond the list's end; it
            # grows as it fills.
            slots.extend([None] * (slot - len(slots)))
            slots.append(record)
        self.last_number = number
        self._bytes += cost_bytes(record)
        # The newest record stays even if it alone is over the bound: its number was given out.
        while self._bytes > self._max_bytes and self._first < number:
            self._drop_oldest()
        if self.on_added is not None:
            self.on_added()

    def _drop_oldest(self) -> None:
        slot = (self._first - 1) % self._max_records
        oldest = cast("Record", self._slots[slot])  # from the first to the last number no slot is empty
        self._bytes -= cost_bytes(oldest)
        self._slots[slot] = None
        self._first += 1

    def get(self, number: int) -> Record | None:
        """Return a record by number, or `None` if it is no longer (or not yet) kept."""
        if not self._first <= number <= self.last_number:
            return None
        return self._slots[(number - 1) % self._max_records]

    def after(self, number: int, limit: int | None = None) -> list[Record]:
        """Return the kept records that follow a number, oldest first.

        Args:
            number: The last number seen; 0 for all.
            limit: At most so many.
        """
        start, stop = max(number + 1, self._first), self.last_number + 1
        if limit is not None:
            stop = min(stop, start + limit)
        if start >= stop:
            return []
        # Slices, not a call a record: under a flood the window asks for some thousand at a time.
        low = (start - 1) % self._max_records
        found = self._slots[low : low + stop - start]
        found += self._slots[: stop - start - len(found)]
        return cast("list[Record]", found)  # from the first to the last number no slot is empty

    def clear(self) -> None:
        """Forget every record; numbers go on. A view keeps its own records to undo this."""
        self._slots = []
        self._first = self.last_number + 1
        self._bytes = 0

    def resize(self, max_records: int, max_bytes: int) -> None:
        """Change the bounds; the newest records stay."""
        if (max_records, max_bytes) == (self._max_records, self._max_bytes):
            return
        kept = self.after(max(0, self.last_number - max_records))
        self._max_records, self._max_bytes = max_records, max_bytes
        self._slots = [None] * min(max_records, self.last_number)
        self._first = kept[0].number if kept else self.last_number + 1
        self._bytes = 0
        for record in kept:
            self._slots[(record.number - 1) % max_records] = record
            self._bytes += cost_bytes(record)
        while self._bytes > self._max_bytes and self._first < self.last_number:
            self._drop_oldest()
