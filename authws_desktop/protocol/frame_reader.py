"""Reading frames in the order they came, and messages from fragments: the library's parser, kept in step."""

from __future__ import annotations

import codecs
from typing import Any

from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side, State

_new_utf8_decoder = codecs.getincrementaldecoder("utf-8")


class FrameReader(Protocol):
    """The server's side after the handshake, reading one frame at a time: what follows waits its turn.

    The library reads every frame that has arrived before the first is handled, and answers pings and closes
    as it reads. A close right behind a message then cost the message, and a pong overtook the answer to a
    message before its ping, if the network happened to deliver both at once.

    Attributes:
        is_between_messages: Whether all it has read are whole messages.

    Args:
        options: Those of the library's `Protocol`.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(Side.SERVER, state=State.CONNECTING, **options)
        self.is_between_messages = True
        self._rest = b""

    def receive_one(self, data: bytes) -> bytes:
        """Read at most one frame; return what came behind it.

        Args:
            data: Bytes that were received.
        """
        self.is_between_messages = False
        self.receive_data(data)
        rest, self._rest = self._rest, b""
        return rest

    def recv_frame(self, frame: Frame) -> None:
        """Process a frame, and hold back what came behind it; the library calls this."""
        if frame.opcode is Opcode.CLOSE:
            # It may come between fragments (RFC 6455, 5.4), which the library takes for a protocol error.
            self.current_size = None
        super().recv_frame(frame)
        self.is_between_messages = self.current_size is None
        if self.reader.buffer:
            self._rest, self.reader.buffer = bytes(self.reader.buffer), bytearray()


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
