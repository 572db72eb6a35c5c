"""The older asyncio client of `websockets`, which much existing code still imports."""

import asyncio
import warnings

import websockets
from walk import Closed, walk

warnings.simplefilter("ignore", DeprecationWarning)

from websockets.legacy.client import WebSocketClientProtocol  # noqa: E402
from websockets.legacy.client import connect as open_socket  # noqa: E402


class Client:
    def __init__(self, socket: WebSocketClientProtocol) -> None:
        self._socket = socket
        self.subprotocol = socket.subprotocol

    async def send(self, text: str) -> None:
        await self._socket.send(text)

    async def receive(self) -> str:
        try:
            return str(await self._socket.recv())
        except websockets.ConnectionClosed as closed:
            raise Closed(self._socket.close_code, self._socket.close_reason or "") from closed

    async def close(self) -> int | None:
        await self._socket.close()
        return self._socket.close_code


async def connect(url: str, offered: list[str]) -> Client:
    return Client(await open_socket(url, subprotocols=offered or None))


asyncio.run(walk(connect))
