"""Runs a filter over records in slices, so that the window answers meanwhile. No Qt."""

from __future__ import annotations

from time import perf_counter

from authws_desktop.hub.filter_checks import Predicate
from authws_desktop.panels.live.row_numbers import RecordSource

SLICE_S = 0.004
"""Work at a time; a window's tick of 40 ms has room for it and for one slow row."""


class FilterScan:
    """One pass of a filter over a source, newer records included as they come.

    Attributes:
        predicate: The filter.
        next_number: The record looked at next.

    Args:
        predicate: The filter.
        first: Where to start.
    """

    def __init__(self, predicate: Predicate, first: int) -> None:
        self.predicate = predicate
        self.next_number = first
        self._start = first

    def run(self, source: RecordSource, budget_s: float = SLICE_S) -> list[int]:
        """Look at records until the end of the source or of the budget; return the numbers that pass."""
        found: list[int] = []
        predicate, get, last = self.predicate, source.get, source.last_number
        number = max(self.next_number, source.first_number)
        deadline_s = perf_counter() + budget_s
        while number <= last:
            record = get(number)
            if record is not None and predicate(record):
                found.append(number)
            number += 1
            if perf_counter() >= deadline_s:
                break
        self.next_number = number
        return found

    def is_done(self, source: RecordSource) -> bool:
        """Whether every record of the source was looked at."""
        return self.next_number > source.last_number

    def percent(self, source: RecordSource) -> int:
        """How much of the source was looked at."""
        start = max(self._start, source.first_number)
        total = source.last_number - start + 1
        return min(100, max(0, self.next_number - start) * 100 // total) if total > 0 else 100
