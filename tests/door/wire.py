"""Requests written out byte for byte, for what no client library would send."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

WAIT_S = 30.0
KEY = base64.b64encode(bytes(16)).decode()
UPGRADE = (
    ("Upgrade", "websocket"),
    ("Connection", "Upgrade"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", KEY),
)

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Answer:
    """An answer to a request.

    Attributes:
        status: Of the last answer; earlier ones of status 100 are passed over. 0: the connection just ended.
        headers: Name, in small letters, and value; in their order.
        body: As it came, without the transfer coding.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    def header(self, name: str) -> str:
        """Return a header's values, joined; "" if there is none."""
        return ", ".join(value for key, value in self.headers if key == name.lower())

    @property
    def json(self) -> dict[str, Any]:
        """The body, if it is a JSON object; else empty."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def head(method: str, target: str, headers: Headers) -> bytes:
    """Return a request's head; header values are sent as UTF-8."""
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Link:
    """A connection to a server.

    Attributes:
        reader: What comes.
        writer: What goes.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @staticmethod
    async def open(port: int) -> Link:
        """Connect to a server on 127.0.0.1."""
        return Link(*await asyncio.open_connection("127.0.0.1", port))

    async def __aenter__(self) -> Link:
        return self

    async def __aexit__(self, *_error: object) -> None:
        self.writer.transport.abort()
        await asyncio.sleep(0)

    async def ask(self, data: bytes, has_body: bool = True) -> Answer:
        """Send a whole request and read its answer.

        Args:
            data: The request.
            has_body: False for HEAD, whose answer has a length and no body.

        """
        self.writer.write(data)
        async with asyncio.timeout(WAIT_S):
            while (answer := await self._answer(has_body)).status == 100:
                pass
            return answer

    async def _answer(self, has_body: bool) -> Answer:
        try:
            lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return Answer(0, ())
        pairs = (line.partition(":") for line in lines[1:] if line)
        headers = tuple((name.lower(), value.strip()) for name, _, value in pairs)
        answer = Answer(int(lines[0].split()[1]), headers)
        if answer.status in (0, 100, 101, 204, 304) or not has_body:
            return answer
        return Answer(answer.status, headers, await self._body(answer))

    async def _body(self, answer: Answer) -> bytes:
        if answer.header("transfer-encoding") == "chunked":
            return await self._chunks()
        length = answer.header("content-length")
        return await (self.reader.readexactly(int(length)) if length else self.reader.read())

    async def _chunks(self) -> bytes:
        body = b""
        while size := int(await self.reader.readline(), 16):
            body += await self.reader.readexactly(size)
            await self.reader.readline()
        await self.reader.readline()
        return body


async def ask(port: int, method: str, target: str, headers: Headers, body: bytes = b"") -> Answer:
    """Send one request on a connection of its own and return its answer."""
    async with await Link.open(port) as link:
        return await link.ask(head(method, target, headers) + body, has_body=method != "HEAD")
