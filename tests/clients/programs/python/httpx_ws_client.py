"""`httpx-ws`, blocking, with its own defaults."""

from contextlib import ExitStack

import httpx
from httpx_ws import WebSocketDisconnect, WebSocketSession, connect_ws
from walk import Closed, walk_blocking

stack = ExitStack()


class Client:
    def __init__(self, socket: WebSocketSession) -> None:
        self._socket = socket
        self.subprotocol = socket.subprotocol

    async def send(self, text: str) -> None:
        self._socket.send_text(text)

    async def receive(self) -> str:
        try:
            return self._socket.receive_text()
        except WebSocketDisconnect as closed:
            raise Closed(closed.code, closed.reason or "") from closed

    async def close(self) -> int | None:
        self._socket.close(1000, "bye")  # It ends the connection without waiting for an answer.
        return None


async def connect(url: str, offered: list[str]) -> Client:
    http = stack.enter_context(httpx.Client(trust_env=False))
    return Client(stack.enter_context(connect_ws(url, http, subprotocols=offered or None)))


with stack:
    walk_blocking(connect)
