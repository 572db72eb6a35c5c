"""The listening sockets of the one port, the HTTP side, and the pass over all connections."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, cast

from authws_desktop.errors import ServiceError
from authws_desktop.network.ports import BACKLOG, open_listening_sockets
from authws_desktop.paths import resource_dir
from authws_desktop.server.endpoint import Endpoint
from authws_desktop.server.websocket.listener import Listener
from authws_desktop.server.websocket.sweeper import Sweeper
from authws_desktop.settings import LoadedSettings, Source
from authws_desktop.tasks import end_task, start_task

if TYPE_CHECKING:
    from aiohttp import web

    from authws_desktop.server.http.server import HttpServer

STOP_TIMEOUT_S = 3.0
"""How long clients may take to answer the close frame."""

ACCEPTED_AT_ONCE = 64


@contextlib.contextmanager
def naming_origin(settings: LoadedSettings) -> Iterator[None]:
    """Let an error of listening say where host and port came from: they may be another program's wish."""
    try:
        yield
    except ServiceError as error:
        host, port = settings.origin_of("host"), settings.origin_of("port")
        if not settings.sources["host"] is settings.sources["port"] is Source.DEFAULT:
            error.origin = f"The host comes from {host}, the port from {port}."
        raise


class Listening:
    """The sockets that accept connections, the HTTP side behind them, and the sweeper.

    Attributes:
        endpoint: The state that all connections share.
        port: In force; 0 while nothing listens.
        http: The HTTP side; `None` while nothing listens.

    Args:
        endpoint: The state that all connections share.
        uptime_s: Tells how long the server has been running, seconds.
    """

    def __init__(self, endpoint: Endpoint, uptime_s: Callable[[], float]) -> None:
        self.endpoint = endpoint
        self.port = 0
        self.http: HttpServer | None = None
        self._uptime_s = uptime_s
        self._servers: list[asyncio.Server] = []
        self._runner: web.ServerRunner | None = None
        self._sweeping: asyncio.Task[None] | None = None

    @property
    def at(self) -> list[tuple[str, int]]:
        """Address and port of each socket that listens."""
        return [each.getsockname()[:2] for server in self._servers for each in server.sockets]

    async def start(self, host: str, port: int) -> None:
        """Open the sockets and accept connections.

        Args:
            host: `localhost`, `0.0.0.0` or one address.
            port: 0 for any free one.

        Raises:
            ServiceError: It cannot; nothing listens then, and `end` is to be called.
        """
        self._runner = await self._new_runner()
        await self._runner.setup()
        self.http = cast("HttpServer", self._runner.server)  # there, once it is set up
        await self._open(host, port)
        self._sweeping = start_task(Sweeper(self.endpoint).run(), "sweep connections")

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

    async def end(self) -> None:
        """End the connections that are not gone after `STOP_TIMEOUT_S`, and the rest; may be called again."""
        await self.endpoint.wait_until_empty(STOP_TIMEOUT_S)
        # Copies: each that ends takes itself out.
        for each in [*self.endpoint.connections, *self.endpoint.heads]:
            each.abort()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = self.http = None
        # Last: it ends what does not answer the close.
        await end_task(self._sweeping)
        self._sweeping = None

    async def _new_runner(self) -> web.ServerRunner:
        # Only now: a window that is opened need not wait for the HTTP side. In a thread: it goes on painting.
        await asyncio.to_thread(importlib.import_module, "authws_desktop.server.http.api")
        from authws_desktop.server.http.api import HttpApi

        # aiohttp waits up to twice this long for requests under way.
        return HttpApi(self.endpoint, resource_dir(), self._uptime_s).new_runner(STOP_TIMEOUT_S / 2)

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
        http = cast("HttpServer", self.http)  # there, as long as anything listens
        return Listener(self.endpoint, http.new_protocol)
