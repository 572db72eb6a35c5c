"""What went on in the last two minutes, a point a second. No Qt."""

from __future__ import annotations

from collections import deque
from enum import IntEnum

POINTS = 120


class Series(IntEnum):
    """What is counted."""

    MESSAGES_OUT = 0
    MESSAGES_IN = 1
    CONNECTIONS = 2


class Activity:
    """Rates of messages, and how many are connected.

    Attributes:
        revision: Changes with every point.
    """

    def __init__(self) -> None:
        self.revision = 0
        self._values = {series: deque([0.0] * POINTS, maxlen=POINTS) for series in Series}
        self._last: tuple[float, int, int] | None = None

    def read(self, now_s: float, messages_in: int, messages_out: int, connections: int) -> None:
        """Take a reading; each whole second since the last one gets a point.

        Args:
            now_s: Monotonic clock, seconds.
            messages_in: All received so far.
            messages_out: All sent so far.
            connections: How many are connected now.
        """
        if self._last is None:
            self._last = (now_s, messages_in, messages_out)
        last_s, last_in, last_out = self._last
        seconds = int(now_s - last_s)
        if seconds < 1:
            return
        passed_s = now_s - last_s
        # Nobody looked for a while: what passed is spread over that time.
        for series, value in (
            (Series.MESSAGES_IN, max(0, messages_in - last_in) / passed_s),
            (Series.MESSAGES_OUT, max(0, messages_out - last_out) / passed_s),
            (Series.CONNECTIONS, float(connections)),
        ):
            self._values[series].extend([value] * min(seconds, POINTS))
        self._last = (now_s, messages_in, messages_out)
        self.revision += 1

    def values(self, series: Series) -> list[float]:
        """Return the points, oldest first."""
        return list(self._values[series])

    def highest(self, series: Series) -> float:
        """Return the highest point."""
        return max(self._values[series])

    def newest(self, series: Series) -> float:
        """Return the newest point."""
        return self._values[series][-1]
