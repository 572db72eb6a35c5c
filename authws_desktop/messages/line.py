"""The one thread that touches the kept messages, and the order in which its results reach the loop.

Rules, which recovery relies on:

1. One thread, one job after the other, in the order in which they were asked for. Messages that come while a
   commit is under way are the next commit, all of them together; what is asked for behind a message is done
   behind its commit. So whoever asks what was missed finds all that was taken before.
2. Results reach the loop in that same order, and one at a time: where a job that reads has seen a message,
   that message was delivered before the job's result is looked at; where it has not, it is delivered after.
3. Results are handled in slices of time: a large commit delivers to thousands without holding up the loop.
4. Both queues are bounded; beyond that nothing is taken.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection

from authws_desktop.accounts.errors import StoreError, StoreFailure
from authws_desktop.accounts.store.database import Database
from authws_desktop.messages import store
from authws_desktop.messages.kept import Kept

log = logging.getLogger(__name__)
T = TypeVar("T")
Failed = Callable[[StoreError], None]

MAX_MESSAGES = 20_000
MAX_BYTES = 64 * 1024 * 1024
"""What waits to be stored; a disk that is slower than people talk must not fill the memory."""
MAX_JOBS = 2000
"""Reads and changes that wait; one client may have several under way (`history.MAX_AT_ONCE`)."""
BATCH_MESSAGES = 1000
BATCH_BYTES = 8 * 1024 * 1024
"""Of one commit; what is read in the meantime waits for all of it."""
SLICE_S = 0.004
"""Longest stretch of handling results before other work gets its turn."""


class Line:
    """Runs all work on kept messages in one thread, and hands results to the loop by the rules above.

    Args:
        database: Open, and kept open until `close` has returned.
        most: Tells how many messages are kept.
    """

    def __init__(self, database: Database, most: Callable[[], int]) -> None:
        self._database = database
        self._most = most
        self._loop = asyncio.get_running_loop()
        self._thread = ThreadPoolExecutor(1, "authws-messages")
        self._batch: list[tuple[Kept, Callable[[], None], Failed]] = []
        self._batch_bytes = 0
        # Jobs that wait for messages, each with how many must have been handed to the thread before it; and
        # how many were taken, and handed to it, so far.
        self._behind: deque[tuple[int, Callable[[], None]]] = deque()
        self._taken = self._submitted = 0
        self._is_committing = False
        self._jobs = 0
        self._results: deque[Callable[[], None]] = deque()
        self._is_handling = False
        self._idle: asyncio.Event = asyncio.Event()
        self._idle.set()

    @property
    def is_full(self) -> bool:
        """Whether nothing more can be taken just now."""
        # What is stored and not delivered yet counts as well: it is still in memory.
        waiting = len(self._batch) + len(self._results)
        jobs = self._jobs + len(self._behind)
        return waiting >= MAX_MESSAGES or self._batch_bytes >= MAX_BYTES or jobs >= MAX_JOBS

    def keep(self, message: Kept, then: Callable[[], None], failed: Failed) -> None:
        """Store a message.

        Args:
            message: Gets its number.
            then: Called on the loop once it is stored.
            failed: Called on the loop if it cannot be.
        """
        self._batch.append((message, then, failed))
        self._taken += 1
        self._batch_bytes += len(message.content)
        if not self._is_committing:
            self._is_committing = True
            self._idle.clear()
            # At the end of this turn: all that the sockets brought in it is one commit.
            self._loop.call_soon(self._commit)

    def read(self, work: Callable[[Connection], T], then: Callable[[T], None], failed: Failed) -> None:
        """Read in its turn; see `change`."""

        def job() -> T:
            with self._database.reading() as db:
                return work(db)

        self._run_in_turn(job, then, failed)

    def change(self, work: Callable[[Connection], T], then: Callable[[T], None], failed: Failed) -> None:
        """Change what is stored, in its turn.

        Args:
            work: Runs in the thread, in a transaction.
            then: Gets its result on the loop.
            failed: Called on the loop if the database cannot be used.
        """

        def job() -> T:
            with self._database.writing() as db:
                return work(db)

        self._run_in_turn(job, then, failed)

    async def ask(self, work: Callable[[Connection], T], *, is_change: bool = False) -> T:
        """Read or change, and wait for the result.

        Raises:
            StoreError: The database cannot be used.
        """
        answer: asyncio.Future[T] = self._loop.create_future()

        def then(result: T) -> None:
            # Whoever asked may have been cancelled meanwhile.
            if not answer.done():
                answer.set_result(result)

        def failed(error: StoreError) -> None:
            if not answer.done():
                answer.set_exception(error)

        (self.change if is_change else self.read)(work, then, failed)
        return await answer

    async def close(self) -> None:
        """Finish all that was asked for, and end the thread."""
        # Nothing is cut off: whoever sent a message must still be told that it is kept, or is not.
        await self._idle.wait()
        self._thread.shutdown(wait=True)

    # Committing

    def _commit(self) -> None:
        # Bounded: what is read in the meantime waits for the whole commit.
        batch, size = self._batch[:BATCH_MESSAGES], 0
        for count, (message, _, _) in enumerate(batch, 1):
            size += len(message.content)
            if size >= BATCH_BYTES:
                batch = batch[:count]
                break
        del self._batch[: len(batch)]
        self._batch_bytes -= size
        most = self._most()

        def job() -> int:
            with self._database.writing_often() as driver:
                return store.add(driver, [message for message, _, _ in batch], most)

        def kept(_last: int) -> None:
            self._results.extend(then for _, then, _ in batch)
            self._go_on()

        def failed(error: StoreError) -> None:
            self._results.extend(partial(failed, error) for _, _, failed in batch)
            self._go_on()

        self._run(job, kept, failed, is_direct=True)
        self._submitted += len(batch)
        while self._behind and self._behind[0][0] <= self._submitted:
            self._behind.popleft()[1]()

    def _go_on(self) -> None:
        """Commit what came meanwhile."""
        if self._batch:
            self._commit()
        else:
            self._is_committing = False

    # The thread

    def _run_in_turn(self, job: Callable[[], T], then: Callable[[T], None], failed: Failed) -> None:
        """Run a job behind the messages that were taken before it."""
        if self._batch:
            self._behind.append((self._taken, partial(self._run, job, then, failed)))
        else:
            self._run(job, then, failed)

    def _run(
        self, job: Callable[[], T], then: Callable[[T], None], failed: Failed, *, is_direct: bool = False
    ) -> None:
        self._jobs += 1
        self._idle.clear()

        def on_done(done: Future[T]) -> None:
            # Runs in the thread, in the order of the jobs, as does the loop what it is handed here (rule 2).
            self._loop.call_soon_threadsafe(on_loop, done)

        def on_loop(done: Future[T]) -> None:
            self._jobs -= 1
            handle = (
                partial(failed, _told(error)) if (error := done.exception()) else partial(then, done.result())
            )
            # A commit's result only puts what follows from it into the queue, behind what is there already.
            if is_direct:
                handle()
            else:
                self._results.append(handle)
            self._handle_results()

        self._thread.submit(job).add_done_callback(on_done)

    def _handle_results(self) -> None:
        # One handling at a time: a result may ask for something new, but never overtakes another one.
        if not self._is_handling:
            self._handle_slice()

    def _handle_slice(self) -> None:
        self._is_handling = True
        until_s = time.monotonic() + SLICE_S
        try:
            while self._results and time.monotonic() < until_s:
                self._results.popleft()()
        finally:
            # In `finally`: a result that fails must not keep those behind it, nor `close`, waiting.
            if self._results:
                self._loop.call_soon(self._handle_slice)
            else:
                self._is_handling = False
                if not self._jobs and not self._is_committing:
                    self._idle.set()


def _told(error: BaseException) -> StoreError:
    """Return an error of the thread as one that callers know; a mistake of ours is logged."""
    if isinstance(error, StoreError):
        return error
    log.error("Kept messages: a job failed", exc_info=error)
    return StoreError(
        StoreFailure.OTHER, "The kept messages cannot be used because of a mistake in the program."
    )
