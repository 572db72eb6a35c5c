"""The ring is searched in slices, and whoever waits for it to grow is woken."""

from __future__ import annotations

import asyncio

import pytest

from authws_desktop.traffic.filter import TrafficFilter
from authws_desktop.traffic.record import Direction, Identity, Kind
from authws_desktop.traffic.recorder import Recorder
from authws_desktop.traffic.ring import TrafficRing
from authws_desktop.traffic.search import FOUND_BYTES, RingSearch, nearest

ANA = Identity(3, "c3", "10.0.0.3", "id-ana", "ana")


def fill(ring: TrafficRing, count: int, payload: bytes = b"x") -> None:
    recorder = Recorder(ring)
    for _ in range(count):
        recorder.add(Direction.IN, Kind.MESSAGE, ANA, payload)


async def test_a_search_gives_the_loop_its_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """With slices of no length, every record is a turn, and none is left out."""
    monkeypatch.setattr("authws_desktop.traffic.search.SLICE_S", 0)
    monkeypatch.setattr("authws_desktop.traffic.search.SMALL_ROWS", 1)
    ring, turns = TrafficRing(), 0
    fill(ring, 300)

    async def count_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.ensure_future(count_turns())
    search = RingSearch(ring, TrafficFilter(""), 0)
    found = await search.next_of(1000)
    counting.cancel()
    assert [record.number for record in found] == list(range(1, 301))
    assert turns >= 300
    assert await search.next_of(1000) == []


async def test_large_payloads_come_in_several_goes() -> None:
    """No more at once than `FOUND_BYTES` and one record."""
    ring = TrafficRing()
    fill(ring, 6, b"x" * (FOUND_BYTES // 4))
    search = RingSearch(ring, TrafficFilter(""), 0)
    assert [len(await search.next_of(100)) for _ in range(3)] == [4, 2, 0]


async def test_a_gap_lies_before_what_is_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where records leave in the middle of a search."""
    monkeypatch.setattr("authws_desktop.traffic.search.SLICE_S", 0)
    monkeypatch.setattr("authws_desktop.traffic.search.SMALL_ROWS", 1)
    ring = TrafficRing(max_records=10)
    fill(ring, 10)
    search = RingSearch(ring, TrafficFilter(""), 0)

    async def overtake() -> None:
        fill(ring, 15)

    flooding = asyncio.ensure_future(overtake())
    first = await search.next_of(100)
    await flooding
    assert [record.number for record in first] == [1]
    assert search.missed == 0
    rest = await search.next_of(100)
    assert (search.missed, rest[0].number, rest[-1].number) == (14, 16, 25)


async def test_the_nearest_pass_most_terms() -> None:
    """Not those that pass all, nor none; of an empty filter none comes close."""
    ring = TrafficRing()
    fill(ring, 1, b"red")
    fill(ring, 1, b"red green")
    fill(ring, 1, b"red green blue")
    fill(ring, 1, b"black")
    found = await nearest(ring, TrafficFilter("red green blue"), 0, 5)
    assert [record.payload for record in found] == [b"red green", b"red"]
    assert await nearest(ring, TrafficFilter(""), 0, 5) == []


def test_what_fields_rule_out_is_passed_over() -> None:
    """Up to the newest record; not past one that needs a closer look, nor over a gap, nor without end."""
    ring = TrafficRing(max_records=5000)
    fill(ring, 700)
    nobody = RingSearch(ring, TrafficFilter("user:nobody"), 0)
    assert (nobody.pass_over(), nobody.number) == (True, 700)
    assert nobody.pass_over()
    ana = RingSearch(ring, TrafficFilter("user:ana never"), 0)
    assert (ana.pass_over(), ana.number) == (False, 0)
    fill(ring, 2_500)
    assert (nobody.pass_over(), nobody.number) == (False, 2_700)
    assert (nobody.pass_over(), nobody.number) == (True, 3_200)
    fill(ring, 6_000)
    assert not nobody.pass_over()
    either = RingSearch(ring, TrafficFilter("user:nobody or type:message"), 9_000)
    assert not either.pass_over(), "an alternative may want what the other one leaves out"
