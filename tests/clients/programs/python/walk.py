"""Takes a Python client through its steps, as `tests/clients/README.md` describes them."""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol

PATTERN = "0123456789 grüße ✓ 😀 "
"""Two-, three- and four-byte characters, so that no large message is cut at a lucky place."""


UNTOLD = "?"
"""The subprotocol, where a library does not tell which one was selected."""


class Closed(Exception):
    """The server closed; an adapter raises this out of `receive`."""

    def __init__(self, code: int | None, reason: str = "") -> None:
        super().__init__(f"closed with {code} {reason}")
        self.code = code
        self.reason = reason


class Socket(Protocol):
    """What an adapter makes of a library.

    Attributes:
        subprotocol: What the server selected, `None` for nothing; or `UNTOLD`.
    """

    subprotocol: str | None

    async def send(self, text: str) -> None:
        """Send a text frame."""

    async def receive(self) -> str:
        """Return the next text frame, or raise `Closed`."""

    async def close(self) -> int | None:
        """Close with 1000 and return the code that came back."""


Open = Callable[[str, list[str]], Awaitable[Socket]]


class Walk:
    """The steps of one client."""

    def __init__(self, connect: Open, token: str) -> None:
        self._open = connect
        self._token = token
        self._socket: Any = None
        self._client_id = ""
        self._skipped: list[str] = []

    async def connect(self, target: str) -> dict[str, Any]:
        url, *offered = target.split(" ")
        self._skipped = []
        self._socket = await self._open(url, offered)
        return {"subprotocol": self._socket.subprotocol}

    async def connection(self, _value: str) -> dict[str, Any]:
        frame = await self._until("connection")
        self._client_id = frame["clientId"]
        return {"frame": frame, "skipped": self._skipped}

    async def authenticate(self, presence: str) -> dict[str, Any]:
        wish = {"presence": presence} if presence else {}
        await self._send({"type": "authenticate", "token": self._token, **wish})
        return {"frame": await self._until("authentication")}

    async def admitted(self, _value: str) -> dict[str, Any]:
        return {"frame": await self._until("authentication")}

    async def user_list(self, _value: str) -> dict[str, Any]:
        return {"frame": await self._until("user_list")}

    async def message(self, _value: str) -> dict[str, Any]:
        content = {"from": self._client_id, "text": PATTERN, "values": [1, 2.5, None, True]}
        await self._send({"type": "message", "content": content})
        return {"frame": await self._until("message", content), "skipped": self._skipped}

    async def direct(self, _value: str) -> dict[str, Any]:
        content = f"to {self._client_id}"
        await self._send({"type": "direct", "to": self._client_id, "content": content, "messageId": 7})
        frames: dict[str, Any] = {}
        while len(frames) < 2:
            frame = json.loads(await self._socket.receive())
            if frame["type"] in ("direct", "message_delivered"):
                frames[frame["type"]] = frame
        return {"frame": frames["message_delivered"], "direct": frames["direct"]}

    async def large(self, size: str) -> dict[str, Any]:
        marker = f"{self._client_id} "
        unit = len(PATTERN.encode())
        content = marker + PATTERN * ((int(size) - len(marker)) // unit)
        await self._send({"type": "message", "content": content})
        raw = ""
        while marker not in raw[:400] or '"type":"message"' not in raw[:40]:
            raw = await self._socket.receive()
        same = f'"content":{json.dumps(content, ensure_ascii=False)}' in raw
        return {"bytes": len(content.encode()), "same": same}

    async def close(self, _value: str) -> dict[str, Any]:
        return {"code": await self._socket.close()}

    async def wait(self, _value: str) -> dict[str, Any]:
        try:
            while True:
                await self._socket.receive()
        except Closed as closed:
            return {"code": closed.code, "reason": closed.reason}

    async def _send(self, message: dict[str, Any]) -> None:
        await self._socket.send(json.dumps(message, ensure_ascii=False))

    async def _until(self, kind: str, content: Any = None) -> dict[str, Any]:
        while True:
            frame: dict[str, Any] = json.loads(await self._socket.receive())
            if frame["type"] == kind and content in (None, frame.get("content")):
                return frame
            if frame["type"] == "error":
                raise RuntimeError(f"{frame['code']}: {frame['message']}")
            self._skipped.append(frame["type"])


async def walk(connect: Open) -> None:
    """Do the steps of the command line and print a line for each; a failure skips to the next `connect`."""
    token, *steps = sys.argv[1:]
    client = Walk(connect, token)
    is_broken = False
    for step in steps:
        name, _, value = step.partition("=")
        if is_broken and name != "connect":
            continue
        try:
            seen = await getattr(client, name)(value)
            is_broken = False
        except Exception as error:
            seen = {"error": f"{type(error).__name__}: {error}"}
            is_broken = True
        print(json.dumps({"step": name, **seen}), flush=True)


def walk_blocking(connect: Open) -> None:
    """Do the same with a library that blocks: its adapter's coroutines never suspend."""
    steps: Coroutine[Any, Any, None] = walk(connect)
    try:
        steps.send(None)
    except StopIteration:
        return
    raise RuntimeError("a blocking adapter must not await anything")
