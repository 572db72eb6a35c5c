"""One direction of a connection that is broken on purpose: what passes through it is late, lost or doubled.

It stands at the connection's edge, in place of the outbox or of the handler of messages, and only while there
are faults: without them nothing is asked. Order is kept, as on a TCP connection.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from authws_desktop.protocol.fault_messages import Faults
from authws_desktop.tasks import CallLater, Timer

Item = TypeVar("Item")


class FaultyLink(Generic[Item]):
    """Passes on what one side sends as a bad network would: late, twice, or not at all.

    Args:
        faults: In force.
        direction: `in` or `out`; both have chances of their own.
        deliver: Gets an item when it is due.
        cut: Breaks the connection.
        limit_bytes: What may wait; more breaks the connection, as with any client that is too slow.
        call_later: Calls a function after so many seconds.
        now: Monotonic seconds.
    """

    def __init__(
        self,
        faults: Faults,
        direction: str,
        deliver: Callable[[Item], None],
        cut: Callable[[], None],
        limit_bytes: int,
        call_later: CallLater,
        now: Callable[[], float],
    ) -> None:
        self._faults = faults
        self._random = random.Random(f"{faults.seed}:{direction}")  # noqa: S311 - to be repeated, not to be secret
        self._random_of_lists = random.Random(f"{faults.seed}:{direction}:lists")  # noqa: S311 - as above
        self._deliver = deliver
        self._cut = cut
        self._limit_bytes = limit_bytes
        self._call_later = call_later
        self._now = now
        self._waiting: deque[tuple[float, int, Item]] = deque()
        self._waiting_bytes = 0
        self._passed_bytes = 0
        self._due_s = 0.0
        self._free_s = 0.0
        self._timer: Timer | None = None

    def take(self, item: Item, size_bytes: int, *, is_list: bool = False) -> None:
        """Pass an item on when it is due, if at all.

        Args:
            item: A message.
            size_bytes: Its size.
            is_list: Whether it is a list of who is here. Lists have chances of their own: how many there are
                is a matter of time, and the same seed must lose the same messages.
        """
        faults, chance = self._faults, (self._random_of_lists if is_list else self._random).random
        # Always the same number of draws: which messages are lost must not depend on the other faults.
        drop, double, jitter = chance(), chance(), chance()
        self._passed_bytes += size_bytes
        if faults.cut_after_bytes and self._passed_bytes > faults.cut_after_bytes:
            self._cut()
            return
        if drop < faults.drop:
            return
        now_s = self._now()
        delay_s = max(0.0, faults.latency_ms + (2 * jitter - 1) * faults.jitter_ms) / 1000
        if faults.bytes_per_s:
            self._free_s = max(now_s, self._free_s) + size_bytes / faults.bytes_per_s
        # Never before the one ahead of it.
        self._due_s = max(self._due_s, now_s + delay_s, self._free_s)
        for _ in range(1 + (double < faults.duplicate)):
            self._waiting.append((self._due_s, size_bytes, item))
            self._waiting_bytes += size_bytes
        if self._waiting_bytes > self._limit_bytes:
            self._cut()
            return
        self._pass_on()

    def end(self) -> None:
        """Pass on what waits, at once and in order; the faults are over."""
        self._stop_timer()
        while self._waiting:
            _, _, item = self._waiting.popleft()
            self._deliver(item)

    def drop(self) -> None:
        """Forget what waits; the connection is gone."""
        self._stop_timer()
        self._waiting.clear()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None

    def _pass_on(self) -> None:
        if self._faults.freeze:
            return
        now_s = self._now()
        while self._waiting and self._waiting[0][0] <= now_s:
            _, size_bytes, item = self._waiting.popleft()
            self._waiting_bytes -= size_bytes
            self._deliver(item)
        if self._waiting and self._timer is None:
            self._timer = self._call_later(self._waiting[0][0] - now_s, self._wake)

    def _wake(self) -> None:
        self._timer = None
        self._pass_on()
