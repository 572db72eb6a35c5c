"""Reading frames in the order they came, and messages from fragments: the library's parser, kept in step."""

from __future__ import annotations

import codecs
from collections.abc import Generator
from typing import Any

from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side, State

_NO_PARSER: Generator[None] = (_ for _ in ())
"""Stands for the parser of a connection at rest."""
_new_utf8_decoder = codecs.getincrementaldecoder("utf-8")


class FrameReader(Protocol):
    """The server's side after the handshake, reading one frame at a time: what follows waits its turn.

    The library reads every frame that has arrived before the first is handled, and answers pings and closes
    as it reads. A close right behind a message then cost the message, and a pong overtook the answer to a
    message before its ping, if the network happened to deliver both at once.

    The library's parser is generators that wait for the next byte, which take 430 bytes. Plain messages pass
    it by, so that a connection at rest has none: it is made for a frame that needs it.

    Attributes:
        is_between_messages: Whether all it has read are whole messages.

    Args:
        options: Passed on to the library's `Protocol`.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(Side.SERVER, state=State.CONNECTING, **options)
        self.is_between_messages = True
        self._rest = b""
        self.parser = _NO_PARSER

    def receive_one(self, data: bytes) -> bytes:
        """Read at most one frame; return what came behind it.

        Args:
            data: Bytes that were received.
        """
        # Until `recv_frame` says otherwise: a frame may have come in part.
        self.is_between_messages = False
        if self.parser is _NO_PARSER:
            self.parser = self.parse()
            next(self.parser)  # start it, as the library does
        self.receive_data(data)
        rest, self._rest = self._rest, b""
        # Of an open connection only: once it closes, the library has put another one in its place.
        if self.is_between_messages and self.state is State.OPEN:
            self.parser = _NO_PARSER
        return rest

    def end(self) -> None:
        """Let go of the parser, which refers to this object; nothing is read afterwards."""
        self.parser = _NO_PARSER

    def recv_frame(self, frame: Frame) -> None:
        """Process a frame, and hold back what came behind it; the library calls this."""
        if frame.opcode is Opcode.CLOSE:
            # It may come between fragments (RFC 6455, 5.4), which the library takes for a protocol error.
            self.current_size = None
        if frame.opcode is not Opcode.PING or self.state is State.OPEN:
            # Behind our close frame nothing is sent: a client that reads nothing and goes on pinging would
            # have its answers pile up until it is ended.
            super().recv_frame(frame)
        self.is_between_messages = self.current_size is None
        if self.reader.buffer:
            # The parser is a generator that goes on as long as there are bytes; an empty buffer makes it
            # wait.
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
        """Add a fragment; return `False` if the bytes so far cannot be the beginning of UTF-8 text.

        Args:
            data: The fragment's payload, unmasked.
        """
        self.payload += data
        if self._decoder is not None:
            # RFC 6455, 8.1: text that is no UTF-8 fails the connection. Told at once, not when the last
            # fragment is there. A character may be split between fragments, which the incremental decoder
            # knows.
            try:
                self._decoder.decode(data)
            except UnicodeDecodeError:
                return False
        return True
