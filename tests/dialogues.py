"""Raw WebSocket dialogues with the server's protocol classes, its input cut just as a test says."""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from authws_desktop.accounts.accounts import Accounts
from authws_desktop.accounts.keys import SigningKeys
from authws_desktop.admission.bans import BanList
from authws_desktop.hub.hub import Hub
from authws_desktop.server.endpoint import Endpoint
from authws_desktop.server.websocket.connection import Connection
from authws_desktop.server.websocket.listener import Listener, OnLost
from authws_desktop.settings import CurrentSettings, Settings
from authws_desktop.traffic.recorder import Recorder
from authws_desktop.traffic.ring import TrafficRing

HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
MASK = b"\xa1\x02\xf3\x04"
MAX_MESSAGE_BYTES = 128 * 1024
CONT, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
FIN, RSV1, RSV2, RSV3 = 0x80, 0x40, 0x20, 0x10

Heard = tuple[Any, ...]
"""One frame of the server: ("answer", messageId or error code), ("pong", payload) or ("close", code)."""


def frame(
    first: int, payload: bytes = b"", *, mask: bytes | None = MASK, form: int = 0, size: int | None = None
) -> bytes:
    """Return a client's frame.

    Args:
        first: The first byte: FIN, reserved bits and opcode.
        payload: As it is before masking.
        mask: `None` leaves it out, against the rules.
        form: 126 or 127 to encode the length in two or eight bytes though fewer would do.
        size: The length to announce, if not the payload's own.
    """
    size = len(payload) if size is None else size
    form = form or (size if size < 126 else 126 if size < 2**16 else 127)
    head = struct.pack("!BB", first, form | (0x80 if mask is not None else 0))
    head += struct.pack("!H", size) if form == 126 else struct.pack("!Q", size) if form == 127 else b""
    if mask is None:
        return head + payload
    return head + mask + bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))


def body(number: int, size: int = 0) -> bytes:
    """Return a message whose answer names a number, filled up to a size with spaces."""
    return f'{{"type":"message","content":"é","messageId":{number}}}'.encode().ljust(size)


def message(number: int, size: int = 0, first: int = FIN | TEXT) -> bytes:
    """Return a whole message as one frame."""
    return frame(first, body(number, size))


def close(code: int, reason: bytes = b"") -> bytes:
    """Return a close frame."""
    return frame(FIN | CLOSE, struct.pack("!H", code) + reason)


def new_endpoint(folder: Path) -> Endpoint:
    """Return what connections share, without a rate limit and without a socket anywhere."""
    settings = Settings(message_rate=0, max_message_bytes=MAX_MESSAGE_BYTES)
    hub = Hub(
        Recorder(TrafficRing()),
        str.casefold,
        lambda delay_s, call: asyncio.get_running_loop().call_later(delay_s, call),
    )
    accounts = Accounts("sqlite://", SigningKeys(folder / "secret", override="a secret for dialogues " * 2))
    current = CurrentSettings.of(settings)
    return Endpoint(hub, accounts, BanList(folder / "bans"), current, "authws-desktop/test")


class Wire(asyncio.Transport):
    """The network: hands over bytes as asyncio's transports do, and keeps what the server writes.

    Attributes:
        written: By the server.
        is_ended: Whether the server has ended its side.
        is_aborted: Whether it has broken the connection.
    """

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 50_000), "sockname": ("127.0.0.1", 4000)})
        self.written = b""
        self.is_ended = self.is_aborted = False
        self._protocol: asyncio.BaseProtocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def deliver(self, data: bytes) -> None:
        """Hand over bytes as read at once, as far as the buffer of a buffered protocol takes them."""
        while data:
            protocol = self._protocol
            if isinstance(protocol, asyncio.BufferedProtocol):
                buffer = memoryview(protocol.get_buffer(-1))
                size = min(len(buffer), len(data))
                buffer[:size] = data[:size]
                protocol.buffer_updated(size)
                data = data[size:]
            else:
                assert isinstance(protocol, asyncio.Protocol)
                protocol.data_received(data)
                return

    def lose(self) -> None:
        """End the connection as the network does."""
        self._protocol.connection_lost(None)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self.is_ended:
            raise RuntimeError("written after the end")
        self.written += data

    def write_eof(self) -> None:
        self.is_ended = True

    def abort(self) -> None:
        self.is_aborted = True

    def can_write_eof(self) -> bool:
        return True

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass


def converse(endpoint: Endpoint, chunks: Iterable[bytes]) -> list[Heard]:
    """Deliver a handshake and what follows it, in chunks; return what the server says after `connection`.

    The loop turns once after every chunk. At the end the client hangs up.
    """
    return asyncio.run(_converse(endpoint, chunks))


def opened(endpoint: Endpoint) -> Wire:
    """Return the network's side of a connection that has sent nothing yet."""
    wire = Wire()
    listener = Listener(endpoint, _no_http)
    wire.set_protocol(listener)
    listener.connection_made(wire)
    return wire


async def _converse(endpoint: Endpoint, chunks: Iterable[bytes]) -> list[Heard]:
    wire = opened(endpoint)
    for chunk in chunks:
        wire.deliver(chunk)
        await asyncio.sleep(0)
    head, _, rest = wire.written.partition(b"\r\n\r\n")
    assert b" 101 " in head
    connected, *heard = _frames_in(rest)
    assert connected == ("answer", "connection")
    assert wire.is_ended == (heard[-1:] != [] and heard[-1][0] == "close")
    (connection,) = connections_of(endpoint)
    connection.eof_received()
    connection.connection_lost(None)
    assert not endpoint.connections
    assert not endpoint.hub.clients
    return heard


def connections_of(endpoint: Endpoint) -> list[Connection]:
    """Return the WebSocket connections of an endpoint, which knows them by less."""
    return [each for each in endpoint.connections if isinstance(each, Connection)]


def _no_http(on_lost: OnLost) -> asyncio.Protocol:
    raise AssertionError("taken for HTTP")


def _frames_in(data: bytes) -> list[Heard]:
    heard: list[Heard] = []
    while data:
        first, size = data[0], data[1]
        assert size < 127, "masked, or larger than any answer"
        start = 2 if size < 126 else 4
        size = size if size < 126 else int.from_bytes(data[2:4])
        heard.append(_heard(first, data[start : start + size]))
        data = data[start + size :]
    return heard


def _heard(first: int, payload: bytes) -> Heard:
    if first == FIN | PONG:
        return ("pong", payload)
    if first == FIN | CLOSE:
        return ("close", int.from_bytes(payload[:2]) if payload else None)
    assert first == FIN | TEXT
    answer = json.loads(payload)
    return ("answer", answer.get("messageId") or answer.get("code") or answer["type"])
