"""Counts by group and by second."""

from __future__ import annotations

from authws_desktop.panels.live.row_counts import MAX_COUNTED, RowCounts
from authws_desktop.panels.live.row_groups import RowGroup
from authws_desktop.traffic.record import SAME_LOGIN, Direction, Identity, Kind, Record
from authws_desktop.traffic.ring import TrafficRing
from tests.panels.live.support import NOW_S, fill

SECOND = int(NOW_S)


def add(
    ring: TrafficRing, kind: Kind, outcome: str = "", direction: Direction = Direction.IN, detail: str = ""
) -> None:
    """Add a row a second after the one before."""
    number = ring.next_number
    row = Record(number, NOW_S + number, direction, kind, Identity(1), outcome=outcome, detail=detail)
    ring.append(row)


def test_rows_errors_and_joins_by_the_second() -> None:
    """A join is an accepted login; its refusal is an error; an answer of the server is neither."""
    ring, counts = TrafficRing(100), RowCounts()
    add(ring, Kind.AUTHENTICATE)
    add(ring, Kind.AUTHENTICATE, outcome="AUTH_ERROR/expired")
    add(ring, Kind.ERROR, outcome="AUTH_ERROR", direction=Direction.OUT)
    add(ring, Kind.AUTHENTICATE, detail=SAME_LOGIN)
    assert counts.refresh(ring)
    assert [(each.rows, each.errors, each.joins) for each in counts.seconds.values()] == [
        (1, 0, 1),
        (1, 1, 0),
        (1, 0, 0),
        (1, 0, 0),
    ]
    assert list(counts.seconds) == [SECOND + number for number in (1, 2, 3, 4)]
    assert counts.groups[RowGroup.LOGINS] == 1
    assert not counts.refresh(ring)


def test_a_flood_is_counted_in_portions_and_old_seconds_go() -> None:
    """No more than so many rows at a refresh; seconds whose rows are gone are not kept."""
    ring, counts = TrafficRing(3000), RowCounts()
    for _ in range(5):
        fill(ring, 1500)
        counts.refresh(ring)
    assert sum(counts.groups.values()) == 7500
    assert min(counts.seconds) == SECOND + 4  # numbers from 4501 on, a millisecond each
    late = RowCounts()
    big = TrafficRing(10_000)
    fill(big, 9000)
    late.refresh(big)
    assert sum(late.groups.values()) == MAX_COUNTED


def test_another_ring_and_starting_over() -> None:
    """Each is another era, for whoever sums up further."""
    ring, counts = TrafficRing(100), RowCounts()
    fill(ring, 10)
    counts.refresh(ring)
    era = counts.era
    counts.start_over(4)
    counts.refresh(ring)
    assert sum(counts.groups.values()) == 6
    assert counts.era == era + 1
    other = TrafficRing(100)
    fill(other, 3)
    counts.refresh(other)
    assert sum(counts.groups.values()) == 3
    assert counts.era == era + 2
    empty = TrafficRing(100)
    assert not counts.refresh(empty)
    assert not counts.seconds
