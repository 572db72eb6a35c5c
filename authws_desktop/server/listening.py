"""The listening sockets of the one port."""

from __future__ import annotations

import asyncio

from authws_desktop.errors import ServiceError
from authws_desktop.network.ports import BACKLOG, open_listening_sockets
from authws_desktop.server.endpoint import Endpoint
from authws_desktop.server.websocket.listener import Listener, NewHttp, OnLost

ACCEPTED_AT_ONCE = 64


class Listening:
    """Listens, and makes a `Listener` for each connection.

    Attributes:
        port: In force; 0 while nothing listens.

    Args:
        endpoint: The state that all connections share.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.port = 0
        self._endpoint = endpoint
        self._servers: list[asyncio.Server] = []
        self._new_http: NewHttp = _nobody

    @property
    def at(self) -> list[tuple[str, int]]:
        """Address and port of each socket that listens."""
        return [each.getsockname()[:2] for server in self._servers for each in server.sockets]

    async def start(self, host: str, port: int, new_http: NewHttp) -> None:
        """Open the sockets and accept connections.

        Args:
            host: `localhost`, `0.0.0.0` or one address.
            port: 0 for any free one.
            new_http: Makes the protocol of an HTTP connection.

        Raises:
            ServiceError: It cannot; nothing listens then.
        """
        self._new_http = new_http
        await self._open(host, port)

    async def move(self, old_host: str, host: str, port: int) -> None:
        """Close the sockets and open others; connections stay.

        Raises:
            ServiceError: It cannot; it listens where it did.
        """
        old_port = self.port
        self.stop()  # first: the new place may overlap with the old one
        try:
            await self._open(host, port)
        except ServiceError:
            # The old port was free a moment ago. If another program took it since, this error is told
            # instead: it is the one that matters now.
            await self._open(old_host, old_port)
            raise

    def stop(self) -> None:
        """Take no more connections; those that are there stay."""
        for server in self._servers:
            server.close()
        self._servers.clear()
        self.port = 0

    def abort_heads(self) -> None:
        """End the connections that sent no whole request head."""
        # A copy: each that ends takes itself out.
        for listener in list(self._endpoint.heads):
            listener.abort()

    async def _open(self, host: str, port: int) -> None:
        loop = asyncio.get_running_loop()
        sockets = open_listening_sockets(host, port)
        self.port = sockets[0].getsockname()[1]
        for each in sockets:
            # asyncio accepts up to `backlog` connections in one callback, which the window would notice;
            # the system's own queue may be longer.
            self._servers.append(
                await loop.create_server(self._new_listener, sock=each, backlog=ACCEPTED_AT_ONCE)
            )
            each.listen(BACKLOG)

    def _new_listener(self) -> Listener:
        return Listener(self._endpoint, self._new_http)


def _nobody(on_lost: OnLost) -> asyncio.Protocol:
    """Stand in for HTTP before the first start, when nothing listens."""
    raise RuntimeError("nothing listens")
