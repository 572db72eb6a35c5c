"""How often an address may register: events in a sliding window. Failed logins are in `growing_waits`.

Pure: the clock is passed in. Memory is bounded however many addresses an attacker brings.
"""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from collections.abc import Callable

from authws_desktop.accounts.errors import Throttled
from authws_desktop.accounts.networks import network_of

WINDOW_S = 15 * 60.0
MAX_KEYS = 10_000
MAX_EVENTS = 200_000
KEY_MAX_CHARS = 128


class SlidingWindow:
    """Counts events by key in the last 15 minutes.

    When there are too many keys or events, the keys that were quiet longest are forgotten.

    Args:
        now: The clock, seconds.
        max_keys: Keys remembered at most.
        max_events: Events remembered at most, over all keys.
    """

    def __init__(
        self,
        now: Callable[[], float],
        *,
        max_keys: int = MAX_KEYS,
        max_events: int = MAX_EVENTS,
    ) -> None:
        self._now = now
        self._max_keys = max_keys
        self._max_events = max_events
        self._events: OrderedDict[str, deque[float]] = OrderedDict()
        self._event_count = 0

    def __len__(self) -> int:
        return len(self._events)

    def wait_s(self, key: str, limit: int) -> int:
        """Return how long `key` has to wait, 0 if it need not.

        Args:
            key: The key that is counted, such as an address.
            limit: Events allowed in the window; 0 switches the limit off.

        Returns:
            Whole seconds, rounded up.
        """
        if limit <= 0:
            return 0
        events = self._recent(key[:KEY_MAX_CHARS])
        if events is None or len(events) < limit:
            return 0
        # The event whose leaving the window makes room: the oldest, unless the host has lowered the limit.
        return max(1, math.ceil(events[len(events) - limit] + WINDOW_S - self._now()))

    def record(self, key: str) -> None:
        """Count one event."""
        # Keys are cut: what strangers send must not decide how much memory one takes.
        key = key[:KEY_MAX_CHARS]
        self._recent(key)
        self._events.setdefault(key, deque()).append(self._now())
        self._events.move_to_end(key)
        self._event_count += 1
        self._trim()

    def clear(self, key: str) -> None:
        """Forget the events of one key."""
        self._event_count -= len(self._events.pop(key[:KEY_MAX_CHARS], ()))

    def _recent(self, key: str) -> deque[float] | None:
        """Return a key's events without those that left the window; none: `None`."""
        events = self._events.get(key)
        if events is None:
            return None
        now = self._now()
        if events[-1] > now:
            # The clock jumped back: nobody waits longer than a window for it.
            events = self._events[key] = deque(min(time, now) for time in events)
        while events and events[0] <= now - WINDOW_S:
            events.popleft()
            self._event_count -= 1
        if not events:
            del self._events[key]
            return None
        return events

    def _trim(self) -> None:
        oldest = next(iter(self._events))
        while len(self._events) > 1 and self._is_over(oldest):
            self.clear(oldest)
            oldest = next(iter(self._events))
        if self._event_count > self._max_events:  # one key alone holds them all
            self._events[oldest].popleft()
            self._event_count -= 1

    def _is_over(self, oldest: str) -> bool:
        is_stale = self._events[oldest][-1] <= self._now() - WINDOW_S
        return is_stale or len(self._events) > self._max_keys or self._event_count > self._max_events


class RegisterThrottle:
    """Registrations per address.

    Args:
        now: The clock, seconds.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._by_address = SlidingWindow(now)

    def check(self, address: str, limit: int) -> None:
        """Refuse a registration after too many.

        Raises:
            Throttled: It is refused; says for how long.
        """
        if address and (wait_s := self._by_address.wait_s(network_of(address), limit)):
            raise Throttled(wait_s)

    def record(self, address: str) -> None:
        """Count a registration."""
        if address:
            self._by_address.record(network_of(address))
