"""The client of `websockets`, in its asyncio form."""

import asyncio

import websockets
from walk import Closed, walk


class Client:
    def __init__(self, socket: websockets.ClientConnection) -> None:
        self._socket = socket
        self.subprotocol = socket.subprotocol

    async def send(self, text: str) -> None:
        await self._socket.send(text)

    async def receive(self) -> str:
        try:
            return await self._socket.recv(decode=True)
        except websockets.ConnectionClosed as closed:
            raise Closed(self._socket.close_code, self._socket.close_reason or "") from closed

    async def close(self) -> int | None:
        await self._socket.close()
        return self._socket.close_code


async def connect(url: str, offered: list[str]) -> Client:
    return Client(await websockets.connect(url, subprotocols=offered or None, proxy=None))


asyncio.run(walk(connect))
