"""The other end of a page's WebSocket, in the hands of the test."""

from __future__ import annotations

import json
import re
from typing import Any

from playwright.sync_api import Page, WebSocketRoute

TIME = "2026-01-31T12:00:00.000Z"
EXPIRES = "2026-02-01T12:00:00.000Z"


class FakeHost:
    """Answers as the server would, and does what a real one does rarely.

    Attributes:
        received: Every message but `authenticate`, in order.
        users: Names in the list that follows each login.
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
        self.received: list[dict[str, Any]] = []
        self.users = [name]
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
            answer = {"type": "error", "code": "INVALID_RECIPIENT", "message": "Nobody.", "timestamp": TIME}
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
        socket.send(json.dumps(self.user_list()))

    def user_list(self) -> dict[str, Any]:
        """Return the list of `users`."""
        users = [
            {"id": f"k{number}", "username": name, "userId": f"u-{name}", "lastActive": TIME}
            for number, name in enumerate(self.users)
        ]
        return {"type": "user_list", "users": users, "timestamp": TIME}

    def message(self, username: str, content: object, client_id: str = "other") -> dict[str, Any]:
        """Return a message to everyone."""
        self._count += 1
        message = {"type": "message", "from": client_id, "username": username, "content": content}
        return message | {"timestamp": TIME, "id": f"m{self._count}"}

    def direct(self, username: str, content: object) -> dict[str, Any]:
        """Return a message to this page alone."""
        return self.message(username, content) | {"type": "direct", "to": self.name}

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
