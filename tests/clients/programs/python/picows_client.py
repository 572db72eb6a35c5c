"""`picows`: frames come to a listener."""

import asyncio

from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect
from walk import Closed, walk


class Client(WSListener):
    def __init__(self) -> None:
        self.subprotocol = None
        self._came: asyncio.Queue[str | Exception] = asyncio.Queue()
        self._pieces = b""
        self._transport: WSTransport

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self.subprotocol = transport.response.headers.get("Sec-WebSocket-Protocol")

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            self._came.put_nowait(
                Closed(int(frame.get_close_code()), (frame.get_close_message() or b"").decode())
            )
            transport.send_close(frame.get_close_code())
            transport.disconnect()
        elif frame.msg_type in (WSMsgType.TEXT, WSMsgType.CONTINUATION):
            self._pieces += frame.get_payload_as_bytes()
            if frame.fin:
                self._came.put_nowait(self._pieces.decode())
                self._pieces = b""

    async def send(self, text: str) -> None:
        self._transport.send(WSMsgType.TEXT, text.encode())

    async def receive(self) -> str:
        got = await self._came.get()
        if isinstance(got, Exception):
            raise got
        return got

    async def close(self) -> int | None:
        self._transport.send_close(WSCloseCode.OK, b"bye")
        try:
            while True:
                await self.receive()
        except Closed as closed:
            return closed.code


async def connect(url: str, offered: list[str]) -> Client:
    headers = {"Sec-WebSocket-Protocol": ", ".join(offered)} if offered else None
    _, client = await ws_connect(Client, url, extra_headers=headers, enable_auto_pong=True)
    return client


asyncio.run(walk(connect))
