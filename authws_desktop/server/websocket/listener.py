"""One port for HTTP and WebSocket: reads the first request head and hands the connection over."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from functools import partial
from typing import Protocol, cast

from authws_desktop.network.addresses import socket_name
from authws_desktop.network.tls.tls import HANDSHAKE, TlsLayer
from authws_desktop.protocol import failures as fail
from authws_desktop.protocol.failures import Failure
from authws_desktop.protocol.limits import HEAD_TIMEOUT_S, MAX_HEAD_BYTES, RETRY_SOON_S
from authws_desktop.protocol.router import is_http_path
from authws_desktop.server.endpoint import Endpoint
from authws_desktop.server.websocket.answers import refusal
from authws_desktop.server.websocket.connection import Connection
from authws_desktop.traffic.record import Identity

LINGER_S = 2.0
"""How long a client that was refused may go on sending; then the connection is broken."""

OnLost = Callable[[], None]


class NewHttp(Protocol):
    """Makes the HTTP side's protocol for one connection."""

    def __call__(self, on_lost: OnLost) -> asyncio.Protocol:
        """Return it; it calls `on_lost` once its transport is gone."""


def is_websocket_upgrade(head: bytes) -> bool:
    """Tell whether a request head asks for WebSocket, at a path that is not the HTTP side's alone.

    Args:
        head: Request line and headers, up to the empty line.
    """
    first, *lines = head.split(b"\r\n")
    path = first.partition(b" ")[2].partition(b" ")[0].partition(b"?")[0]
    if is_http_path(path.decode("latin-1")):
        return False
    for line in lines:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"upgrade":
            return b"websocket" in value.lower()
    return False


def open_websocket(
    endpoint: Endpoint, transport: asyncio.Transport, head: bytes, rest: bytes, on_lost: OnLost
) -> None:
    """Answer a request for WebSocket; the transport is the connection's from now on.

    Args:
        endpoint: The state that all connections share.
        transport: It.
        head: The whole request head, with the empty line at its end.
        rest: What was read behind it: frames of a client that did not wait for the answer.
        on_lost: Called once the transport is gone.
    """
    connection = Connection(endpoint, on_lost)
    transport.set_protocol(connection)
    connection.connection_made(transport)
    connection.shake_hands(head)
    if rest:  # only now the connection is open for them
        connection.receive(rest)


class Listener(asyncio.Protocol):
    """Buffers at most 16 KiB until the end of the first head, then passes the transport on.

    Args:
        endpoint: The state that all connections share.
        new_http: Makes the HTTP side's protocol for one connection.
        on_lost: The connection has its place already and speaks TLS; called once its transport is gone.
            `None`: it is new. If TLS is wanted, it gets it if it begins with its handshake, and a plain one
            reaches nothing but HTTP, which redirects it.
    """

    __slots__ = ("_address", "_buffer", "_endpoint", "_is_new", "_is_refused", "_new_http", "_no_place",
                 "_on_lost", "_timer", "_transport")  # fmt: skip

    def __init__(self, endpoint: Endpoint, new_http: NewHttp, on_lost: OnLost | None = None) -> None:
        self._endpoint = endpoint
        self._new_http = new_http
        self._on_lost = on_lost
        self._is_new = on_lost is None
        self._is_refused = False
        self._no_place = ""
        self._address = ""
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a place, and begin to read; the head must be complete within ten seconds."""
        transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass of it
        self._transport = transport
        self._address = socket_name(transport, "peername")[0]
        if self._is_new and not self._take_place(transport):
            return
        self._endpoint.heads.add(self)
        self._wait(LINGER_S if self._no_place else HEAD_TIMEOUT_S, self._on_timeout)

    def _take_place(self, transport: asyncio.Transport) -> bool:
        """Take a place, or one among those that are told that there is none; `False` if neither is free."""
        places = self._endpoint.places
        self._no_place = places.take(self._address)
        if not self._no_place:
            self._on_lost = partial(self._endpoint.leave_place, self._address)
            return True
        self._endpoint.log_fullness(self._no_place)
        self._on_lost = places.turn_away()
        if self._on_lost is None:
            transport.abort()
        return self._on_lost is not None

    def data_received(self, data: bytes) -> None:
        """Collect the head; decide once it is complete."""
        # What a refused client goes on sending is thrown away until it is gone.
        if self._is_refused:
            return
        tls = self._endpoint.tls if self._is_new else None
        if tls is not None and not self._buffer and data[0] == HANDSHAKE:
            self._secure(tls.context, data)
            return
        if self._no_place:
            self._refuse(fail.NO_ROOM, self._no_place, {"Retry-After": str(RETRY_SOON_S)})
            return
        self._buffer += data
        while self._buffer.startswith(b"\r\n"):
            # Empty lines before a request count for nothing (RFC 9112, 2.2).
            del self._buffer[:2]
        end = self._buffer.find(b"\r\n\r\n", max(0, len(self._buffer) - len(data) - 3))
        if (end < 0 and len(self._buffer) > MAX_HEAD_BYTES) or end > MAX_HEAD_BYTES:
            self._refuse(fail.HEAD_TOO_LARGE)
        elif end >= 0:
            self._hand_over(end)

    def _secure(self, context: ssl.SSLContext, data: bytes) -> None:
        """Put TLS on the connection; another listener then reads the head through it."""
        transport, on_lost = self._leave()
        if self._no_place:  # a handshake only to be refused would cost more than it tells
            self._transport, self._on_lost = transport, on_lost
            transport.abort()
            return
        inner = Listener(self._endpoint, self._new_http, _nothing)
        inner._transport = transport  # what `abort` ends until the handshake is done
        heads = self._endpoint.heads
        heads.add(inner)

        def lost() -> None:
            heads.discard(inner)
            on_lost()

        TlsLayer(context, inner, lost).begin(transport, data)

    def connection_lost(self, error: Exception | None) -> None:
        """Give back the connection's place."""
        self._endpoint.heads.discard(self)
        if self._timer is not None:
            self._timer.cancel()
        if self._on_lost is not None:
            self._on_lost()

    def abort(self) -> None:
        """End a connection that sent no whole head."""
        if self._transport is not None:
            self._transport.abort()

    def _on_timeout(self) -> None:
        if self._buffer:
            self._refuse(fail.HEAD_TIMEOUT)
        else:  # it said nothing, so there is nothing to answer
            self.abort()

    def _refuse(self, failure: Failure, message: str = "", headers: dict[str, str] | None = None) -> None:
        """Answer what is no request, or one too many, and end the connection."""
        transport = self._transport
        assert transport is not None  # noqa: S101
        self._is_refused = True
        self._buffer.clear()
        detail = message or failure.sentence
        self._endpoint.note_refusal(Identity(address=self._address), failure.status, detail)
        transport.write(refusal(failure, message, headers))
        if not transport.can_write_eof():
            transport.close()
            return
        # Not close(): what the client goes on sending would make the system reset the connection, and the
        # answer might never be seen.
        try:
            transport.write_eof()
        except (OSError, RuntimeError):  # the network has just lost it
            transport.abort()
        self._wait(LINGER_S, self.abort)

    def _wait(self, delay_s: float, then: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(delay_s, then)

    def _leave(self) -> tuple[asyncio.Transport, OnLost]:
        """Let the connection go; return its transport, and what is to be called at its end."""
        self._endpoint.heads.discard(self)
        if self._timer is not None:
            self._timer.cancel()
        transport, on_lost = self._transport, self._on_lost
        assert transport is not None  # noqa: S101
        assert on_lost is not None  # noqa: S101
        self._transport = self._on_lost = None
        return transport, on_lost

    def _hand_over(self, end: int) -> None:
        data, split = bytes(self._buffer), end + 4
        transport, on_lost = self._leave()
        # Without TLS where TLS is wanted: only HTTP can answer with a redirect, a WebSocket cannot.
        is_plain = self._is_new and self._endpoint.tls is not None
        if is_websocket_upgrade(data[:end]) and not is_plain:
            open_websocket(self._endpoint, transport, data[:split], data[split:], on_lost)
            return
        handler = self._new_http(on_lost)
        transport.set_protocol(handler)
        handler.connection_made(transport)
        handler.data_received(data)


def _nothing() -> None:
    """Stand in for the callback that gives back the place: the TLS layer below has it."""
