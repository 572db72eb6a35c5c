"""The queue in front of the hasher."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from authws_desktop.accounts.errors import Busy
from authws_desktop.accounts.hashing import HashingPool
from authws_desktop.accounts.passwords import PasswordHasher


class GatedHasher(PasswordHasher):
    """Hashes only once the gate is open."""

    def __init__(self) -> None:
        super().__init__(4)
        self.gate = threading.Event()
        self.started = threading.Semaphore(0)
        self.count = 0

    def hash(self, password: str) -> str:
        """Wait for the gate, then hash."""
        self.started.release()
        self.gate.wait(60)
        self.count += 1
        return super().hash(password)


@pytest.fixture
def hasher() -> GatedHasher:
    """A hasher with its gate closed."""
    return GatedHasher()


@pytest.fixture
async def pool(hasher: GatedHasher) -> AsyncIterator[HashingPool]:
    """One thread, two may wait."""
    pool = HashingPool(hasher, threads=1, max_waiting=2)
    yield pool
    hasher.gate.set()
    await pool.close()


async def started(count: int, pool: HashingPool) -> list[asyncio.Task[str]]:
    """Start hashes and let each reach the queue."""
    jobs = [asyncio.create_task(pool.hash("12345678")) for _ in range(count)]
    await asyncio.sleep(0)
    return jobs


async def test_a_full_queue_refuses_at_once(pool: HashingPool, hasher: GatedHasher) -> None:
    """Beyond the limit `Busy` comes without waiting, and there is room again afterwards."""
    jobs = await started(3, pool)
    with pytest.raises(Busy, match="Try again in 1 s") as refused:
        await pool.hash("12345678")
    assert refused.value.retry_after_s == 1
    hasher.gate.set()
    assert all(result.startswith("$2b$04$") for result in await asyncio.gather(*jobs))
    assert await pool.hash("12345678")


async def test_a_cancelled_hash_holds_its_place_until_it_ends(pool: HashingPool, hasher: GatedHasher) -> None:
    """Giving up on hashes does not let more than the limit into the queue."""
    jobs = await started(3, pool)
    for job in jobs:
        job.cancel()
    await asyncio.wait(jobs)
    with pytest.raises(Busy):
        pool.require_room()
    hasher.gate.set()
    await pool.close()
    assert hasher.count <= 3


async def test_closing_refuses_who_waits(pool: HashingPool, hasher: GatedHasher) -> None:
    """What is being hashed is finished, what waits is refused, and the threads end."""
    at_work, waiting = await started(2, pool)
    hasher.started.acquire(timeout=60)
    closing = asyncio.create_task(pool.close())
    await asyncio.sleep(0)
    hasher.gate.set()
    await closing
    assert await at_work
    with pytest.raises(Busy):
        await waiting
    with pytest.raises(Busy):
        await pool.hash("12345678")
    assert not [t for t in threading.enumerate() if t.name.startswith("authws-hash")]


async def test_closing_twice_or_unused_is_fine(hasher: GatedHasher) -> None:
    """A pool that never hashed closes, twice."""
    pool = HashingPool(hasher)
    await pool.close()
    await pool.close()
