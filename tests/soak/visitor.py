"""A client of a cluster that comes back whenever it is sent away, and what it saw."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable
from typing import Any

import websockets

WAIT_S = 60.0
TRY_AGAIN_S = 0.05


class Visitor:
    """One client.

    Attributes:
        users: Names in the newest list.
        heard: Contents of messages by their sender's name, in order, of all visits.
        ids: Their ids, to find doubles.
        closed: Close codes, in order.
        away_s: The longest time from losing a connection to the next login, seconds.

    Args:
        port: Where it connects to: a node's, or the balancer's.
        token: Its token.
        address: Its own, on loopback.
    """

    def __init__(self, port: int, token: str, address: str = "127.0.0.1") -> None:
        self.port = port
        self.token = token
        self.users: list[str] = []
        self.heard: dict[str, list[Any]] = {}
        self.ids: list[str] = []
        self.closed: list[int] = []
        self.away_s = 0.0
        self.lists = 0
        self._address = address
        self._lost_s: float | None = None
        self._socket: websockets.ClientConnection | None = None
        self._staying: asyncio.Task[None] | None = None

    @property
    def is_in(self) -> bool:
        """Whether it is logged in now."""
        return self._socket is not None

    def come(self) -> None:
        """Be connected from now on."""
        self._staying = asyncio.get_running_loop().create_task(self._stay())

    async def go(self) -> None:
        """Be connected no more."""
        if self._staying is not None:
            self._staying.cancel()
            await asyncio.wait([self._staying])

    async def say(self, content: Any) -> None:
        """Say something to everyone; what cannot be sent is not said."""
        if self._socket is not None:
            with contextlib.suppress(websockets.ConnectionClosed):
                await self._socket.send(json.dumps({"type": "message", "content": content}))

    async def _stay(self) -> None:
        while True:
            try:
                await self._visit()
            except (OSError, websockets.WebSocketException):
                pass
            finally:
                if self._socket is not None:
                    self._socket, self._lost_s = None, time.monotonic()
            await asyncio.sleep(TRY_AGAIN_S)

    async def _visit(self) -> None:
        where = f"ws://127.0.0.1:{self.port}/ws"
        options: dict[str, Any] = {"proxy": None, "compression": None, "local_addr": (self._address, 0)}
        async with websockets.connect(where, **options) as socket:
            await socket.send(json.dumps({"type": "authenticate", "token": self.token}))
            try:
                async for text in socket:
                    self._on_message(socket, json.loads(text))
            finally:
                if socket.close_code is not None:
                    self.closed.append(socket.close_code)

    def _on_message(self, socket: websockets.ClientConnection, message: dict[str, Any]) -> None:
        if message["type"] == "authentication":
            self._socket = socket
            if self._lost_s is not None:
                self.away_s, self._lost_s = max(self.away_s, time.monotonic() - self._lost_s), None
        elif message["type"] == "user_list":
            self.users = sorted(each["username"] for each in message["users"])
            self.lists += 1
        elif message["type"] == "message":
            self.heard.setdefault(message["username"], []).append(message["content"])
            self.ids.append(message["id"])


async def until(condition: Callable[[], object], within_s: float = WAIT_S) -> float:
    """Wait until a condition holds; return how long that took, seconds.

    Raises:
        TimeoutError: It does not in time.
    """
    started_s = time.monotonic()
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.01)
    return time.monotonic() - started_s
