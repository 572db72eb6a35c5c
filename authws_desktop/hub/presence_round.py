"""One round of presence: each client is sent the user list, or what changed in it, as it asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from authws_desktop.hub.client import Client
from authws_desktop.hub.counters import Counters
from authws_desktop.protocol.wire_types import PresenceWish


class PresenceRound:
    """Writes each client its frame: iterating does one client a step, so that the caller may stop in between.

    Attributes:
        receivers: Connections that may get something.
        remote_bytes: Bytes written so far to clients of other computers.

    Args:
        audience: The connections that have authenticated.
        frames: The WebSocket frame that each of them gets; `None` for nothing.
        counters: Totals; raised with each receiver.
    """

    def __init__(
        self, audience: Sequence[Client], frames: Sequence[bytes | None], counters: Counters
    ) -> None:
        self._audience = audience
        self._frames = frames
        self._counters = counters
        self.receivers = len(audience)
        self.remote_bytes = 0

    def __iter__(self) -> Iterator[None]:
        counters, delta = self._counters, PresenceWish.DELTA
        for client, frame in zip(self._audience, self._frames, strict=True):
            if frame is not None and client.is_authenticated:
                size = client.last_frame_bytes = len(frame)
                client.messages_out += 1
                client.bytes_out += size
                if client.presence is delta:
                    # Each change counts; a whole list only matters until there is a newer one.
                    client.peer.write(frame)
                else:
                    client.peer.write_latest(frame)
                counters.messages_out += 1
                counters.bytes_out += size
                counters.presence_bytes += size
                if not client.is_loopback:
                    self.remote_bytes += size
            # The clock is looked at between two receivers (`presence`); with the audience of the round's
            # start, someone who left meanwhile is met here and skipped.
            yield
