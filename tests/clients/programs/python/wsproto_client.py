"""`wsproto` over a plain socket, as a library that builds on it does; it offers permessage-deflate."""

import socket
from urllib.parse import urlsplit

from walk import Closed, walk_blocking
from wsproto import WSConnection
from wsproto import events as ws
from wsproto.connection import ConnectionType
from wsproto.extensions import PerMessageDeflate


class Client:
    def __init__(self, url: str, offered: list[str]) -> None:
        parts = urlsplit(url)
        self._link = socket.create_connection((parts.hostname, parts.port))
        self._ws = WSConnection(ConnectionType.CLIENT)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        extensions = [PerMessageDeflate()]
        self._give(ws.Request(parts.netloc, target, extensions=extensions, subprotocols=offered))
        self._events: list[ws.Event] = []
        self._pieces = ""
        accepted = self._next()
        if not isinstance(accepted, ws.AcceptConnection):
            raise ConnectionError(str(accepted))
        self.subprotocol = accepted.subprotocol

    def _give(self, event: ws.Event) -> None:
        self._link.sendall(self._ws.send(event))

    def _next(self) -> ws.Event:
        while not self._events:
            self._ws.receive_data(self._link.recv(65536) or None)
            self._events = list(self._ws.events())
        return self._events.pop(0)

    async def send(self, text: str) -> None:
        self._give(ws.TextMessage(text))

    async def receive(self) -> str:
        while True:
            event = self._next()
            if isinstance(event, ws.Ping):
                self._give(event.response())
            elif isinstance(event, ws.CloseConnection):
                if self._ws.state.name == "REMOTE_CLOSING":
                    self._give(event.response())
                raise Closed(event.code, event.reason or "")
            elif isinstance(event, ws.TextMessage):
                self._pieces += event.data
                if event.message_finished:
                    text, self._pieces = self._pieces, ""
                    return text

    async def close(self) -> int | None:
        self._give(ws.CloseConnection(1000, "bye"))
        try:
            while True:
                await self.receive()
        except Closed as closed:
            return closed.code


async def connect(url: str, offered: list[str]) -> Client:
    return Client(url, offered)


walk_blocking(connect)
