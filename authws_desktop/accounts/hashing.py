"""The queue in front of the password hasher: threads, a limit on who waits, and a clean end."""

from __future__ import annotations

import asyncio
import math
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from authws_desktop.accounts.errors import Busy
from authws_desktop.accounts.passwords import PasswordHasher

MAX_WAITING = 64
"""Hashes that may wait beside those at work."""
HASH_TIME_S = 0.25
"""What one hash takes at cost 12, for estimating a wait."""

T = TypeVar("T")


class HashingPool:
    """Hashes passwords off the event loop. Used from the loop's thread only.

    Args:
        hasher: Does the work; called from several threads.
        threads: How many work at once; one a processor if omitted.
        max_waiting: How many may wait beside them.
    """

    def __init__(
        self, hasher: PasswordHasher, *, threads: int | None = None, max_waiting: int = MAX_WAITING
    ) -> None:
        self._hasher = hasher
        self._threads = threads or os.cpu_count() or 1
        self._max_waiting = max_waiting
        self._executor: ThreadPoolExecutor | None = None
        self._jobs: set[asyncio.Future[Any]] = set()
        self._is_closing = threading.Event()

    @property
    def thread_count(self) -> int:
        """How many passwords are hashed at once."""
        return self._threads

    @property
    def is_closing(self) -> bool:
        """Whether nothing is taken on any more."""
        return self._is_closing.is_set()

    async def hash(self, password: str) -> str:
        """Return a password's hash.

        Cancelling gives up the result; the hash that is at work ends by itself.

        Raises:
            Busy: Too many wait already.
        """
        return await self._run(lambda: self._hasher.hash(password))

    async def verify(self, password: str, hashed: str | None) -> bool:
        """Tell whether a password belongs to a hash; an unknown user's (`None`) costs the same.

        Raises:
            Busy: Too many wait already.
        """
        return await self._run(lambda: self._hasher.verify(password, hashed))

    def require_room(self) -> None:
        """Check that one more hash would be taken on.

        Raises:
            Busy: Too many wait already, or the pool is closing.
        """
        if self._is_closing.is_set() or len(self._jobs) >= self._threads + self._max_waiting:
            raise Busy(max(1, math.ceil(len(self._jobs) * HASH_TIME_S / self._threads)))

    async def close(self) -> None:
        """Let the hashes at work end, refuse those that wait, and end the threads."""
        self._is_closing.set()
        if self._jobs:
            await asyncio.wait(set(self._jobs))
        if self._executor is not None:
            self._executor.shutdown(wait=True)
            self._executor = None

    async def _run(self, work: Callable[[], T]) -> T:
        self.require_room()
        if self._executor is None:
            self._executor = ThreadPoolExecutor(self._threads, "authws-hash")
        job = asyncio.wrap_future(self._executor.submit(self._work_unless_closing, work))
        self._jobs.add(job)
        job.add_done_callback(self._on_done)
        # Unlike awaiting the job itself, this leaves it running when the caller is cancelled.
        await asyncio.wait([job])
        return job.result()

    def _work_unless_closing(self, work: Callable[[], T]) -> T:
        if self._is_closing.is_set():
            raise Busy(1)
        return work()

    def _on_done(self, job: asyncio.Future[Any]) -> None:
        self._jobs.discard(job)
        if not job.cancelled():
            job.exception()  # a caller that was cancelled will not ask
