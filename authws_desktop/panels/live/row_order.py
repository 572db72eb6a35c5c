"""Sorts the rows of a frozen view in slices, so that server and window answer meanwhile. No Qt."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from time import thread_time

from authws_desktop.panels.live.filter_scan import SLICE_S
from authws_desktop.panels.live.row_numbers import RecordSource, RowsByTime
from authws_desktop.traffic.record import Record

RUN_ROWS = 200
RUN_BYTES = 256 * 1024
"""Rows, and bytes of their payloads, that are sorted between two looks at the clock."""

MOST_READ = 5000
_DIGITS = 16
"""Digits of the record's number behind each key: of two equal keys, the older record sorts first."""


class RowOrder:
    """One sorting of rows.

    Short runs are sorted as their keys are made, then merged two by two: to sort 100,000 rows at once would
    hold up the loop for a tenth of a second; the longest merge is a small part of that.

    Args:
        source: The records; frozen.
        rows: Which of them, by time.
        key: What a record is sorted by; `None` puts it at the end, whatever the direction.
        is_descending: Whether the largest come first.
    """

    def __init__(
        self,
        source: RecordSource,
        rows: RowsByTime,
        key: Callable[[Record], str | None],
        *,
        is_descending: bool,
    ) -> None:
        self._source = source
        self._rows = rows
        self._key = key
        self._is_descending = is_descending
        self._next_row = 0
        self._runs: deque[list[str]] = deque()
        self._without: list[int] = []
        self._found: list[int] = []

    def run(self, budget_s: float = SLICE_S) -> list[int] | None:
        """Go on for a while; return the record numbers in their order once it is found."""
        deadline_s = thread_time() + budget_s
        while True:
            if self._next_row < len(self._rows):
                self._sort_run()
            elif len(self._runs) > 1:
                self._merge_two()
            elif self._runs and len(self._found) < len(self._runs[0]):
                self._read_numbers(self._runs[0])
            else:
                return self._in_order()
            if thread_time() >= deadline_s:
                return None

    @property
    def percent(self) -> int:
        """How many of the rows were looked at."""
        return self._next_row * 100 // max(1, len(self._rows))

    def _sort_run(self) -> None:
        run: list[str] = []
        until, left_bytes = min(self._next_row + RUN_ROWS, len(self._rows)), RUN_BYTES
        while self._next_row < until and left_bytes > 0:
            number = self._rows.number_at(self._next_row)
            record = self._source.get(number)
            key = None
            if record is not None:
                key = self._key(record)
                left_bytes -= len(record.payload)
            if key is None:
                self._without.append(number)
            else:
                run.append(f"{key}\0{number:0{_DIGITS}}")
            self._next_row += 1
        run.sort()
        self._runs.append(run)

    def _merge_two(self) -> None:
        both = self._runs.popleft() + self._runs.popleft()
        both.sort()  # finds the two runs in it, and only merges them
        self._runs.append(both)

    def _read_numbers(self, run: list[str]) -> None:
        start = len(self._found)
        self._found += [int(key[-_DIGITS:]) for key in run[start : start + MOST_READ]]

    def _in_order(self) -> list[int]:
        found = self._found[::-1] if self._is_descending else self._found
        return found + self._without
