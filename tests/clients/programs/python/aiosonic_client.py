"""The WebSocket client of `aiosonic`."""

import asyncio

from aiosonic.web_socket_client import WebSocketClient, WebSocketConnection
from walk import Closed, walk


class Client:
    def __init__(self, socket: WebSocketConnection) -> None:
        self._socket = socket
        self.subprotocol = socket.subprotocol

    async def send(self, text: str) -> None:
        await self._socket.send_text(text)

    async def receive(self) -> str:
        try:
            return await self._socket.receive_text()
        except Exception as error:
            if self._socket.close_code:
                raise Closed(self._socket.close_code) from error
            raise

    async def close(self) -> int | None:
        await self._socket.close(1000, "bye")
        return self._socket.close_code


async def connect(url: str, offered: list[str]) -> Client:
    return Client(await WebSocketClient().connect(url, subprotocols=offered or None))


asyncio.run(walk(connect))
