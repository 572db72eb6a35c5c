"""Whoever waits for the ring to grow is woken, unless what is new is nothing to them."""

from __future__ import annotations

import asyncio

import pytest

from authws_desktop.traffic.growth import Growth
from authws_desktop.traffic.record import Direction, Identity, Kind
from authws_desktop.traffic.recorder import Recorder
from authws_desktop.traffic.ring import TrafficRing

ANA = Identity(3, "c3", "10.0.0.3", "id-ana", "ana")


def fill(ring: TrafficRing, count: int) -> None:
    recorder = Recorder(ring)
    for _ in range(count):
        recorder.add(Direction.IN, Kind.MESSAGE, ANA, b"x")


def is_watched(ring: TrafficRing) -> bool:
    return ring.on_added is not None


async def test_growth_wakes_all_who_wait() -> None:
    """Once for many records; and everybody goes home at the end."""
    ring = TrafficRing()
    growth = Growth(ring)
    waits = [asyncio.ensure_future(growth.wait(0)) for _ in range(3)]
    await asyncio.sleep(0)
    assert is_watched(ring)
    fill(ring, 100)
    assert not is_watched(ring), "further records call nobody"
    await asyncio.wait_for(asyncio.gather(*waits), 30)
    await growth.wait(99)
    late = asyncio.ensure_future(growth.wait(100))
    await asyncio.sleep(0)
    growth.end()
    await asyncio.wait_for(late, 30)
    assert growth.ends == 1


class Waiter:
    """Waits, and says how often it was asked."""

    def __init__(self, growth: Growth, ring: TrafficRing) -> None:
        self.asked = 0
        self.is_content = True
        self.task = asyncio.ensure_future(growth.wait(ring.last_number, self._pass_over))

    def _pass_over(self) -> bool:
        self.asked += 1
        return self.is_content


async def until_asked(waiter: Waiter, count: int) -> None:
    """Wait until it was asked so often."""
    async with asyncio.timeout(30):
        while waiter.asked < count:
            await asyncio.sleep(0.005)


async def test_who_wants_nothing_of_it_sleeps_on() -> None:
    """It is asked each time; who was cancelled is not, and who waits late is asked with the others."""
    ring = TrafficRing()
    growth = Growth(ring)
    waiter, cancelled = Waiter(growth, ring), Waiter(growth, ring)
    await asyncio.sleep(0)
    fill(ring, 1)
    cancelled.task.cancel()
    late = Waiter(growth, ring)
    await until_asked(waiter, 1)
    assert (waiter.task.done(), cancelled.asked, late.asked) == (False, 0, 1)
    fill(ring, 5)
    await until_asked(late, 2)
    assert not waiter.task.done()
    waiter.is_content = False
    fill(ring, 1)
    await asyncio.wait_for(waiter.task, 30)
    assert not late.task.done()
    growth.end()
    await asyncio.wait_for(late.task, 30)


async def test_asking_takes_no_longer_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has not had a turn by then is woken, and looks itself."""
    monkeypatch.setattr("authws_desktop.traffic.growth.PASSING_S", 0)
    ring = TrafficRing()
    growth = Growth(ring)
    waiter = Waiter(growth, ring)
    await asyncio.sleep(0)
    fill(ring, 1)
    await asyncio.wait_for(waiter.task, 30)
    assert waiter.asked == 0


async def test_who_was_cancelled_before_the_end_is_left_alone() -> None:
    """Its task has had no turn yet."""
    ring = TrafficRing()
    growth = Growth(ring)
    waiter = Waiter(growth, ring)
    await asyncio.sleep(0)
    waiter.task.cancel()
    growth.end()
    with pytest.raises(asyncio.CancelledError):
        await waiter.task
