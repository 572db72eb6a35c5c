"""One connection to the engine: commands, replies, and what is published, in the order the engine did them.

RESP3 carries replies and published messages on one connection. So a hash that is read is at least as new as
every message that came before its reply, and no older than any that comes after it.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Callable
from typing import Any

import hiredis

from authws_desktop.cluster.engine_address import EngineAddress
from authws_desktop.cluster.errors import ClusterError
from authws_desktop.errors import ProductError

TIMEOUT_S = 1.0
"""For connecting, and for each reply: an engine that is frozen is known by nothing else."""
_MORE = object()
Reply = Any


class EngineError(ProductError):
    """The engine refused a command; `str()` is what it said."""


class EngineLink(asyncio.Protocol):
    """A connection to the engine, Redis or Valkey: sends commands, hands out replies and published messages.

    Args:
        on_published: Called with channel and message, in order.
        on_lost: Called once when it ends, whoever ended it.
    """

    def __init__(self, on_published: Callable[[bytes, bytes], None], on_lost: Callable[[], None]) -> None:
        self._on_published = on_published
        self._on_lost = on_lost
        self._reader = hiredis.Reader(notEnoughData=_MORE)
        self._waiting: deque[asyncio.Future[Reply] | Callable[[Reply], None]] = deque()
        self._transport: asyncio.Transport | None = None

    def send(self, *command: str | bytes | int | float) -> asyncio.Future[Reply]:
        """Send a command; return what will be its reply.

        The reply fails with `EngineError` if the engine refuses, with `ConnectionError` if the link ends.
        """
        reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        # Looked at here: not everybody who sends waits, and asyncio logs what nobody has looked at.
        reply.add_done_callback(_look_at)
        if self._transport is None or self._transport.is_closing():
            reply.set_exception(ConnectionError("the engine's connection is closed"))
            return reply
        self._waiting.append(reply)
        self._transport.write(hiredis.pack_command(command))  # type: ignore[arg-type]  # its stub takes one part
        return reply

    def ask(self, on_reply: Callable[[Reply], None], *command: str | bytes | int | float) -> None:
        """Send a command; have a function called with its reply, ahead of all that comes behind it.

        A future's waiter runs only after what was read together with the reply, which may be newer.

        Args:
            on_reply: Not called where the engine refuses, or the link ends before.
            command: The command.
        """
        if self._transport is not None and not self._transport.is_closing():
            self._waiting.append(on_reply)
            self._transport.write(hiredis.pack_command(command))  # type: ignore[arg-type]

    async def call(self, *command: str | bytes | int | float) -> Reply:
        """Send a command and wait for its reply.

        Raises:
            EngineError: The engine refuses.
            OSError: The link ended, or no reply came in time.
        """
        async with asyncio.timeout(TIMEOUT_S):
            return await self.send(*command)

    def close(self) -> None:
        """End the connection; may be called again."""
        if self._transport is not None:
            self._transport.abort()

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take over a transport."""
        self._transport = transport  # type: ignore[assignment]  # uvloop's is no subclass of asyncio's

    def connection_lost(self, error: Exception | None) -> None:
        """Fail the replies that are still awaited."""
        # Before those who wait learn of it: whoever sends again must see that the link is gone.
        self._transport = None
        while self._waiting:
            reply = self._waiting.popleft()
            if isinstance(reply, asyncio.Future) and not reply.done():
                reply.set_exception(ConnectionError("the engine ended the connection"))
        self._on_lost()

    def data_received(self, data: bytes) -> None:
        """Hand out replies and published messages."""
        self._reader.feed(data)
        while True:
            try:
                got = self._reader.gets()
            # After one byte out of place no reply can be told from another: only a new link helps.
            except hiredis.ProtocolError:
                self.close()
                return
            if got is _MORE:
                return
            if isinstance(got, hiredis.PushNotification):
                if got[0] == b"message":
                    self._on_published(got[1], got[2])
                # SUBSCRIBE has no other reply than this push.
                elif got[0] == b"subscribe":
                    self._answer(got)
            else:
                self._answer(got)

    def _answer(self, got: Reply) -> None:
        reply = self._waiting.popleft() if self._waiting else None
        if reply is None:
            return
        if not isinstance(reply, asyncio.Future):
            if not isinstance(got, hiredis.ReplyError):
                reply(got)
            return
        # Done already if whoever waited has given up.
        if reply.done():
            return
        if isinstance(got, hiredis.ReplyError):
            reply.set_exception(EngineError(str(got)))
        else:
            reply.set_result(got)


def _look_at(reply: asyncio.Future[Reply]) -> None:
    if not reply.cancelled():
        reply.exception()


async def open_link(
    engine: EngineAddress, on_published: Callable[[bytes, bytes], None], on_lost: Callable[[], None]
) -> EngineLink:
    """Connect, log in and choose the database.

    Raises:
        ClusterError: The engine refuses us; trying again does not help.
        OSError: It cannot be reached now, or does not answer in time.
    """
    loop = asyncio.get_running_loop()
    tls = ssl.create_default_context() if engine.is_tls else None
    async with asyncio.timeout(TIMEOUT_S * 3):
        _, link = await loop.create_connection(
            lambda: EngineLink(on_published, on_lost), engine.host, engine.port, ssl=tls
        )
    try:
        login = ("AUTH", engine.username or "default", engine.password) if engine.password else ()
        await link.call("HELLO", "3", *login)
        if engine.database:
            await link.call("SELECT", engine.database)
    except EngineError as error:
        link.close()
        if str(error).startswith(("LOADING", "BUSY", "MASTERDOWN")):
            raise ConnectionError(str(error)) from None
        raise ClusterError(
            f"The engine at {engine.shown} refuses this server ({error}). It must be Redis 6.2 or Valkey, "
            "and user name and password must be those in the cluster's address."
        ) from None
    # Cancelled, too: nobody else would close this link.
    except BaseException:
        link.close()
        raise
    return link
