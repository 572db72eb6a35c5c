"""Frames in the order they came, and messages from fragments."""

from __future__ import annotations

import codecs
from typing import Any

from websockets.frames import Frame, Opcode
from websockets.server import ServerProtocol

_new_utf8_decoder = codecs.getincrementaldecoder("utf-8")


class FrameByFrame(ServerProtocol):
    """Reads one frame at a time: the next one waits until what the first has caused is done.

    The library reads every frame that has arrived before the first is handled, and answers pings and closes
    as it reads. A close right behind a message then cost the message, and a pong overtook the answer to a
    message before its ping, if the network happened to deliver both at once.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._rest: bytearray | None = None

    def recv_frame(self, frame: Frame) -> None:
        """Process a frame, and hold back what came behind it; the library calls this."""
        if frame.opcode is Opcode.CLOSE:
            # It may come between fragments (RFC 6455, 5.4), which the library takes for a protocol error.
            self.current_size = None
        super().recv_frame(frame)
        if self.reader.buffer:
            self._rest, self.reader.buffer = self.reader.buffer, bytearray()

    def receive_rest(self) -> bool:
        """Read the next frame of what was held back; `False` if nothing was."""
        if self._rest is None:
            return False
        self.reader.buffer, self._rest = self._rest, None
        self.receive_data(b"")
        return True


class FragmentedMessage:
    """A message of which the end has not come yet.

    Attributes:
        opcode: That of its first frame.
        payload: What has come, joined at once: a list of fragments would let a client that sends empty ones
            fill the memory, for they count nothing towards the size of the message.
    """

    __slots__ = ("_decoder", "opcode", "payload")

    def __init__(self, opcode: Opcode) -> None:
        self.opcode = opcode
        self.payload = bytearray()
        self._decoder = _new_utf8_decoder() if opcode is Opcode.TEXT else None

    def add(self, data: bytes | bytearray | memoryview) -> bool:
        """Add a fragment; `False` if no text can begin like this."""
        self.payload += data
        if self._decoder is not None:
            try:
                self._decoder.decode(data)
            except UnicodeDecodeError:
                return False
        return True
