"""`websocket-client`, the blocking one that most scripts use; it sends a ping before each message."""

import websocket
from walk import Closed, walk_blocking


class Client:
    def __init__(self, socket: websocket.WebSocket) -> None:
        self._socket = socket
        self.subprotocol = socket.getsubprotocol()

    async def send(self, text: str) -> None:
        self._socket.ping("still here")
        self._socket.send(text)

    async def receive(self) -> str:
        code, data = self._socket.recv_data()
        if code == websocket.ABNF.OPCODE_CLOSE:
            raise Closed(int.from_bytes(data[:2], "big"), data[2:].decode())
        return data.decode()

    async def close(self) -> int | None:
        self._socket.send_close(1000, b"bye")
        try:
            while True:
                await self.receive()
        except Closed as closed:
            self._socket.shutdown()
            return closed.code


async def connect(url: str, offered: list[str]) -> Client:
    return Client(websocket.create_connection(url, subprotocols=offered or None))


walk_blocking(connect)
