"""The client of `aiohttp`; it offers permessage-deflate, which the server declines."""

import asyncio

import aiohttp
from walk import Closed, walk

session: aiohttp.ClientSession


class Client:
    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self.subprotocol = socket.protocol

    async def send(self, text: str) -> None:
        await self._socket.send_str(text)

    async def receive(self) -> str:
        got = await self._socket.receive()
        if got.type is aiohttp.WSMsgType.TEXT:
            return str(got.data)
        raise Closed(self._socket.close_code, got.extra or "")

    async def close(self) -> int | None:
        await self._socket.close()
        return self._socket.close_code


async def connect(url: str, offered: list[str]) -> Client:
    return Client(await session.ws_connect(url, protocols=offered, compress=15))


async def main() -> None:
    global session
    async with aiohttp.ClientSession() as session:
        await walk(connect)


asyncio.run(main())
