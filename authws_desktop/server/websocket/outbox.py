"""What one connection is sent: gathered while the client reads, held back within a limit while it doesn't.

No other module writes to a connection's transport, so that two rules hold everywhere:

1. Nothing is written once this side has ended: transports raise then.
2. A transport that raises ends its own connection and nobody else's. The hub writes to one outbox after the
   other; an error that left one of them would keep the frame from all those behind it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable

from authws_desktop.protocol.codes import CloseCode
from authws_desktop.server.endpoint import Endpoint
from authws_desktop.traffic.record import Fate, HeldFrame

log = logging.getLogger(__name__)

UNPAUSED_BYTES = 32 * 1024
"""A transport that holds more is paused; asyncio's own 64 KiB (512 with TLS) times all clients are much."""
GATHERED_FRAMES = 64
GATHERED_FRAME_BYTES = 16 * 1024
"""So many frames, or one so large, are worth a system call before the end of the turn."""


def _nothing(_code: CloseCode, _reason: str) -> None:
    """Stand in for the connection, which is gone."""


class Outbox:
    """The sending side of a connection; the hub's `Peer`.

    Attributes:
        is_open: Whether messages may pass; the connection says so.

    Args:
        endpoint: The state that all connections share.
        close: Has the connection start the closing handshake, with a code and a reason.
    """

    __slots__ = (
        "_backlog",
        "_backlog_bytes",
        "_close",
        "_endpoint",
        "_fates",
        "_is_paused",
        "_latest",
        "_measured",
        "_transport",
        "_unsent",
        "is_open",
    )

    def __init__(self, endpoint: Endpoint, close: Callable[[CloseCode, str], None]) -> None:
        self._endpoint = endpoint
        self._transport: asyncio.Transport | None = None  # as long as it may be written to
        self._measured: asyncio.Transport | None = None  # as long as it may hold something
        self._is_paused = False
        self._backlog: deque[bytes] | None = None
        self._fates: deque[HeldFrame | None] | None = None
        self._unsent: list[bytes] | None = None
        self._backlog_bytes = 0
        self._latest: bytes | None = None
        self._close = close
        self.is_open = False

    def attach(self, transport: asyncio.Transport) -> None:
        """Send through a transport from now on."""
        self._transport = self._measured = transport
        transport.set_write_buffer_limits(UNPAUSED_BYTES)

    def detach(self) -> None:
        """Give up whatever is left; the transport is gone."""
        self._transport = self._measured = self._unsent = None
        self.drop()
        # A method of the connection, which holds this outbox: left so, both would stay in memory until the
        # next search for garbage.
        self._close = _nothing

    # What the hub calls

    def write(self, frame: bytes) -> bool:
        """Send a frame; `False` if it waits, or if the connection is closing."""
        if not self.is_open:
            return False
        if self._is_paused:
            self._hold_back(frame)
            return False
        # It leaves at the end of this turn of the loop, together with what else comes until then: under load
        # one system call carries many frames; an idle loop sends at once.
        unsent = self._unsent
        if unsent is None:
            self._unsent = [frame]
            self._endpoint.send_soon(self)
        else:
            unsent.append(frame)
            if len(unsent) >= GATHERED_FRAMES or len(frame) > GATHERED_FRAME_BYTES:
                self.send_gathered()
        return True

    def watch(self, held: HeldFrame) -> None:
        """Note what becomes of the frame that was just held, or lost as the connection is closing."""
        if self._fates:
            self._fates[-1] = held
        else:
            held.settle(Fate.LOST, time.monotonic())

    def write_latest(self, frame: bytes) -> bool:
        """Send a frame of which only the newest matters."""
        if not self._is_paused or not self.is_open:
            return self.write(frame)
        self._latest = frame
        return False

    def close(self, code: CloseCode, reason: str = "") -> None:
        """Start the closing handshake; may be called again."""
        self._close(code, reason)

    # What the connection calls

    def send_gathered(self) -> None:
        """Send what was gathered; whatever must stay behind it calls this first."""
        frames, self._unsent = self._unsent, None
        transport = self._transport
        if frames is None or transport is None:
            return
        try:
            transport.write(frames[0] if len(frames) == 1 else b"".join(frames))
        except Exception as error:  # noqa: BLE001 - a border: see the module's second rule
            self._give_up(transport, error)

    def write_out(self, data: bytes) -> None:
        """Send bytes now, behind what was gathered."""
        self.send_gathered()
        self._unsent = [data]
        self.send_gathered()

    def end(self) -> None:
        """Send what was gathered, then end our side of the connection; may be called again."""
        self.send_gathered()
        transport, self._transport = self._transport, None
        if transport is None:
            return
        try:
            if transport.can_write_eof():
                # Not close(): unread input would make the system reset the connection and the close frame
                # might never be seen.
                transport.write_eof()
            else:
                transport.close()
        except Exception as error:  # noqa: BLE001 - a border: see the module's second rule
            self._give_up(transport, error)

    def pause(self) -> None:
        """Note that the client reads too slowly for what it is sent."""
        self._is_paused = True
        self._note_waiting()

    def resume(self) -> None:
        """Send what waited while the client did not read."""
        self._is_paused = False
        # The transport may pause again while this writes, in the middle of the loop.
        while self._backlog and not self._is_paused:
            frame = self._backlog.popleft()
            self._backlog_bytes -= len(frame)
            self.write_out(frame)
            held = self._fates.popleft() if self._fates else None
            if held is not None:
                held.settle(Fate.SENT, time.monotonic())
        if not self._backlog:
            self._backlog = self._fates = None
            if self._latest is not None and not self._is_paused:
                frame, self._latest = self._latest, None
                self.write_out(frame)
        self._note_waiting()

    def drop(self) -> None:
        """Give up what waits, and take no more."""
        self.is_open = False
        # Dropped before the close frame: what waits would go first, and a client that does not read would
        # keep it for ever.
        self._backlog = self._latest = None
        self._backlog_bytes = 0
        now_s = time.monotonic()
        for held in self._fates or ():
            if held is not None:
                held.settle(Fate.LOST, now_s)
        self._fates = None
        self._note_waiting()

    def check_limit(self) -> None:
        """Close the connection if more waits for a slow client than it may."""
        # Only a client that is paused can be over it: for all others no more waits than a transport takes
        # before it pauses.
        if self._is_paused and self._note_waiting() > self._endpoint.settings.max_buffer_bytes:
            self.close(CloseCode.TOO_SLOW)

    def make_room(self) -> None:
        """Close the connection because all buffers together are over their limit, and this one holds most."""
        self.close(CloseCode.TOO_SLOW)
        transport = self._measured
        if transport is not None and transport.get_write_buffer_size() > UNPAUSED_BYTES:
            # The close frame would wait behind what the client does not read, and so would the memory.
            self._transport = self._measured = None
            transport.abort()
        self._note_waiting()

    def _note_waiting(self) -> int:
        """Note in the common budget what waits for this client; return how many bytes."""
        waiting = self._backlog_bytes
        if self._measured is not None and self._is_paused:
            waiting += self._measured.get_write_buffer_size()
        self._endpoint.sending.hold(self, waiting)
        return waiting

    def _give_up(self, transport: asyncio.Transport, error: Exception) -> None:
        """Break the connection, whose transport has just raised; `connection_lost` follows."""
        if not isinstance(error, OSError):  # that the network has lost the client is nothing unusual
            log.warning("A connection cannot be written to and is ended", exc_info=error)
        self._transport = None
        self.drop()
        transport.abort()

    def _hold_back(self, frame: bytes) -> None:
        """Keep a frame until the client reads again."""
        if self._backlog is None or self._fates is None:
            self._backlog, self._fates = deque(), deque()
        self._backlog.append(frame)
        self._fates.append(None)
        self._backlog_bytes += len(frame)
        self.check_limit()
