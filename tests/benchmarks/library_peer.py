"""The same wire contract on the `websockets` library's own asyncio server; `--qasync` runs it on plain qasync.

JSON goes through msgspec and broadcasts through the library's `broadcast`, its fastest way. As the Node peer
it keeps no traffic record, limits no rates and pings nobody, and merges user lists by the contract's rule.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
import uuid
from typing import Any

import jwt
import msgspec
from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed

from authws_desktop.protocol.timestamps import TimestampFormatter

MIN_PAUSE_S, MAX_PAUSE_S, SMALL = 0.05, 0.2, 200

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode
_format = TimestampFormatter()


def now_text() -> str:
    """Return the time now, as the contract writes it."""
    return _format(time.time())


class Member:
    """One connection and who it is."""

    def __init__(self, socket: ServerConnection) -> None:
        self.socket = socket
        self.client_id = str(uuid.uuid4())
        self.user: dict[str, str] = {}
        self.last_active = time.time()


class LibraryServer:
    """Members, broadcast, direct messages and presence."""

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._members: dict[str, Member] = {}
        self._sockets: list[ServerConnection] = []
        self._timer: asyncio.TimerHandle | None = None
        self._is_changed = False
        self._not_before_s = 0.0

    async def handle(self, socket: ServerConnection) -> None:
        """Serve one connection until it ends."""
        member = Member(socket)
        hello = {"type": "connection", "status": "connected", "clientId": member.client_id}
        await self._send(member, {**hello, "authenticated": False, "timestamp": now_text()})
        try:
            async for data in socket:
                member.last_active = time.time()
                await self._on_message(member, _decode(data))
        except ConnectionClosed:
            pass
        finally:
            if self._members.pop(member.client_id, None) is not None:
                self._sockets = [each.socket for each in self._members.values()]
                self._presence_changed()

    async def _send(self, member: Member, message: dict[str, Any]) -> None:
        await member.socket.send(_encode(message), text=True)

    async def _on_message(self, member: Member, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "authenticate":
            await self._authenticate(member, message["token"])
        elif kind == "message":
            self._broadcast(member, message["content"])
        elif kind == "direct":
            await self._direct(member, message)

    async def _authenticate(self, member: Member, token: str) -> None:
        claims = jwt.decode(token, self._secret, algorithms=["HS256"], issuer="authws-desktop")
        member.user = {"id": claims["sub"], "username": claims["username"]}
        self._members[member.client_id] = member
        self._sockets.append(member.socket)
        answer = {"type": "authentication", "status": "authenticated", "user": member.user}
        more = {"clientId": member.client_id, "expiresAt": _format(claims["exp"])}
        await self._send(member, {**answer, "timestamp": now_text(), **more})
        self._presence_changed()

    def _broadcast(self, member: Member, content: object) -> None:
        message = {"type": "message", "from": member.client_id, "username": member.user["username"]}
        frame = _encode({**message, "content": content, "timestamp": now_text(), "id": str(uuid.uuid4())})
        broadcast(self._sockets, frame.decode())

    async def _direct(self, member: Member, message: dict[str, Any]) -> None:
        to, wire_id, time_text = message["to"], str(uuid.uuid4()), now_text()
        names = {"from": member.client_id, "to": to, "username": member.user["username"]}
        body = {"content": message["content"], "timestamp": time_text, "id": wire_id}
        await self._send(self._members[to], {"type": "direct", **names, **body})
        answer = {"type": "message_delivered", "to": to, "timestamp": time_text, "id": wire_id}
        await self._send(member, {**answer, "recipients": 1, "messageId": message["messageId"]})

    def _presence_changed(self) -> None:
        self._is_changed = True
        if self._timer is None:
            wait_s = max(MIN_PAUSE_S, self._not_before_s - time.monotonic())
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._send_user_list)

    def _send_user_list(self) -> None:
        self._is_changed = False
        started_s = time.monotonic()
        users = [
            {
                "id": member.client_id,
                "username": member.user["username"],
                "lastActive": _format(member.last_active),
                "userId": member.user["id"],
            }
            for member in self._members.values()
        ]
        broadcast(
            self._sockets, _encode({"type": "user_list", "users": users, "timestamp": now_text()}).decode()
        )
        pause_s = max(MIN_PAUSE_S, (time.monotonic() - started_s) * 9)
        if len(users) <= SMALL:
            pause_s = min(pause_s, MAX_PAUSE_S)
        self._not_before_s = time.monotonic() + pause_s
        self._timer = None
        if self._is_changed:
            self._presence_changed()


async def main() -> None:
    """Serve until SIGTERM."""
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    server = LibraryServer(os.environ["JWT_SECRET"])
    options: dict[str, Any] = {"compression": None, "ping_interval": None, "backlog": 1024}
    async with serve(server.handle, "127.0.0.1", int(os.environ["PORT"]), **options):
        await stopped.wait()


def run_on_qasync() -> None:
    """Run the same server on qasync's own loop."""
    from PySide6.QtWidgets import QApplication

    os.environ["QT_API"] = "pyside6"
    import qasync

    app = QApplication([])
    with qasync.QEventLoop(app) as loop:
        loop.run_until_complete(main())


if __name__ == "__main__":
    if "--qasync" in sys.argv:
        run_on_qasync()
    else:
        asyncio.run(main())
