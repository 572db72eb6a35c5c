"""`lomond`: the events of a connection come from an iterator."""

from collections.abc import Iterator

from lomond import WebSocket
from walk import Closed, walk_blocking


class Client:
    def __init__(self, url: str, offered: list[str]) -> None:
        self.subprotocol: str | None = None
        self._socket = WebSocket(url, protocols=offered, proxies={})
        self._events: Iterator = self._socket.connect()

    async def open(self) -> None:
        for event in self._events:
            if event.name in ("connect_fail", "rejected", "disconnected"):
                raise ConnectionError(str(event))
            if event.name == "ready":
                self.subprotocol = event.protocol
                return

    async def send(self, text: str) -> None:
        self._socket.send_text(text)

    async def receive(self) -> str:
        for event in self._events:
            if event.name == "text":
                return str(event.text)
            if event.name in ("closing", "closed"):
                raise Closed(event.code, event.reason or "")
        raise Closed(None)

    async def close(self) -> int | None:
        self._socket.close(1000, "bye")
        try:
            while True:
                await self.receive()
        except Closed as closed:
            return closed.code


async def connect(url: str, offered: list[str]) -> Client:
    client = Client(url, offered)
    await client.open()
    return client


walk_blocking(connect)
