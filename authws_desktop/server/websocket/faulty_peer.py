"""The sending side of a connection with faults: the hub writes to it in place of the outbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from websockets.frames import Frame, Opcode

from authws_desktop.protocol.codes import CloseCode
from authws_desktop.protocol.framing import payload_of
from authws_desktop.server.websocket.faulty_link import FaultyLink
from authws_desktop.server.websocket.outbox import Outbox
from authws_desktop.traffic.record import HeldFrame


class FaultyPeer:
    """A `Peer` that passes frames through a link.

    Attributes:
        link: What frames pass through.

    Args:
        outbox: The real sending side.
        make_link: Returns a link for what delivers a frame.
        fragment_bytes: Frames go out in fragments of this size; 0: whole.
    """

    def __init__(
        self,
        outbox: Outbox,
        make_link: Callable[[Callable[[bytes], None]], FaultyLink[bytes]],
        fragment_bytes: int,
    ) -> None:
        self._outbox = outbox
        self._fragment_bytes = fragment_bytes
        self.link = make_link(self._deliver)

    def write(self, frame: bytes) -> bool:
        """Send a frame when the link passes it on; it counts as written, for a real network tells nobody."""
        if not self._outbox.is_open:
            return False
        self.link.take(frame, len(frame))
        return True

    def write_latest(self, frame: bytes) -> bool:
        """As `write`: on a slow line, a newer frame overtakes none."""
        if not self._outbox.is_open:
            return False
        self.link.take(frame, len(frame), is_list=True)
        return True

    def watch(self, held: HeldFrame) -> None:
        """See `Peer`."""
        self._outbox.watch(held)

    def close(self, code: CloseCode, reason: str = "") -> None:
        """See `Peer`; what waits is lost with the connection."""
        self.link.drop()
        self._outbox.close(code, reason)

    def _deliver(self, frame: bytes) -> None:
        # What the outbox must hold is followed by nobody: the record was made when the link took the frame.
        for part in _fragments(frame, self._fragment_bytes) if self._fragment_bytes else (frame,):
            self._outbox.write(part)


def _fragments(frame: bytes, size_bytes: int) -> Iterator[bytes]:
    """Yield a whole text frame of ours as fragments (RFC 6455, 5.4)."""
    payload = payload_of(frame)
    pieces = [payload[at : at + size_bytes] for at in range(0, len(payload), size_bytes)]
    for index, piece in enumerate(pieces):
        opcode = Opcode.TEXT if index == 0 else Opcode.CONT
        yield Frame(opcode, piece, fin=index == len(pieces) - 1).serialize(mask=False)
