"""`trio-websocket`, which stands on wsproto."""

from contextlib import AsyncExitStack

import trio
from trio_websocket import ConnectionClosed, WebSocketConnection, open_websocket_url
from walk import Closed, walk


class Client:
    def __init__(self, socket: WebSocketConnection) -> None:
        self._socket = socket
        self.subprotocol = socket.subprotocol

    async def send(self, text: str) -> None:
        await self._socket.send_message(text)

    async def receive(self) -> str:
        try:
            return str(await self._socket.get_message())
        except ConnectionClosed as closed:
            raise Closed(int(closed.reason.code), closed.reason.reason or "") from closed

    async def close(self) -> int | None:
        await self._socket.aclose(1000, "bye")
        return int(self._socket.closed.code)


async def main() -> None:
    async with AsyncExitStack() as stack:

        async def connect(url: str, offered: list[str]) -> Client:
            opened = open_websocket_url(url, subprotocols=offered or None)
            return Client(await stack.enter_async_context(opened))

        await walk(connect)


trio.run(main)
