"""One client of the soak run, on a bare socket that never blocks: joining, talking, and the ways to leave."""

from __future__ import annotations

import json
import socket
import struct
from enum import Enum, auto
from typing import Any

from tests.benchmarks.wire import (
    CLOSE,
    PING,
    PONG,
    START_OF_TEXT,
    client_frame,
    masked_frame,
    read_header,
    upgrade_request,
)

READ_BYTES = 1 << 18
_LIST = b'{"type":"user_list"'
_RESET = struct.pack("ii", 1, 0)
SMALL_BUFFER_BYTES = 4096
NORMAL_CLOSE = (1000).to_bytes(2, "big")


class State(Enum):
    """Where a client stands."""

    CONNECTING = auto()
    UPGRADING = auto()
    LOGGING_IN = auto()
    LOGGED_IN = auto()
    STUCK = auto()
    """It reads no more."""
    ENDING = auto()
    """It sends no more: it said goodbye or half-closed, and waits for the server's end."""
    ENDED = auto()


class Cut(Exception):
    """The server ended a connection, or broke the protocol; `str()` says how."""


class Member:
    """One client.

    Attributes:
        number: From 1, of no other client of the run.
        socket: For the poller.
        state: See there.
        client_id: As the server knows it.
        wants_to_write: Whether the kernel did not take all yet.

    Args:
        number: See above.
        port: Of the server, on loopback.
        token: What it logs in with.
    """

    def __init__(self, number: int, port: int, token: str) -> None:
        self.number = number
        self.state = State.CONNECTING
        self.client_id = ""
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._port = port
        self._token = token
        self._received = bytearray()
        self._unsent = bytearray()
        self.socket.connect_ex(("127.0.0.1", port))

    @property
    def wants_to_write(self) -> bool:
        """Whether the kernel did not take all yet."""
        return self.state is State.CONNECTING or bool(self._unsent)

    def on_writable(self) -> None:
        """Go on sending.

        Raises:
            Cut: The server is not there any more.
        """
        if self.state is State.CONNECTING:
            if error := self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                raise Cut(f"no connection: error {error}")
            self.state = State.UPGRADING
            self._unsent += upgrade_request(self._port)
        self._write()

    def send(self, message: dict[str, Any]) -> None:
        """Send a message.

        Raises:
            Cut: The server is not there any more.
        """
        self._unsent += client_frame(message)
        self._write()

    def _write(self) -> None:
        try:
            while self._unsent:
                del self._unsent[: self.socket.send(self._unsent)]
        except BlockingIOError:
            pass
        except OSError as error:
            raise Cut(f"while sending: {error}") from None

    def on_readable(self) -> list[dict[str, Any]]:
        """Read what is there; return the messages in it, but for those that belong to joining, and lists.

        Raises:
            Cut: The server ended the connection.
        """
        try:
            data = self.socket.recv(READ_BYTES)
        except BlockingIOError:
            return []
        except OSError as error:
            raise Cut(f"while reading: {error}") from None
        if not data:
            raise Cut("end of stream")
        self._received += data
        if self.state is State.UPGRADING and not self._is_upgraded():
            return []
        return self._messages()

    def _is_upgraded(self) -> bool:
        head, end, rest = bytes(self._received).partition(b"\r\n\r\n")
        if not end:
            return False
        if b" 101 " not in head.splitlines()[0]:
            raise Cut(f"refused: {head[:200]!r}")
        self._received[:] = rest
        self.state = State.LOGGING_IN
        return True

    def _messages(self) -> list[dict[str, Any]]:
        messages = []
        position, end = 0, len(self._received)
        while True:
            header, size = read_header(self._received, position, end)
            start, stop = position + header, position + header + size
            if not header or stop > end:
                break
            first_byte = self._received[position]
            if first_byte == START_OF_TEXT:
                if not self._received.startswith(_LIST, start):
                    messages.append(json.loads(bytes(self._received[start:stop])))
            else:
                self._on_control(first_byte, bytes(self._received[start:stop]))
            position = stop
        del self._received[:position]
        return [message for message in messages if not self._joins_by(message)]

    def _on_control(self, first_byte: int, payload: bytes) -> None:
        if first_byte == PING:
            if self.state is not State.ENDING:
                self._unsent += masked_frame(PONG, payload)
                self._write()
        elif first_byte == CLOSE:
            if self.state is not State.ENDING:
                raise Cut(f"closed with {int.from_bytes(payload[:2], 'big')} {payload[2:]!r}")
        elif first_byte != PONG:
            raise Cut(f"a frame that begins with 0x{first_byte:02x}")

    def _joins_by(self, message: dict[str, Any]) -> bool:
        """Take a step of joining if a message is one."""
        if message["type"] == "connection":
            self.client_id = message["clientId"]
            self.send({"type": "authenticate", "token": self._token})
        elif message["type"] == "authentication":
            self.state = State.LOGGED_IN
        else:
            return False
        return True

    # The ways to leave

    def stop_reading(self) -> None:
        """Read no more; the kernel takes little for it from now on, so that the server soon has to wait."""
        # Not from the beginning: with so little room, a client that reads would be a slow reader.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER_BYTES)
        self.state = State.STUCK

    def say_goodbye(self) -> None:
        """Start the closing handshake."""
        self._unsent += masked_frame(CLOSE, NORMAL_CLOSE)
        self._write()
        self.state = State.ENDING

    def half_close(self) -> None:
        """End the sending side only."""
        self.state = State.ENDING
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError as error:
            raise Cut(f"while half-closing: {error}") from None

    def drop(self) -> None:
        """Vanish: the server gets a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.end()

    def end(self) -> None:
        """Close the socket."""
        self.state = State.ENDED
        self.socket.close()
