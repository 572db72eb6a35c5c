"""`WebSocketApp` of `websocket-client`: callbacks, in a thread of their own."""

import queue
import threading

import websocket
from walk import UNTOLD, Closed, walk_blocking


class Client:
    def __init__(self, url: str, offered: list[str]) -> None:
        self.subprotocol = UNTOLD
        self._came: queue.Queue[str | Exception | None] = queue.Queue()
        self._app = websocket.WebSocketApp(
            url,
            subprotocols=offered or None,
            on_open=lambda app: self._came.put(None),
            on_message=lambda app, text: self._came.put(text),
            on_error=self._on_error,
            on_close=lambda app, code, reason: self._came.put(Closed(code, reason or "")),
        )
        threading.Thread(target=self._app.run_forever, daemon=True).start()

    def _on_error(self, _app: websocket.WebSocketApp, error: Exception) -> None:
        if not isinstance(error, websocket.WebSocketConnectionClosedException):  # `on_close` follows.
            self._came.put(error)

    async def send(self, text: str) -> None:
        self._app.send(text)

    async def receive(self) -> str:
        got = self._came.get()
        if isinstance(got, Exception):
            raise got
        return got or ""

    async def close(self) -> int | None:
        self._app.sock.send_close(1000, b"bye")  # `close` would not wait for the server's answer.
        try:
            while True:
                await self.receive()
        except Closed as closed:
            return closed.code


async def connect(url: str, offered: list[str]) -> Client:
    client = Client(url, offered)
    await client.receive()
    return client


walk_blocking(connect)
