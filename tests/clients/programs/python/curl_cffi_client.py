"""`curl_cffi`: the WebSocket of libcurl, as a browser would greet."""

from curl_cffi import Session
from curl_cffi.requests import WebSocket, WebSocketClosed
from walk import UNTOLD, Closed, walk_blocking

session = Session()


class Client:
    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self.subprotocol = UNTOLD

    async def send(self, text: str) -> None:
        self._socket.send_str(text)

    async def receive(self) -> str:
        try:
            return self._socket.recv_str()
        except WebSocketClosed as closed:
            raise Closed(self._socket.close_code or closed.code, self._socket.close_reason or "") from closed

    async def close(self) -> int | None:
        self._socket.close(1000, b"bye")
        return self._socket.close_code


async def connect(url: str, offered: list[str]) -> Client:
    headers = {"Sec-WebSocket-Protocol": ", ".join(offered)} if offered else None
    return Client(session.ws_connect(url, headers=headers))


walk_blocking(connect)
