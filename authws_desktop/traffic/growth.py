"""Lets coroutines wait for the ring to grow, at no cost while none does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import perf_counter

from authws_desktop.traffic.ring import TrafficRing

WAKE_S = 0.01
BUSY_WAKE_S = 0.1
"""Whoever waits is woken together: soon after a record that comes alone, and under load so seldom that waking
eight of them costs little of the server's time. A record itself costs no more than a flag."""
PASSING_S = 0.002
"""Time for asking who waits for something else, at one turn of the loop; the others are woken."""

PassOver = Callable[[], bool]
"""Tells whether all that is new is nothing to whoever waits, in bounded time; see `RingSearch.pass_over`."""


class Growth:
    """Wakes whoever waits for records. Used on the loop only.

    Args:
        ring: The records.
    """

    def __init__(self, ring: TrafficRing) -> None:
        self._ring = ring
        self._waiting: dict[asyncio.Future[None], PassOver | None] = {}
        self._is_due = False
        self._ends = 0
        self._woken_s = -BUSY_WAKE_S * 2  # as if long ago

    @property
    def ends(self) -> int:
        """How often `end` was called; whoever waits goes home when it moves."""
        return self._ends

    async def wait(self, number: int, pass_over: PassOver | None = None) -> None:
        """Return once the ring holds a record behind a number, or `end` was called.

        Args:
            number: The last record seen.
            pass_over: Asked before this returns, which then goes on waiting if it says so: to wake a task
                costs more than to look at some rows.
        """
        if self._ring.last_number > number:
            return
        woken = asyncio.get_running_loop().create_future()
        self._waiting[woken] = pass_over
        if not self._is_due:
            self._ring.on_added = self._wake_soon
        try:
            await woken
        finally:
            self._waiting.pop(woken, None)

    def end(self) -> None:
        """Wake everybody: the server stops."""
        self._ends += 1
        for woken in list(self._waiting):
            self._wake(woken)

    def _wake_soon(self) -> None:
        # Until they were woken, further records call nobody.
        self._ring.on_added = None
        self._is_due = True
        loop = asyncio.get_running_loop()
        is_busy = loop.time() - self._woken_s < 2 * BUSY_WAKE_S
        loop.call_later(BUSY_WAKE_S if is_busy else WAKE_S, self._wake_grown)

    def _wake_grown(self) -> None:
        self._woken_s = asyncio.get_running_loop().time()
        self._is_due = False
        until_s = perf_counter() + PASSING_S
        for woken, pass_over in list(self._waiting.items()):
            if pass_over is None or perf_counter() >= until_s or not pass_over():
                self._wake(woken)
        if self._waiting:
            self._ring.on_added = self._wake_soon

    def _wake(self, woken: asyncio.Future[None]) -> None:
        del self._waiting[woken]
        if not woken.done():  # else it was cancelled, and its task had no turn yet
            woken.set_result(None)
