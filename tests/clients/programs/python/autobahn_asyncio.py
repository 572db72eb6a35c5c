"""`autobahn` on asyncio."""

import asyncio

from autobahn.asyncio.websocket import WebSocketClientFactory, WebSocketClientProtocol
from walk import Closed, walk


class Client(WebSocketClientProtocol):
    def __init__(self) -> None:
        super().__init__()
        self.subprotocol = None
        self.came: asyncio.Queue[str | Exception] = asyncio.Queue()

    def onConnect(self, response) -> None:  # noqa: N802
        self.subprotocol = response.protocol

    def onOpen(self) -> None:  # noqa: N802
        self.came.put_nowait("open")

    def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: N802, N803
        self.came.put_nowait(payload.decode())

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:  # noqa: N802, N803
        self.came.put_nowait(Closed(code, reason or ""))

    async def send(self, text: str) -> None:
        self.sendMessage(text.encode())

    async def receive(self) -> str:
        got = await self.came.get()
        if isinstance(got, Exception):
            raise got
        return got

    async def close(self) -> int | None:
        self.sendClose(1000, "bye")
        try:
            while True:
                await self.receive()
        except Closed as closed:
            return closed.code


async def connect(url: str, offered: list[str]) -> Client:
    factory = WebSocketClientFactory(url, protocols=offered)
    factory.protocol = Client
    factory.setProtocolOptions(closeHandshakeTimeout=20)
    _, client = await asyncio.get_running_loop().create_connection(factory, factory.host, factory.port)
    await client.receive()
    return client


asyncio.run(walk(connect))
