"""The client of `tornado`, with compression offered."""

import asyncio

from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect
from walk import Closed, walk


class Client:
    def __init__(self, socket: WebSocketClientConnection) -> None:
        self._socket = socket
        self.subprotocol = socket.selected_subprotocol

    async def send(self, text: str) -> None:
        await self._socket.write_message(text)

    async def receive(self) -> str:
        got = await self._socket.read_message()
        if got is None:
            raise Closed(self._socket.close_code, self._socket.close_reason or "")
        return str(got)

    async def close(self) -> int | None:
        self._socket.close(1000, "bye")
        try:
            while True:
                await self.receive()
        except Closed as closed:
            return closed.code


async def connect(url: str, offered: list[str]) -> Client:
    request = HTTPRequest(url)
    return Client(await websocket_connect(request, compression_options={}, subprotocols=offered or None))


asyncio.run(walk(connect))
