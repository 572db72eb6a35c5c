"""Stretches of time of one length, from the first row to the newest: the bars of the strip of time. No Qt."""

from __future__ import annotations

from typing import NamedTuple

from authws_desktop.panels.live.row_counts import Counts, RowCounts
from authws_desktop.traffic.filter_checks import Predicate

LONGEST_S = 6 * 3600
"""The longest time that the strip shows; the history has what is older."""
WIDTHS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600)
"""Lengths of a bar; the last one is short enough for `LONGEST_S` on the smallest strip."""


class Span(NamedTuple):
    """A stretch of time.

    Attributes:
        start_s, end_s: Seconds since the epoch, the end not included.
    """

    start_s: int
    end_s: int


def within(span: Span | None) -> Predicate | None:
    """Return a predicate that accepts the rows of a stretch of time; `None` where there is no stretch."""
    if span is None:
        return None
    start_s, end_s = span
    return lambda record: start_s <= record.time_s < end_s


class TimeBins:
    """Sums up what `RowCounts` has by second.

    Attributes:
        width_s: Length of each bin.
        bins: By their start, divided by the length; those without rows are left out.
    """

    def __init__(self, counts: RowCounts) -> None:
        self._counts = counts
        self._era = -1
        self.width_s = 1
        self.bins: dict[int, Counts] = {}

    @property
    def first(self) -> int:
        """The first bin in view."""
        newest = self.last
        return max(min(self.bins, default=newest), newest - LONGEST_S // self.width_s + 1)

    @property
    def last(self) -> int:
        """The newest bin."""
        return max(self.bins, default=0)

    def span(self, first: int, last: int) -> Span:
        """Return the time of some neighbouring bins, in any order."""
        low, high = sorted((first, last))
        return Span(low * self.width_s, (high + 1) * self.width_s)

    def refresh(self, most: int) -> None:
        """Take in what was counted.

        Args:
            most: As many bins as there is room for.
        """
        seconds = self._counts.seconds
        if not seconds:
            self.bins.clear()
            return
        newest, oldest = max(next(reversed(seconds)), self.last * self.width_s), next(iter(seconds))
        length_s = min(newest - oldest + 1, LONGEST_S)
        width_s = next((each for each in WIDTHS_S if length_s // each + 2 <= most), WIDTHS_S[-1])
        if width_s != self.width_s or self._era != self._counts.era:
            self.width_s, self._era = width_s, self._counts.era
            self.bins.clear()
        for gone in [each for each in self.bins if (each + 1) * width_s <= oldest]:
            del self.bins[gone]
        self._sum_up()

    def _sum_up(self) -> None:
        """Sum up the newest bin known and what came since; all of it if none is known."""
        since = self.last if self.bins else None
        if since is not None:
            del self.bins[since]
        for second, counts in reversed(self._counts.seconds.items()):
            place = second // self.width_s
            if since is not None and place < since:
                break  # seconds come in order, but for a clock that is set back
            self.bins.setdefault(place, Counts()).add(counts)
