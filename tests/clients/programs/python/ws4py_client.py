"""`ws4py`, which names the server itself as its origin: `ws://host:port`."""

import queue

from walk import Closed, walk_blocking
from ws4py.client.threadedclient import WebSocketClient


class Client(WebSocketClient):
    def __init__(self, url: str, offered: list[str]) -> None:
        super().__init__(url, protocols=offered)
        self.subprotocol = None
        self._came: queue.Queue[str | Exception | None] = queue.Queue()
        self.daemon = True
        self.connect()
        self._th.start()

    def handshake_ok(self) -> None:
        """Let the thread wait until `connect` has processed what came with the 101; it would read on beside it."""

    def opened(self) -> None:
        self.subprotocol = b"".join(self.protocols).decode()
        self._came.put(None)

    def received_message(self, message) -> None:
        self._came.put(str(message))

    def closed(self, code: int, reason: bytes | str | None = None) -> None:
        self._came.put(Closed(code, reason.decode() if isinstance(reason, bytes) else reason or ""))

    async def receive(self) -> str:
        got = self._came.get()
        if isinstance(got, Exception):
            raise got
        return got or ""


class Adapter:
    def __init__(self, client: Client) -> None:
        self._client = client
        self.subprotocol = client.subprotocol

    async def send(self, text: str) -> None:
        self._client.send(text)

    async def receive(self) -> str:
        return await self._client.receive()

    async def close(self) -> int | None:
        self._client.close(1000, "bye")
        try:
            while True:
                await self.receive()
        except Closed as closed:
            return closed.code


async def connect(url: str, offered: list[str]) -> Adapter:
    client = Client(url, offered)
    await client.receive()
    return Adapter(client)


walk_blocking(connect)
