"""What one connection is sent: gathered while the client reads, held back within a limit while it doesn't."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

from authws_desktop.hub.traffic import Fate, HeldFrame
from authws_desktop.protocol.codes import CloseCode
from authws_desktop.server.endpoint import Endpoint

GATHERED_FRAMES = 64
GATHERED_FRAME_BYTES = 16 * 1024


class Outbox:
    """The sending side of a connection; the hub's `Peer`.

    Attributes:
        is_open: Whether messages may pass; the connection says so.

    Args:
        endpoint: What all connections share.
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
        "_transport",
        "_unsent",
        "is_open",
    )

    def __init__(self, endpoint: Endpoint, close: Callable[[CloseCode, str], None]) -> None:
        self._endpoint = endpoint
        self._transport: asyncio.Transport | None = None
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
        self._transport = transport

    def detach(self) -> None:
        """Give up whatever is left; the transport is gone."""
        self.drop()
        self._transport = self._unsent = None

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
        if frames is not None and self._transport is not None:
            self._transport.write(frames[0] if len(frames) == 1 else b"".join(frames))

    def write_out(self, data: bytes) -> None:
        """Send bytes now, behind what was gathered."""
        self.send_gathered()
        if self._transport is not None:
            self._transport.write(data)

    def pause(self) -> None:
        """Note that the client reads too slowly for what it is sent."""
        self._is_paused = True

    def resume(self) -> None:
        """Send what waited."""
        self._is_paused = False
        while self._backlog and not self._is_paused:
            frame = self._backlog.popleft()
            self._backlog_bytes -= len(frame)
            self.write_out(frame)
            held = self._fates.popleft() if self._fates else None
            if held is not None:
                held.settle(Fate.SENT, time.monotonic())
        if self._backlog:
            return
        self._backlog = self._fates = None
        if self._latest is not None and not self._is_paused:
            frame, self._latest = self._latest, None
            self.write_out(frame)

    def drop(self) -> None:
        """Give up what waits, and take no more."""
        self.is_open = False
        self._backlog = self._latest = None
        now_s = time.monotonic()
        for held in self._fates or ():
            if held is not None:
                held.settle(Fate.LOST, now_s)
        self._fates = None

    def check_limit(self) -> None:
        """Close the connection if more waits for a slow client than it may."""
        if not self._is_paused or self._transport is None:
            return
        waiting = self._backlog_bytes + self._transport.get_write_buffer_size()
        if waiting > self._endpoint.settings.max_buffer_bytes:
            self.close(CloseCode.TOO_SLOW)

    def _hold_back(self, frame: bytes) -> None:
        """Keep a frame until the client reads again."""
        if self._backlog is None or self._fates is None:
            self._backlog, self._fates = deque(), deque()
        self._backlog.append(frame)
        self._fates.append(None)
        self._backlog_bytes += len(frame)
        self.check_limit()
