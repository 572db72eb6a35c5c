"""The thread that talks to the database: one job after the other, off the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from authws_desktop.accounts.errors import StoreError, StoreFailure

T = TypeVar("T")


class SqlThread:
    """Runs blocking work in order; the results reach the loop in the same order."""

    def __init__(self) -> None:
        self._executor: ThreadPoolExecutor | None = None

    @property
    def is_running(self) -> bool:
        """Whether work is taken on."""
        return self._executor is not None

    def start(self) -> None:
        """Take on work from now on."""
        self._executor = ThreadPoolExecutor(1, "authws-sql")

    async def run(self, work: Callable[[], T], then: Callable[[T], None] | None = None) -> T:
        """Run blocking work in its turn. Cancelling only gives up waiting for it.

        Args:
            work: Runs in the thread.
            then: Gets the result on the loop, before this returns, and also if the caller was cancelled.

        Raises:
            StoreError: The thread was stopped.
        """
        if self._executor is None:
            raise StoreError(StoreFailure.OTHER, "The accounts database is closed.")

        def on_done(done: asyncio.Future[T]) -> None:
            if not done.cancelled() and done.exception() is None and then is not None:
                then(done.result())

        job = asyncio.wrap_future(self._executor.submit(work))
        job.add_done_callback(on_done)
        # Unlike awaiting the job itself, this leaves it running when the caller is cancelled.
        await asyncio.wait([job])
        return job.result()

    async def stop(self, last_work: Callable[[], None]) -> None:
        """Finish what was taken on, then `last_work`, and end the thread; may be called twice."""
        if self._executor is not None:
            await self.run(last_work)
        if self._executor is not None:
            self._executor.shutdown(wait=True)
            self._executor = None
