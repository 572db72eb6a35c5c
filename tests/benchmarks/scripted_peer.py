"""A server whose part is written down: what the load generator's own tests talk to."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.benchmarks.wire import PING, START_OF_TEXT, read_header

TIMEOUT_S = 20.0
_MASK_BYTES = 4


def server_frame(first_byte: int, payload: bytes) -> bytes:
    """Return a frame as a server sends it, of up to 65,535 bytes."""
    size = len(payload)
    length = bytes([size]) if size < 126 else b"\x7e" + size.to_bytes(2, "big")
    return bytes([first_byte]) + length + payload


def text(**message: Any) -> bytes:
    """Return a message as a server's text frame."""
    return server_frame(START_OF_TEXT, json.dumps(message, separators=(",", ":")).encode())


def ping(payload: bytes = b"") -> bytes:
    """Return a ping."""
    return server_frame(PING, payload)


def take_client_frame(received: bytearray) -> tuple[int, bytes] | None:
    """Take a client's frame from the head of what was received.

    Returns:
        Its first byte and its payload without the mask; `None` if it is not whole yet.
    """
    # A client's header is a server's with the mask behind, but for one bit of the length's byte.
    head = bytes([received[0], received[1] & 0x7F]) if len(received) > 1 else b""
    header, size = read_header(head + received[2:], 0, len(received))
    end = header + _MASK_BYTES + size
    if not header or len(received) < end:
        return None
    first_byte, mask = received[0], bytes(received[header : header + _MASK_BYTES])
    masks = (mask * (size // _MASK_BYTES + 1))[:size]
    payload = int.from_bytes(received[header + _MASK_BYTES : end], "big") ^ int.from_bytes(masks, "big")
    del received[:end]
    return first_byte, payload.to_bytes(size, "big")


class Visitor:
    """One connection that was accepted, and what arrives on it."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.connection.settimeout(TIMEOUT_S)
        self._received = bytearray()

    def send(self, *frames: bytes) -> None:
        """Send frames in one piece."""
        self.connection.sendall(b"".join(frames))

    def welcome(self, *frames: bytes) -> None:
        """Answer the handshake, then send frames."""
        while b"\r\n\r\n" not in self._received:
            self._read_more()
        end = self._received.index(b"\r\n\r\n") + 4
        del self._received[:end]
        self.send(b"HTTP/1.1 101 Switching Protocols\r\n\r\n", *frames)

    def next_frame(self) -> tuple[int, bytes]:
        """Return the first byte and the unmasked payload of the client's next frame."""
        while (frame := take_client_frame(self._received)) is None:
            self._read_more()
        return frame

    def _read_more(self) -> None:
        data = self.connection.recv(1 << 16)
        if not data:
            raise EOFError("the client closed the connection")
        self._received += data


@contextmanager
def scripted_peer(play: Callable[[Iterator[Visitor]], None]) -> Iterator[int]:
    """Run a part in a thread, on a port of loopback.

    Args:
        play: Is given the connections as they come; what it raises is raised at the block's end.

    Yields:
        The port.
    """
    raised: list[BaseException] = []

    def visitors() -> Iterator[Visitor]:
        while True:
            connection, _ = listening.accept()
            open_sockets.append(connection)
            yield Visitor(connection)

    def run() -> None:
        try:
            play(visitors())
        except Exception as error:
            raised.append(error)

    open_sockets: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(TIMEOUT_S)
        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            thread.join()
            for each in open_sockets:
                each.close()
    if raised:
        raise raised[0]
