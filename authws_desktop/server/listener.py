"""One port for HTTP and WebSocket: reads the first request head and hands the connection over."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Any, cast

from authws_desktop.protocol.limits import HEAD_TIMEOUT_S, MAX_HEAD_BYTES
from authws_desktop.server.tls import HANDSHAKE, TlsLayer

_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Type: application/json\r\n"
    b'Content-Length: 88\r\nConnection: close\r\n\r\n{"status":"error","code":"INVALID_REQUEST",'
    b'"message":"The request head is over 16 KiB."}'
)


def is_websocket_upgrade(head: bytes) -> bool:
    """Tell whether a request head asks for WebSocket.

    Args:
        head: Request line and headers, up to the empty line.
    """
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"upgrade":
            return b"websocket" in value.lower()
    return False


class Listener(asyncio.Protocol):
    """Buffers at most 16 KiB until the end of the first head, then passes the transport on.

    Args:
        waiting: Listeners that still read; the service ends them when it stops.
        new_http: Makes aiohttp's protocol for one connection.
        new_websocket: Makes a `Connection`.
        context: TLS is wanted: connections that begin with its handshake get it, and a plain one reaches
            nothing but HTTP, which redirects it. `None`: TLS is off, or this connection has it already.
    """

    __slots__ = ("_buffer", "_context", "_new_http", "_new_websocket", "_timer", "_transport", "_waiting")

    def __init__(
        self,
        waiting: set[Listener],
        new_http: Callable[[], Any],
        new_websocket: Callable[[], Any],
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._waiting = waiting
        self._new_http = new_http
        self._new_websocket = new_websocket
        self._context = context
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to read; the head must be complete within ten seconds."""
        transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass of it
        self._transport = transport
        self._waiting.add(self)
        self._timer = asyncio.get_running_loop().call_later(HEAD_TIMEOUT_S, self.abort)

    def data_received(self, data: bytes) -> None:
        """Collect the head; decide once it is complete."""
        if self._context is not None and not self._buffer and data[0] == HANDSHAKE:
            self._secure(self._context, data)
            return
        self._buffer += data
        while self._buffer.startswith(
            b"\r\n"
        ):  # empty lines before a request count for nothing (RFC 9112, 2.2)
            del self._buffer[:2]
        end = self._buffer.find(b"\r\n\r\n", max(0, len(self._buffer) - len(data) - 3))
        if (end < 0 and len(self._buffer) > MAX_HEAD_BYTES) or end > MAX_HEAD_BYTES:
            assert self._transport is not None  # noqa: S101
            self._transport.write(_TOO_LARGE)
            self._transport.close()
        elif end >= 0:
            self._hand_over(end)

    def _secure(self, context: ssl.SSLContext, data: bytes) -> None:
        """Put TLS on the connection; another listener then reads the head through it."""
        self._leave()
        assert self._transport is not None  # noqa: S101
        inner = Listener(self._waiting, self._new_http, self._new_websocket)
        inner._transport = self._transport  # what `abort` ends until the handshake is done
        self._waiting.add(inner)
        TlsLayer(context, inner, lambda: self._waiting.discard(inner)).begin(self._transport, data)

    def connection_lost(self, error: Exception | None) -> None:
        """Stop the clock."""
        self._leave()

    def abort(self) -> None:
        """End a connection that sent no whole head."""
        if self._transport is not None:
            self._transport.abort()

    def _leave(self) -> None:
        self._waiting.discard(self)
        if self._timer is not None:
            self._timer.cancel()

    def _hand_over(self, end: int) -> None:
        self._leave()
        transport = self._transport
        assert transport is not None  # noqa: S101
        head, rest = bytes(self._buffer[: end + 4]), bytes(self._buffer[end + 4 :])
        if self._context is None and is_websocket_upgrade(head[:end]):
            connection = self._new_websocket()
            transport.set_protocol(connection)
            connection.connection_made(transport)
            connection.shake_hands(head)
            if rest:  # frames of a client that did not wait; only now the connection is open for them
                connection.receive(rest)
        else:
            handler = self._new_http()
            transport.set_protocol(handler)
            handler.connection_made(transport)
            handler.data_received(bytes(self._buffer))
