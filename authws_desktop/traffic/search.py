"""Searches the ring in slices, so that nobody waits for it."""

from __future__ import annotations

import asyncio
import heapq
from time import perf_counter

from authws_desktop.traffic.filter import TrafficFilter
from authws_desktop.traffic.record import Record
from authws_desktop.traffic.ring import TrafficRing

SLICE_S = 0.002
"""Work at a time, between two turns of the loop."""
BATCH_ROWS = 200
PASSED_BATCHES = 10
"""Passed over at once; 2,000 rows take a fifth of a millisecond."""
SMALL_BYTES = 4096
SMALL_ROWS = 16
FOUND_BYTES = 4 * 1024 * 1024
"""Payloads that are returned at once; the caller goes on behind them."""


class RingSearch:
    """Applies a filter to the ring's records, oldest first, a slice of time at once.

    Attributes:
        number: The last record looked at.
        missed: Records that left the ring before they were looked at, since this was set to 0.

    Args:
        ring: The records.
        wanted: The filter.
        after: Where to start: behind this number.
    """

    def __init__(self, ring: TrafficRing, wanted: TrafficFilter, after: int) -> None:
        self._ring = ring
        self._wanted = wanted
        self.number = after
        self.missed = 0

    def pass_over(self) -> bool:
        """Pass over what is new, where fields alone rule all of it out.

        Returns:
            Whether that was all; else something wants a closer look, or too much is new for one turn.
        """
        ring = self._ring
        for _ in range(PASSED_BATCHES):
            if self.number >= ring.last_number:
                return True
            if self.number + 1 < ring.first_number:
                return False  # what was missed is to be told
            batch = ring.after(self.number, BATCH_ROWS)
            if self._wanted.narrow(batch):
                return False
            self.number = batch[-1].number
        return self.number >= ring.last_number

    async def next_of(self, limit: int) -> list[Record]:
        """Return what passes, up to a limit; fewer where the ring has no more now, or before a gap.

        So what was missed lies before the records that are returned, never between them.

        Args:
            limit: At most so many records, and `FOUND_BYTES`.
        """
        found: list[Record] = []
        size_bytes = 0
        deadline_s = perf_counter() + SLICE_S
        while self.number < self._ring.last_number and len(found) < limit and size_bytes < FOUND_BYTES:
            gap = self._ring.first_number - 1 - self.number
            if gap > 0:
                if found:
                    break
                self.missed += gap
                self.number += gap
            wanted, batch = self._wanted, self._ring.after(self.number, BATCH_ROWS)
            for record in wanted.narrow(batch):
                if wanted(record):
                    found.append(record)
                    size_bytes += len(record.payload)
                    if len(found) >= limit or size_bytes >= FOUND_BYTES:
                        self.number = record.number
                        break
                # The clock costs as much as a term: it is looked at after large payloads, and now and then.
                if len(record.payload) < SMALL_BYTES and record.number % SMALL_ROWS:
                    continue
                if perf_counter() >= deadline_s:
                    self.number = record.number
                    await asyncio.sleep(0)
                    deadline_s = perf_counter() + SLICE_S
                    break  # the ring may have moved on
            else:
                self.number = batch[-1].number
        return found


async def nearest(ring: TrafficRing, wanted: TrafficFilter, after: int, count: int) -> list[Record]:
    """Return the records that pass most of a filter's terms, but not all; the best first.

    Args:
        ring: The records.
        wanted: The filter.
        after: Only records behind this number.
        count: At most so many.
    """
    best: list[tuple[int, int, Record]] = []
    everything = RingSearch(ring, TrafficFilter(""), after)
    until = ring.last_number
    while everything.number < until and (records := await everything.next_of(BATCH_ROWS)):
        for record in records:
            score = wanted.score(record)
            if 0 < score < wanted.terms:
                best.append((score, record.number, record))
        best = heapq.nlargest(count, best, key=lambda each: each[:2])
    return [record for _, _, record in best]
