"""How many rows there were, by group and by second: what the chips and the strip of time show. No Qt.

Each row is looked at once, for both, since under a flood some thousand come at a time.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby

from authws_desktop.panels.live.row_groups import RowGroup, count_groups
from authws_desktop.traffic.record import Record, is_login
from authws_desktop.traffic.ring import TrafficRing

MAX_COUNTED = 4000
"""Rows counted at a refresh, so that it costs a bounded time; the rest is counted at the next ones."""


@dataclass(slots=True)
class Counts:
    """What there was in a stretch of time.

    Attributes:
        rows, errors, joins: Rows of any kind, about something that went wrong, and of people who came in.
    """

    rows: int = 0
    errors: int = 0
    joins: int = 0

    def add(self, other: Counts) -> None:
        """Add what there was in another stretch."""
        self.rows += other.rows
        self.errors += other.errors
        self.joins += other.joins


class RowCounts:
    """The counts of a ring's rows from a point on.

    Attributes:
        groups: By group, of all that came; also of rows that have made room for others.
        seconds: By second since the epoch, in the order they came, of rows that are still there.
        era: Another number whenever counting has begun anew.
    """

    def __init__(self) -> None:
        self.groups: Counter[RowGroup] = Counter()
        self.seconds: dict[int, Counts] = {}
        self.era = 0
        self._counted = 0
        self._ring: TrafficRing | None = None

    def start_over(self, after: int) -> None:
        """Set all counts to zero, and count only records after a number."""
        self.groups.clear()
        self.seconds.clear()
        self.era += 1
        self._counted = after

    def refresh(self, ring: TrafficRing) -> bool:
        """Count what the ring gained, or what is in another one; returns whether there was anything."""
        if ring is not self._ring:
            self._ring = ring
            self.start_over(0)
        records = ring.after(self._counted, MAX_COUNTED)
        if not records:
            return False
        self._counted = records[-1].number
        if int(records[0].time_s) == int(records[-1].time_s):
            self._count(int(records[0].time_s), records)
        else:
            for second, part in groupby(records, lambda record: int(record.time_s)):
                self._count(second, list(part))
        self._drop_gone(ring)
        return True

    def _count(self, second: int, records: list[Record]) -> None:
        groups = count_groups(records)
        self.groups.update(groups)
        here = self.seconds.setdefault(second, Counts())
        here.rows += len(records)
        here.errors += groups[RowGroup.ERRORS]
        if groups[RowGroup.LOGINS]:
            here.joins += sum(map(is_login, records))

    def _drop_gone(self, ring: TrafficRing) -> None:
        oldest = ring.get(ring.first_number)
        while oldest is not None and (first := next(iter(self.seconds))) < int(oldest.time_s):
            del self.seconds[first]
            if not self.seconds:
                break
