"""`wreq`: a client in Rust, over tungstenite."""

import asyncio

import wreq
from walk import Closed, walk

http = wreq.Client(no_proxy=True)


class Client:
    def __init__(self, socket: wreq.WebSocket) -> None:
        self._socket = socket
        self.subprotocol = socket.protocol

    async def send(self, text: str) -> None:
        await self._socket.send(wreq.Message.from_text(text))

    async def receive(self) -> str:
        while True:
            got = await self._socket.recv()
            if got is None:
                raise Closed(None)
            if got.close:
                raise Closed(got.close[0], got.close[1] or "")
            if got.text is not None:
                return str(got.text)

    async def close(self) -> int | None:
        await self._socket.send(wreq.Message.from_close(1000, "bye"))
        try:
            while True:
                await self.receive()
        except Closed as closed:
            return closed.code


async def connect(url: str, offered: list[str]) -> Client:
    return Client(await http.websocket(url, protocols=offered or None))


asyncio.run(walk(connect))
