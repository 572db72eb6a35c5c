"""Runs a filter over records in slices, so that the window answers meanwhile. No Qt."""

from __future__ import annotations

from time import monotonic, thread_time

from authws_desktop.panels.live.row_groups import GroupChoice
from authws_desktop.panels.live.row_numbers import RecordSource
from authws_desktop.traffic.filter_checks import Predicate

SLICE_S = 0.004
"""Work between two turns of the event loop; a tick of 40 ms has room for it and for one slow row."""
BATCH = 500
"""Records taken from the source at once: one call for each would cost as much as a simple filter."""


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
        if isinstance(self.predicate, GroupChoice):
            return self._run_choice(self.predicate, source, budget_s)
        found: list[int] = []
        predicate, last = self.predicate, source.last_number
        # Time of this thread alone: on a busy machine the wait for a processor is no work, and what a few
        # people do shows at once all the same. The clock on the wall is never behind it and costs a thirtieth
        # of the look, so it is asked first.
        deadline_s, look_at_s = thread_time() + budget_s, monotonic() + budget_s
        while self.next_number <= last:
            for record in source.after(self.next_number - 1, BATCH):
                if predicate(record):
                    found.append(record.number)
                self.next_number = record.number + 1
                if monotonic() >= look_at_s:
                    left_s = deadline_s - thread_time()
                    if left_s <= 0:
                        return found
                    look_at_s = monotonic() + left_s
        return found

    def _run_choice(self, choice: GroupChoice, source: RecordSource, budget_s: float) -> list[int]:
        """Look at records as long as `run` does; the time is asked once a batch, as no row takes long."""
        found: list[int] = []
        deadline_s = thread_time() + budget_s
        while records := source.after(self.next_number - 1, BATCH):
            found += choice.numbers(records)
            self.next_number = records[-1].number + 1
            if thread_time() >= deadline_s:
                break
        return found

    def is_done(self, source: RecordSource) -> bool:
        """Whether every record of the source was looked at."""
        return self.next_number > source.last_number

    def percent(self, source: RecordSource) -> int:
        """How much of the source was looked at."""
        start = max(self._start, source.first_number)
        total = source.last_number - start + 1
        return min(100, max(0, self.next_number - start) * 100 // total) if total > 0 else 100
