"""One sending of the user list to everyone."""

from __future__ import annotations

from collections.abc import Iterator

from authws_desktop.hub.client import Client
from authws_desktop.hub.counters import Counters


class PresenceRound:
    """Writes one user list to everyone, a receiver a step.

    Attributes:
        receivers: How many get it.
        remote_bytes: What went over the network so far.

    Args:
        audience: Who gets it.
        frame: The list.
        counters: Totals, counted along.
    """

    def __init__(self, audience: tuple[Client, ...], frame: bytes, counters: Counters) -> None:
        self._audience = audience
        self._frame = frame
        self._counters = counters
        self.receivers = len(audience)
        self.remote_bytes = 0

    def __iter__(self) -> Iterator[None]:
        frame = self._frame
        size = len(frame)
        for client in self._audience:
            if client.is_authenticated:
                client.messages_out += 1
                client.bytes_out += size
                client.peer.write_latest(frame)
                self._counters.messages_out += 1
                self._counters.bytes_out += size
                self._counters.presence_bytes += size
                if not client.is_loopback:
                    self.remote_bytes += size
            yield
