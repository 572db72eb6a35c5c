"""The numbered rules of the queue in front of the hasher."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable

import pytest

from authws_desktop.accounts.errors import Busy, Throttled
from authws_desktop.accounts.hashing import HashingQueue
from authws_desktop.accounts.passwords import PasswordHasher


class GatedHasher(PasswordHasher):
    """Hashes one password for each time it is let; notes which, in order."""

    def __init__(self) -> None:
        super().__init__(4)
        self.may = threading.Semaphore(0)
        self.begun: list[str] = []
        self.done: list[str] = []

    def hash(self, password: str) -> str:
        """Wait to be let, then note it."""
        self.begun.append(password)
        self.may.acquire(timeout=60)
        self.done.append(password)
        return password

    def verify(self, password: str, hashed: str | None) -> bool:
        """Likewise; right is what is stored."""
        return self.hash(password) == hashed

    def let(self, count: int = 1) -> None:
        """Let some be hashed."""
        self.may.release(count)


class FakeGate:
    """Lets in when told so; notes what it is told."""

    def __init__(self, answer: Callable[[], bool] = lambda: True) -> None:
        self.answer = answer
        self.results: list[bool | None] = []

    def begin(self) -> bool:
        """Answer."""
        return self.answer()

    def end(self, is_right: bool | None) -> None:
        """Note it."""
        self.results.append(is_right)


@pytest.fixture
def hasher() -> GatedHasher:
    """A hasher that waits."""
    return GatedHasher()


@pytest.fixture
async def queue(hasher: GatedHasher) -> AsyncIterator[HashingQueue]:
    """One thread, six may wait, four of one address."""
    queue = HashingQueue(hasher, threads=1, max_waiting=6, max_waiting_per_lane=4)
    yield queue
    hasher.let(1000)
    await queue.close()


async def started(queue: HashingQueue, lane: str, count: int) -> list[asyncio.Task[str]]:
    """Start hashes of one address and let each reach its lane."""
    jobs = [asyncio.create_task(queue.hash(f"{lane}{number}", lane=lane)) for number in range(count)]
    await asyncio.sleep(0)
    return jobs


async def test_rule_2_others_overtake_a_long_lane(queue: HashingQueue, hasher: GatedHasher) -> None:
    """Of five of one address, somebody else waits for the one at work and one more."""
    jobs = [*await started(queue, "a", 5), *await started(queue, "b", 1)]
    hasher.let(6)
    await asyncio.gather(*jobs)
    assert hasher.done == ["a0", "a1", "b0", "a2", "a3", "a4"]


async def test_rule_2_lanes_take_turns(queue: HashingQueue, hasher: GatedHasher) -> None:
    """Each address gets one hash in its turn, and what the host does too."""
    jobs = [*await started(queue, "a", 3), *await started(queue, "b", 2), *await started(queue, "", 2)]
    hasher.let(7)
    await asyncio.gather(*jobs)
    assert hasher.done == ["a0", "a1", "b0", "0", "a2", "b1", "1"]


async def test_rule_3_one_address_does_not_fill_the_queue(queue: HashingQueue, hasher: GatedHasher) -> None:
    """Beyond its four it is refused at once and unseen; another address still has room."""
    jobs = await started(queue, "a", 5)
    with pytest.raises(Busy, match="Try again in 2 s") as refused:
        await queue.hash("too much", lane="a")
    assert refused.value.retry_after_s == 2
    with pytest.raises(Busy):
        queue.require_room("a")
    jobs += await started(queue, "b", 2)
    hasher.let(7)
    await asyncio.gather(*jobs)
    assert "too much" not in hasher.done
    queue.require_room("a")


async def test_rule_3_the_longest_lane_gives_way(queue: HashingQueue, hasher: GatedHasher) -> None:
    """When all is full, a newcomer takes the place of the newest of the longest lane."""
    jobs = [*await started(queue, "a", 5), *await started(queue, "b", 2)]
    newcomer = await started(queue, "c", 2)
    with pytest.raises(Busy):
        queue.require_room("b")
    hasher.let(9)
    results = await asyncio.gather(*jobs, *newcomer, return_exceptions=True)
    assert [isinstance(each, Busy) for each in results] == [*[False] * 3, True, True, *[False] * 4]
    assert sorted(hasher.done) == ["a0", "a1", "a2", "b0", "b1", "c0", "c1"]


async def test_rule_4_a_refused_attempt_costs_no_hash(queue: HashingQueue, hasher: GatedHasher) -> None:
    """The gate is asked when its turn comes, after what was before it was judged."""
    gate = FakeGate()

    def answer() -> bool:
        if gate.results.count(False) == 2:
            raise Throttled(60)
        return True

    gate.answer = answer
    jobs = [asyncio.create_task(queue.verify("wrong", "right", lane="a", gate=gate)) for _ in range(5)]
    await asyncio.sleep(0)
    hasher.let(5)
    results = await asyncio.gather(*jobs, return_exceptions=True)
    assert results[:2] == [False, False]
    assert [str(each) for each in results[2:]] == ["Too many attempts. Try again in 60 s."] * 3
    assert hasher.done == ["wrong"] * 2
    assert gate.results == [False, False]


async def test_rule_4_who_waits_for_a_result_holds_up_its_own_lane_only(hasher: GatedHasher) -> None:
    """Two of one count come one after the other, and somebody else's is hashed beside the first."""
    queue = HashingQueue(hasher, threads=2)
    open_now: list[str] = []

    class One(FakeGate):
        def begin(self) -> bool:
            if open_now:
                return False
            open_now.append("")
            return True

        def end(self, is_right: bool | None) -> None:
            open_now.clear()
            super().end(is_right)

    gate = One()
    jobs = [asyncio.create_task(queue.verify(f"a{n}", "a1", lane="a", gate=gate)) for n in range(2)]
    jobs += [asyncio.create_task(queue.verify("b", "b", lane="b"))]
    async with asyncio.timeout(30):
        while len(hasher.begun) < 2:
            await asyncio.sleep(0.001)
    assert sorted(hasher.begun) == ["a0", "b"]
    hasher.let(3)
    assert await asyncio.gather(*jobs) == [False, True, True]
    assert hasher.done.index("a0") < hasher.done.index("a1")
    assert gate.results == [False, True]
    await queue.close()


async def test_rule_5_who_gives_up_is_not_hashed(queue: HashingQueue, hasher: GatedHasher) -> None:
    """A cancelled one leaves its place at once; one at work is counted with its result."""
    gate = FakeGate()
    jobs = [asyncio.create_task(queue.verify("x", "x", lane="a", gate=gate)) for _ in range(5)]
    await asyncio.sleep(0)
    for job in jobs:
        job.cancel()
    await asyncio.wait(jobs)
    queue.require_room("a")
    hasher.let(5)
    await queue.close()
    assert hasher.done == ["x"]
    assert gate.results == [True]


async def test_a_hash_that_fails_is_not_judged(
    queue: HashingQueue, hasher: GatedHasher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its error comes out, its gate is released, and the next one is hashed."""

    def broken(password: str, hashed: str | None) -> bool:
        raise MemoryError

    monkeypatch.setattr(hasher, "verify", broken)
    gate = FakeGate()
    with pytest.raises(MemoryError):
        await queue.verify("x", "x", gate=gate)
    assert gate.results == [None]
    hasher.let()
    assert await queue.hash("next") == "next"


async def test_closing_refuses_who_waits(queue: HashingQueue, hasher: GatedHasher) -> None:
    """What is being hashed is finished, what waits is refused, and the threads end."""
    at_work, *waiting = [*await started(queue, "a", 2), *await started(queue, "b", 1)]
    closing = asyncio.create_task(queue.close())
    await asyncio.sleep(0)
    hasher.let(3)
    await closing
    assert await at_work == "a0"
    for job in waiting:
        with pytest.raises(Busy):
            await job
    with pytest.raises(Busy):
        await queue.hash("12345678")
    assert hasher.done == ["a0"]
    assert not [t for t in threading.enumerate() if t.name.startswith("authws-hash")]


async def test_closing_twice_or_unused_is_fine(hasher: GatedHasher) -> None:
    """A queue that never hashed closes, twice."""
    queue = HashingQueue(hasher)
    await queue.close()
    await queue.close()
