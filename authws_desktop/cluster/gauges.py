"""How busy a node is: what it tells the others of itself with each beat."""

from __future__ import annotations

import time
from collections.abc import Callable

from authws_desktop.hub.hub import Hub


class Gauges:
    """This node's messages a second, measured between two beats.

    Attributes:
        in_s, out_s: Messages that came from clients, and frames that went to them, a second.

    Args:
        hub: Counts them.
        monotonic: Monotonic clock, seconds.
    """

    def __init__(self, hub: Hub, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._hub = hub
        self._monotonic = monotonic
        self._last = monotonic(), hub.counters.messages_in, hub.counters.messages_out
        self.in_s = self.out_s = 0

    def look(self) -> None:
        """Measure from the last look to now."""
        now, counters = self._monotonic(), self._hub.counters
        last_s, messages_in, messages_out = self._last
        span_s = max(now - last_s, 0.001)
        self.in_s = round((counters.messages_in - messages_in) / span_s)
        self.out_s = round((counters.messages_out - messages_out) / span_s)
        self._last = now, counters.messages_in, counters.messages_out
