"""`simple-websocket`, the one of Flask-Sock and Flask-SocketIO."""

import simple_websocket
from walk import Closed, walk_blocking


class Client:
    def __init__(self, socket: simple_websocket.Client) -> None:
        self._socket = socket
        self.subprotocol = socket.subprotocol

    async def send(self, text: str) -> None:
        self._socket.send(text)

    async def receive(self) -> str:
        try:
            return str(self._socket.receive())
        except simple_websocket.ConnectionClosed as closed:
            raise Closed(int(closed.reason), closed.message or "") from closed

    async def close(self) -> int | None:
        self._socket.close(1000, "bye")  # It ends the connection without waiting for an answer.
        return None


async def connect(url: str, offered: list[str]) -> Client:
    socket = simple_websocket.Client(url, subprotocols=offered or None)
    socket._handle_events()  # It leaves a frame that came with the 101 lying until more bytes come.
    return Client(socket)


walk_blocking(connect)
