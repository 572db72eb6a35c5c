"""The other end of a page's WebSocket, in the hands of the test."""

from __future__ import annotations

import json
import re
import time
from typing import Any

from playwright.sync_api import Page, WebSocketRoute

from tests.own_clients import WAIT_S

TIME = "2026-01-31T12:00:00.000Z"
EXPIRES = "2026-02-01T12:00:00.000Z"


class FakeHost:
    """Answers as the server would, and does what a real one does rarely.

    Attributes:
        received: Every message but `authenticate`, in order.
        users: Names in the list that follows each login.
        roles: What they may do, by name; nothing is told of others.
        pinned: The announcement that each login gets; `None` for none.
        refuses_with: A reason for which the next token is refused.
        answers: Whether messages are confirmed.
        is_silent: Whether logins are left without an answer.
        absent: Names nobody has.

    Args:
        page: The page; call before it is opened.
        name: Who it logs in as.
    """

    def __init__(self, page: Page, name: str) -> None:
        self.name = name
        self._page = page
        self.received: list[dict[str, Any]] = []
        self.users = [name]
        self.roles: dict[str, str] = {}
        self.pinned: dict[str, Any] | None = None
        self.refuses_with: str | None = None
        self.answers = True
        self.is_silent = False
        self.absent: set[str] = set()
        self._sockets: list[WebSocketRoute] = []
        self._count = 0
        page.route_web_socket(re.compile(r"/ws$"), self._on_socket)

    @property
    def connections(self) -> int:
        """How often the page has connected."""
        return len(self._sockets)

    def _on_socket(self, socket: WebSocketRoute) -> None:
        self._sockets.append(socket)
        client_id = f"c{len(self._sockets)}"
        socket.on_message(lambda text: self._on_message(socket, client_id, json.loads(text)))

    def _on_message(self, socket: WebSocketRoute, client_id: str, frame: dict[str, Any]) -> None:
        if frame["type"] == "authenticate":
            self._authenticate(socket, client_id)
            return
        self.received.append(frame)
        if not self.answers:
            return
        if frame["type"] == "message":
            answer = self.message(self.name, frame["content"], client_id)
        elif frame["to"] in self.absent:
            answer = self.refusal_of(frame)
        else:
            answer = {"type": "message_delivered", "to": frame["to"], "timestamp": TIME, "id": "d"}
            answer["recipients"] = 2
        if frame["type"] == "direct":
            answer["messageId"] = frame["messageId"]
        socket.send(json.dumps(answer))

    def _authenticate(self, socket: WebSocketRoute, client_id: str) -> None:
        if self.is_silent:
            return
        if self.refuses_with:
            refusal = {"type": "error", "code": "AUTH_ERROR", "message": "No.", "timestamp": TIME}
            socket.send(json.dumps(refusal | {"reason": self.refuses_with}))
            return
        user = {"id": f"u-{self.name}", "username": self.name}
        answer = {"type": "authentication", "status": "authenticated", "user": user, "timestamp": TIME}
        socket.send(json.dumps(answer | {"clientId": client_id, "expiresAt": EXPIRES}))
        if self.pinned is not None:
            socket.send(json.dumps(self.pinned | {"replayed": True}))
        socket.send(json.dumps(self.user_list()))

    def wait_for(self, *, connections: int = 0, received: int = 0) -> None:
        """Wait until the page has connected, and sent messages, so often.

        What a page shows may be ahead of what has reached the test.
        """
        until_s = time.monotonic() + WAIT_S
        while len(self._sockets) < connections or len(self.received) < received:
            assert time.monotonic() < until_s, (len(self._sockets), self.received)
            self._page.wait_for_timeout(20)

    def user_list(self) -> dict[str, Any]:
        """Return the list of `users`."""
        users = [
            {"id": self._connection_of(number), "username": name, "userId": f"u-{name}", "lastActive": TIME}
            | ({"role": self.roles[name]} if name in self.roles else {})
            for number, name in enumerate(self.users)
        ]
        return {"type": "user_list", "users": users, "timestamp": TIME}

    def _connection_of(self, number: int) -> str:
        name = self.users[number]
        earlier = self.users[:number].count(name)
        return f"c{len(self._sockets)}" if name == self.name and not earlier else f"k{earlier}-{name}"

    def message(self, username: str, content: object, client_id: str = "") -> dict[str, Any]:
        """Return a message to everyone."""
        self._count += 1
        author = {"from": client_id or f"k0-{username}", "username": username}
        message = {"type": "message", "content": content, "timestamp": TIME, "id": f"m{self._count}"}
        return message | author

    def direct(self, username: str, content: object) -> dict[str, Any]:
        """Return a message to this page alone."""
        return self.message(username, content) | {"type": "direct", "to": self.name}

    def refusal_of(self, direct: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to a direct to nobody."""
        refusal = {"type": "error", "code": "INVALID_RECIPIENT", "message": "Nobody.", "timestamp": TIME}
        return refusal | {"messageId": direct["messageId"]}

    def announce(self, content: object) -> dict[str, Any]:
        """Return a message of the host."""
        return self.message("server", content, "server")

    def send(self, *frames: dict[str, Any]) -> None:
        """Send frames to the page."""
        for frame in frames:
            self._sockets[-1].send(json.dumps(frame))

    def close(self, code: int) -> None:
        """End the page's connection."""
        self._sockets[-1].close(code=code, reason="test")
