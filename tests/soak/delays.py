"""How long deliveries took: counted by the millisecond, so that hours of them take no room."""

from __future__ import annotations

from collections import Counter


class Delays:
    """Delays of deliveries.

    Attributes:
        worst_ms: The longest.
    """

    def __init__(self) -> None:
        self.worst_ms = 0.0
        self._counts: Counter[int] = Counter()

    def add(self, delay_ms: float) -> None:
        """Note one."""
        self.worst_ms = max(self.worst_ms, delay_ms)
        self._counts[int(delay_ms)] += 1

    def within_ms(self, share: float) -> int:
        """Return the least whole number of milliseconds within which a share of the deliveries came."""
        wanted = share * self._counts.total()
        reached = 0
        for delay_ms in sorted(self._counts):
            reached += self._counts[delay_ms]
            if reached >= wanted:
                return delay_ms + 1
        return 0
