"""Writing frames to connections: counted, recorded, and followed where they wait."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from authws_desktop.hub.client import Client
from authws_desktop.hub.counters import Counters
from authws_desktop.protocol.framing import text_frame
from authws_desktop.traffic.record import Direction, HeldFrame, Kind
from authws_desktop.traffic.recorder import Recorder


class FrameWriter:
    """Writes to connections.

    Attributes:
        counters: Totals; raised with each write.
        recorder: Gets a record of each answer.
        monotonic: Monotonic clock, seconds.
    """

    def __init__(self, recorder: Recorder, monotonic: Callable[[], float]) -> None:
        self.counters = Counters()
        self.recorder = recorder
        self.monotonic = monotonic

    def write(self, receivers: Sequence[Client], frame: bytes) -> tuple[HeldFrame, ...]:
        """Write a WebSocket frame to each receiver; return what could not be written at once."""
        size = len(frame)
        held: list[HeldFrame] = []
        for client in receivers:
            client.messages_out += 1
            client.bytes_out += size
            client.last_frame_bytes = size
            # Asked at once: `watch` means the frame that was written last.
            if not client.peer.write(frame):
                held.append(self._hold(client))
        self.counters.messages_out += len(receivers)
        self.counters.bytes_out += len(receivers) * size
        return tuple(held)

    def send(
        self,
        client: Client,
        kind: Kind,
        payload: bytes,
        *,
        outcome: str = "",
        detail: str = "",
        is_searched: bool = False,
    ) -> None:
        """Send one client an answer of the server, and record it.

        Args:
            client: The receiver.
            kind: The payload's kind, for the record.
            payload: A whole server message, JSON.
            outcome: An error code, for errors.
            detail: A sentence, for errors.
            is_searched: See `Recorder.add`.
        """
        self.write((client,), text_frame(payload))
        self.recorder.add(
            Direction.OUT,
            kind,
            client.identity,
            payload,
            to=client.username or client.client_id,
            recipients=1,
            outcome=outcome,
            detail=detail,
            is_searched=is_searched,
        )

    def write_watched(self, client: Client, frame: bytes, held: HeldFrame) -> bool:
        """Write a WebSocket frame to one connection.

        Args:
            client: The connection.
            frame: The frame.
            held: Is told what becomes of it, if it waits.

        Returns:
            `False` if it waits.
        """
        client.messages_out += 1
        client.bytes_out += len(frame)
        client.last_frame_bytes = len(frame)
        self.counters.messages_out += 1
        self.counters.bytes_out += len(frame)
        if client.peer.write(frame):
            return True
        client.peer.watch(held)
        return False

    def _hold(self, client: Client) -> HeldFrame:
        """Follow the frame that a client's connection has just not written."""
        held = HeldFrame(client.identity, self.monotonic())
        client.peer.watch(held)
        return held
