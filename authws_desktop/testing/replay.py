"""Sends the recorded frames of each connection again, with real logins, and compares the answers.

Steps are taken in the order of the rows. After each, the frames that the recording says came of it are
awaited at every connection, one after the other, and compared; ids, times and tokens are left aside, names
and client ids are those of now. User lists and presence are not compared: changes that come close together
are merged, and that is a matter of time.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from ..client.http import call, is_here  # noqa: TID252 - published with the client beside it
from .errors import HarnessError
from .rows import Row, describe

ANSWER_S = 10.0
_ASIDE = ("id", "timestamp", "clientId", "expiresAt", "from", "server", "authDeadlineMs", "last", "missed")
_UNCOMPARED = ("user_list", "presence")
_FRAMES = ("message", "direct", "authenticate", "invalid")
GetPassword = Callable[[str], str]


class Target(Protocol):
    """What a recording is replayed at; see `Server`."""

    http: str
    ws: str

    def send(self, content: object, to: str | None = None) -> None:
        """Send a message as the host."""


class Difference(HarnessError):
    """An answer is another one than was recorded; says at which row, what was, and what is."""

    def __init__(self, row: Row, was: object, now: object) -> None:
        super().__init__(f"At {describe(row)}\n  recorded: {_text(was)}\n  now:      {_text(now)}")


class ReplayError(HarnessError):
    """A recording cannot be replayed here; says why."""


class _Connection:
    """A connection of this run, in place of one of the recording."""

    def __init__(self, socket: ClientConnection, name: str) -> None:
        self.socket = socket
        self.name = name
        self.client_id = ""

    async def next_frame(self) -> dict[str, Any]:
        """Return the next frame that is compared.

        Raises:
            TimeoutError, ConnectionClosed: There is none.
        """
        async with asyncio.timeout(ANSWER_S):
            while True:
                frame: dict[str, Any] = json.loads(await self.socket.recv())
                if frame.get("type") not in _UNCOMPARED:
                    return frame


class Replay:
    """One run of a recording.

    Attributes:
        steps: Frames sent.
        compared: Answers compared.

    Args:
        server: Where to.
        rows: The recording, oldest first.
        password_of: Returns the password of a user of now.
        user_map: Users of now by users of the recording; others keep their names.
        speed: 1 keeps the recorded times between steps, 2 is twice as fast; 0 does not wait.
    """

    def __init__(
        self,
        server: Target,
        rows: Sequence[Row],
        password_of: GetPassword,
        user_map: Mapping[str, str] | None = None,
        speed: float = 0,
    ) -> None:
        self._server = server
        self._rows = rows
        self._password_of = password_of
        self._map = dict(user_map or {})
        self._speed = speed
        self._connections: dict[int, _Connection] = {}
        self._ids: dict[str, str] = {}
        self.steps = self.compared = 0

    async def run(self) -> None:
        """Replay the recording to its end.

        Raises:
            Difference: At the first answer that is another one.
            ReplayError: A user cannot log in.
        """
        began_s, first_s = asyncio.get_running_loop().time(), self._rows[0].get("time_s", 0.0)
        try:
            for row in self._rows:
                if self._speed and _is_step(row):
                    due_s = began_s + (row.get("time_s", 0.0) - first_s) / self._speed
                    await asyncio.sleep(max(0.0, due_s - asyncio.get_running_loop().time()))
                await self._take(row)
            await self._expect_nothing_more(self._rows[-1])
        finally:
            for connection in self._connections.values():
                await connection.socket.close()

    async def _take(self, row: Row) -> None:
        number, kind = row["identity"].get("number", 0), row["kind"]
        if kind == "connect":
            await self._connect(row, number)
        elif kind == "disconnect" and number in self._connections:
            await self._connections.pop(number).socket.close()
        elif row["direction"] == "in" and kind in _FRAMES and number in self._connections:
            await self._send(row, self._connections[number])
        elif row["direction"] == "out" and number in self._connections and kind not in _UNCOMPARED:
            await self._compare(row, self._connections[number], json.loads(row.get("payload") or "{}"))
        elif row["direction"] == "out" and row.get("is_from_host") and kind in ("message", "direct"):
            await self._send_as_host(row)

    async def _connect(self, row: Row, number: int) -> None:
        url = self._server.ws
        socket = await connect(url, proxy=None if is_here(url) else True, compression=None, max_size=None)
        connection = self._connections[number] = _Connection(socket, "")
        # Here and not at its row: other rows may lie between, which already speak of it.
        frame = await connection.next_frame()
        connection.client_id = self._ids[row["identity"]["client_id"]] = frame["clientId"]

    async def _send(self, row: Row, connection: _Connection) -> None:
        self.steps += 1
        if row["kind"] == "authenticate":
            payload = await self._login(row, connection)
        else:
            payload = self._payload(row)
        await connection.socket.send(payload.encode() if row.get("is_binary") else payload)
        if row["kind"] in ("message", "direct") and not row.get("outcome"):
            await self._expect_delivery(row, json.loads(row["payload"]))

    async def _login(self, row: Row, connection: _Connection) -> str:
        """Return the frame that logs a connection in, with a real token in place of the hidden one."""
        recorded = json.loads(row.get("payload") or '{"type": "authenticate"}')
        if row.get("outcome"):  # it was refused; so is this one
            return json.dumps({**recorded, "token": "refused"})
        name = self._now(row["identity"].get("username", ""))
        body = {"username": name, "password": self._password_of(name)}
        connection.name = name
        try:
            answer = await call("POST", f"{self._server.http}/auth/login", body)
        except Exception as error:
            raise ReplayError(f"'{name}' cannot log in: {error}") from error
        return json.dumps({**recorded, "token": answer["token"]})

    def _payload(self, row: Row) -> str:
        text = str(row.get("payload", ""))
        if row["kind"] != "direct" or row.get("outcome"):
            return text
        frame = json.loads(text)
        frame["to"] = self._recipient(frame["to"])
        return json.dumps(frame, ensure_ascii=False)

    async def _send_as_host(self, row: Row) -> None:
        self.steps += 1
        content = json.loads(row["payload"])
        to = None if row.get("to") == "all" else self._recipient(row.get("to", ""))
        await asyncio.to_thread(self._server.send, content, to)
        await self._expect_delivery(row, {"type": row["kind"], "content": content, "to": row.get("to")})

    async def _expect_delivery(self, row: Row, frame: dict[str, Any]) -> None:
        """Await a message at each connection that got it then."""
        sender = row["identity"].get("username", "")
        wanted = {"type": frame["type"], "content": frame["content"], "username": sender}
        if frame["type"] == "direct":
            wanted["to"] = frame["to"]
        for identity in (row.get("delivery") or {}).get("recipients", ()):
            connection = self._connections.get(identity["number"])
            if connection is not None:
                await self._compare(row, connection, wanted)

    async def _compare(self, row: Row, connection: _Connection, recorded: dict[str, Any]) -> None:
        if recorded.get("type") == "connection":
            return  # it was read when the connection was made
        try:
            frame = await connection.next_frame()
        except (TimeoutError, ConnectionClosed) as error:
            raise Difference(row, recorded, f"no answer ({type(error).__name__})") from None
        self.compared += 1
        if self._comparable(recorded, is_recorded=True) != self._comparable(frame):
            raise Difference(row, recorded, frame)

    async def _expect_nothing_more(self, row: Row) -> None:
        """Look whether a connection got what the recording does not have.

        A ping's answer comes behind everything that was sent before it.
        """
        for connection in self._connections.values():
            try:
                await (await connection.socket.ping())
                async with asyncio.timeout(0):
                    frame = await connection.next_frame()
            except (TimeoutError, ConnectionClosed):
                continue
            raise Difference(row, "nothing more", frame)

    # What stands for what

    def _now(self, name: str) -> str:
        return self._map.get(name, name)

    def _recipient(self, to: str) -> str:
        return self._ids.get(to) or self._now(to)

    def _comparable(self, frame: dict[str, Any], *, is_recorded: bool = False) -> dict[str, Any]:
        """Return a frame without what differs from run to run, and with the names of now."""
        left = {name: value for name, value in frame.items() if name not in _ASIDE}
        if isinstance(left.get("user"), dict):
            left["username"] = left.pop("user").get("username")
        if is_recorded:
            if isinstance(left.get("username"), str):
                left["username"] = self._now(left["username"])
            if isinstance(left.get("to"), str):
                left["to"] = self._recipient(left["to"])
        return left


def _is_step(row: Row) -> bool:
    return row["direction"] == "in" or row["kind"] in ("connect", "disconnect")


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def users_of(rows: Sequence[Row]) -> list[str]:
    """Return the users who log in during a recording."""
    logins = (row for row in rows if row["kind"] == "authenticate" and not row.get("outcome"))
    return list(dict.fromkeys(str(row["identity"].get("username", "")) for row in logins))
