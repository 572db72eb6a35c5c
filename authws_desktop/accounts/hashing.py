"""The fair queue in front of the password hasher.

Rules:

1. As many passwords are hashed at once as there are processors; the others wait in lanes, one for each
   address (one more for what the host does).
2. When a thread is free, the lanes take turns: whoever comes from another address waits for one hash
   of each lane at most, however many wait in one.
3. A lane holds `MAX_WAITING_PER_LANE`, all lanes together `MAX_WAITING`. When all are full, the newest of
   the longest lane gives way to somebody with a shorter one. Who finds no room gets `Busy` at once.
4. An attempt is asked just before it is hashed (`Gate.begin`), and told its result before the next one is
   chosen (`Gate.end`). One that is refused costs no hash; one that must wait for others' results
   lets the other lanes go first.
5. Whoever gives up while waiting is not hashed. A hash that is at work ends by itself, and its result
   counts.
"""

from __future__ import annotations

import asyncio
import math
import os
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from authws_desktop.accounts.errors import Busy, Throttled
from authws_desktop.accounts.passwords import PasswordHasher

MAX_WAITING = 128
"""Hashes that may wait beside those at work."""
MAX_WAITING_PER_LANE = 32
"""Of one address: a class behind one router logs in together."""
HASH_TIME_S = 0.25
"""What one hash takes at cost 12, for estimating a wait."""

T = TypeVar("T")


class Gate(Protocol):
    """Counts one attempt before and after its hash (rule 4). Called on the loop."""

    def begin(self) -> bool:
        """Tell whether it may be hashed now; raises `Throttled` to refuse it."""

    def end(self, is_right: bool | None) -> None:
        """Take its result; `None` if it could not be judged."""


@dataclass(eq=False)
class _Job(Generic[T]):
    """One password that waits to be hashed.

    Attributes:
        work: Runs in a thread.
        result: For whoever waits.
        gate: Is asked before and told after; `None` where nothing is counted.
    """

    work: Callable[[], T]
    result: asyncio.Future[T]
    gate: Gate | None


class HashingQueue:
    """Hashes passwords off the event loop. Used from the loop's thread only.

    Args:
        hasher: Does the work; called from several threads.
        threads: How many work at once; one a processor if omitted.
        max_waiting: Most passwords that may wait beside those at work.
        max_waiting_per_lane: Most that may wait from one address.
    """

    def __init__(
        self,
        hasher: PasswordHasher,
        *,
        threads: int | None = None,
        max_waiting: int = MAX_WAITING,
        max_waiting_per_lane: int = MAX_WAITING_PER_LANE,
    ) -> None:
        self._hasher = hasher
        self._threads = threads or os.cpu_count() or 1
        self._max_waiting = max_waiting
        self._max_waiting_per_lane = max_waiting_per_lane
        self._executor: ThreadPoolExecutor | None = None
        self._lanes: OrderedDict[str, deque[_Job[Any]]] = OrderedDict()
        self._waiting = 0
        self._at_work: set[asyncio.Future[Any]] = set()
        self._is_closing = False

    @property
    def thread_count(self) -> int:
        """How many passwords are hashed at once."""
        return self._threads

    @property
    def is_closing(self) -> bool:
        """Whether the queue is closing, and refuses new passwords."""
        return self._is_closing

    async def hash(self, password: str, *, lane: str = "") -> str:
        """Return a password's hash.

        Args:
            password: The password.
            lane: The network it comes from; empty for an act of the host.

        Raises:
            Busy: Too many wait already.
        """
        return await self._run(lambda: self._hasher.hash(password), lane, None)

    async def verify(
        self, password: str, hashed: str | None, *, lane: str = "", gate: Gate | None = None
    ) -> bool:
        """Tell whether a password belongs to a hash; an unknown user's (`None`) costs the same.

        Args:
            password: The password.
            hashed: The stored hash.
            lane: The network it comes from.
            gate: Is asked before the hash, and told the result.

        Raises:
            Busy: Too many wait already.
            Throttled: The gate refused it.
        """
        return await self._run(lambda: self._hasher.verify(password, hashed), lane, gate)

    def require_room(self, lane: str = "") -> None:
        """Check that one more hash would be taken on.

        Raises:
            Busy: Too many wait already, or the queue is closing.
        """
        if self._is_closing or not self._has_room(lane):
            raise self._busy()

    async def close(self) -> None:
        """Let the hashes at work end, refuse those that wait, and end the threads."""
        self._is_closing = True
        # Those that wait go first: each hash that ends would begin the next one.
        for lane in list(self._lanes):
            while lane in self._lanes:
                self._refuse(self._take(lane, 0), Busy(1))
        if self._at_work:
            # A copy: each that ends takes itself out.
            await asyncio.wait(set(self._at_work))
        if self._executor is not None:
            self._executor.shutdown(wait=True)
            self._executor = None

    async def _run(self, work: Callable[[], T], lane: str, gate: Gate | None) -> T:
        self.require_room(lane)
        # Rule 3: `require_room` found that another lane is longer by two at least; its newest pays.
        if len(self._at_work) >= self._threads and self._waiting >= self._max_waiting:
            self._refuse(self._take(self._longest(), -1), self._busy())
        result: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        job = _Job(work, result, gate)
        self._lanes.setdefault(lane, deque()).append(job)
        self._waiting += 1
        self._dispatch()
        try:
            return await result
        except asyncio.CancelledError:
            # Still waiting: it leaves the lane and costs no hash. At work: a thread cannot be stopped, so
            # `_on_done` counts the result.
            jobs = self._lanes.get(lane, ())
            if job in jobs:
                self._take(lane, jobs.index(job))
            raise

    def _has_room(self, lane: str) -> bool:
        if len(self._at_work) < self._threads:
            return True
        own = len(self._lanes.get(lane, ()))
        if own >= self._max_waiting_per_lane:
            return False
        return self._waiting < self._max_waiting or len(self._lanes[self._longest()]) > own + 1

    def _longest(self) -> str:
        return max(self._lanes, key=lambda lane: len(self._lanes[lane]))

    def _busy(self) -> Busy:
        return Busy(max(1, math.ceil((self._waiting + self._threads) * HASH_TIME_S / self._threads)))

    def _take(self, lane: str, index: int) -> _Job[Any]:
        """Take a job out of its lane; an empty lane goes."""
        jobs = self._lanes[lane]
        job = jobs[index]
        del jobs[index]
        self._waiting -= 1
        if not jobs:
            del self._lanes[lane]
        return job

    def _refuse(self, job: _Job[Any], error: Exception) -> None:
        if not job.result.done():
            job.result.set_exception(error)

    def _dispatch(self) -> None:
        """Hand the next ones to the threads that are free."""
        while len(self._at_work) < self._threads and (job := self._next()) is not None:
            self._start(job)

    def _next(self) -> _Job[Any] | None:
        """Take the first job that may begin, of the lane whose turn it is."""
        # A copy: a lane whose last job is refused goes.
        for lane in list(self._lanes):
            while lane in self._lanes:
                head = self._lanes[lane][0]
                try:
                    if head.gate is not None and not head.gate.begin():
                        break  # something it waits for is at work, and its end brings us back here
                except Throttled as refusal:
                    self._refuse(self._take(lane, 0), refusal)
                    continue
                self._take(lane, 0)
                if lane in self._lanes:
                    self._lanes.move_to_end(lane)  # the others' turn
                return head
        return None

    def _start(self, job: _Job[Any]) -> None:
        if self._executor is None:
            self._executor = ThreadPoolExecutor(self._threads, "authws-hash")
        future = asyncio.wrap_future(self._executor.submit(job.work))
        self._at_work.add(future)
        future.add_done_callback(lambda done: self._on_done(job, done))

    def _on_done(self, job: _Job[Any], done: asyncio.Future[Any]) -> None:
        """Tell the gate first: the next attempt is judged by what this one was."""
        self._at_work.discard(done)
        error = None if done.cancelled() else done.exception()
        outcome = None if done.cancelled() or error is not None else done.result()
        if job.gate is not None:
            job.gate.end(outcome)
        if not job.result.done():  # else whoever waited gave up
            if error is not None:
                job.result.set_exception(error)
            elif done.cancelled():
                job.result.cancel()
            else:
                job.result.set_result(outcome)
        self._dispatch()
