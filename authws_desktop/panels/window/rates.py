"""Rates from totals: how many a second, over the last second or so."""

from __future__ import annotations

from collections import deque

WINDOW_S = 1.0


class RateMeter:
    """Turns readings of a total into a rate.

    Attributes:
        per_second: The rate over the last `WINDOW_S`; 0 before the second reading.
    """

    def __init__(self) -> None:
        self.per_second = 0.0
        self._readings: deque[tuple[float, int]] = deque()

    def read(self, now_s: float, total: int) -> float:
        """Take a reading and return the rate.

        Args:
            now_s: Monotonic clock, seconds.
            total: The total now; a smaller one than before starts anew.
        """
        readings = self._readings
        if readings and total < readings[-1][1]:
            readings.clear()
        readings.append((now_s, total))
        # The newest reading that is a whole window old stays, as the start of the window.
        while len(readings) > 2 and readings[1][0] <= now_s - WINDOW_S:
            readings.popleft()
        passed_s = now_s - readings[0][0]
        self.per_second = (total - readings[0][1]) / passed_s if passed_s > 0 else 0.0
        return self.per_second
