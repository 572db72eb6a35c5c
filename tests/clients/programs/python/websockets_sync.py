"""The client of `websockets`, in its threaded form."""

from contextlib import ExitStack

import websockets
from walk import Closed, walk_blocking
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as open_socket

stack = ExitStack()


class Client:
    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self.subprotocol = socket.subprotocol

    async def send(self, text: str) -> None:
        self._socket.send(text)

    async def receive(self) -> str:
        try:
            return self._socket.recv(decode=True)
        except websockets.ConnectionClosed as closed:
            raise Closed(self._socket.close_code, self._socket.close_reason or "") from closed

    async def close(self) -> int | None:
        self._socket.close()
        return self._socket.close_code


async def connect(url: str, offered: list[str]) -> Client:
    return Client(stack.enter_context(open_socket(url, subprotocols=offered or None, proxy=None)))


with stack:
    walk_blocking(connect)
