"""Virtual users: real accounts with real connections that talk, and what became of what they said.

Their names tell what they are (`bot-` with the run's own mark); the accounts are removed at the end. Those
that a killed run left behind are removed by the next one.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import statistics
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from ..client import Client, ClientError  # noqa: TID252 - published with the client beside it
from .rows import Row
from .server import Server

MAX_COUNT = 500
DRAIN_S = 5.0
"""For what is still under way when the last message was sent."""
JOINING = 8
"""Log in at a time: the server hashes a password for each."""
_NAME = re.compile(r"bot-[0-9a-f]{8}-\d+")


@dataclass(frozen=True)
class Report:
    """What a run of virtual users measured.

    Attributes:
        bots: How many took part.
        sent: Messages the server accepted.
        refused: Messages it refused, or whose connection broke.
        received: Messages that arrived, one a receiver.
        lost: Of those that should have arrived.
        median_ms, p99_ms: From sending to arriving; 0 where nothing arrived.
    """

    bots: int
    sent: int
    refused: int
    received: int
    lost: int
    median_ms: float
    p99_ms: float

    def __str__(self) -> str:
        users = "virtual user" if self.bots == 1 else "virtual users"
        return (
            f"{self.bots} {users}: {self.sent} sent, {self.refused} refused, {self.received} received, "
            f"{self.lost} lost; median {self.median_ms:.1f} ms, 99 % within {self.p99_ms:.1f} ms"
        )

    def as_dict(self) -> dict[str, float]:
        """Return it by field."""
        return asdict(self)


class Bots:
    """One run of virtual users.

    Args:
        server: Where they go.
        count: How many, 1 to `MAX_COUNT`.
        script: `chatter`: each talks to everyone. `echo`: each writes to the next one, who writes back. Or
            rows of a recording: each says what the first user of it said, over and over.
        rate: Messages of each a second.
        mark: Eight hexadecimal digits of this run, in the accounts' names; at random if empty.
    """

    def __init__(
        self, server: Server, count: int, script: str | Sequence[Row], rate: float, mark: str = ""
    ) -> None:
        self._server = server
        self._rate = rate
        self._mark = f"bot-{mark or secrets.token_hex(4)}-"
        self._names = [f"{self._mark}{number}" for number in range(1, count + 1)]
        self._is_echo = script == "echo"
        self._contents = contents_of(script) if not isinstance(script, str) else [{"text": "hello"}]
        self._clients: list[Client] = []
        self._sent_s: dict[str, float] = {}
        self._waits_s: list[float] = []
        self._is_draining = False
        self._all_arrived = asyncio.Event()
        self._sent = self._refused = self._expected = 0

    async def run(self, duration_s: float) -> Report:
        """Make them, let them talk for a time, and remove them, whatever happens.

        Args:
            duration_s: How long they talk, seconds.

        Raises:
            HttpFailure, OSError: The server refused, or does not answer.
            Ended: One of them cannot stay.
        """
        await asyncio.to_thread(remove_bots, self._server)
        try:
            await self._join()
            await asyncio.gather(*(self._talk(index, duration_s) for index in range(len(self._clients))))
            await self._drain()
            return self._report()
        finally:
            for client in self._clients:
                await client.close()
            await asyncio.to_thread(remove_bots, self._server, self._mark)

    async def _join(self) -> None:
        places = asyncio.Semaphore(JOINING)

        async def join(name: str) -> None:
            async with places:
                user = await asyncio.to_thread(self._server.user, name)
                client = user.client(app="virtual user", presence="none", on_frame=self._heard_by(name))
                self._clients.append(client)
                await client.start()

        await asyncio.gather(*(join(name) for name in self._names))

    async def _talk(self, index: int, duration_s: float) -> None:
        client, until_s = self._clients[index], time.monotonic() + duration_s
        other = str(self._clients[(index + 1) % len(self._clients)].user["username"])
        # Not all at the same moment, as people do not.
        await asyncio.sleep(index / len(self._clients) / self._rate)
        number = 0
        while time.monotonic() < until_s:
            name = f"{index}-{number}"
            content = {"bot": name, "content": self._contents[number % len(self._contents)]}
            self._sent_s[name] = time.perf_counter()
            try:
                await (client.direct(other, content) if self._is_echo else client.send(content))
            except ClientError:
                self._refused += 1
            else:
                self._sent += 1
                self._expected += 1 if self._is_echo else len(self._clients)
            number += 1
            await asyncio.sleep(1 / self._rate)

    def _heard_by(self, name: str) -> Any:
        def heard(frame: dict[str, Any]) -> None:
            content = frame.get("content")
            if frame.get("type") not in ("message", "direct") or not isinstance(content, dict):
                return
            if self._is_echo and "back" not in content and frame["type"] == "direct" and "bot" in content:
                client = next(each for each in self._clients if each.user.get("username") == name)
                answer = {"type": "direct", "to": frame["from"], "content": {**content, "back": True}}
                tasks.add(task := asyncio.ensure_future(client.frame(answer)))  # noqa: TID251 - nothing of the program is here
                task.add_done_callback(tasks.discard)
            elif (sent_s := self._sent_s.get(str(content.get("bot")))) is not None:
                self._waits_s.append(time.perf_counter() - sent_s)
                self._look_whether_all_arrived()

        tasks: set[asyncio.Future[None]] = set()
        return heard

    async def _drain(self) -> None:
        """Wait until everything has arrived, for a while."""
        self._is_draining = True
        self._look_whether_all_arrived()
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_S):
                await self._all_arrived.wait()

    def _look_whether_all_arrived(self) -> None:
        if self._is_draining and len(self._waits_s) >= self._expected:
            self._all_arrived.set()

    def _report(self) -> Report:
        waits = sorted(self._waits_s) or [0.0]
        return Report(
            len(self._clients),
            self._sent,
            self._refused,
            len(self._waits_s),
            max(0, self._expected - len(self._waits_s)),
            statistics.median(waits) * 1000,
            waits[min(len(waits) - 1, len(waits) * 99 // 100)] * 1000,
        )


def contents_of(rows: Sequence[Row]) -> list[Any]:
    """Return what the first user of a recording said to everyone.

    Raises:
        ValueError: Nobody said anything.
    """
    said = [
        row for row in rows if row["direction"] == "in" and row["kind"] == "message" and row.get("payload")
    ]
    found = [
        json.loads(row["payload"]).get("content")
        for row in said
        if row["identity"].get("username") == said[0]["identity"].get("username")
    ]
    if not found:
        raise ValueError("The recording holds no messages.")
    return found


def remove_bots(server: Server, mark: str = "") -> int:
    """Remove the accounts of virtual users; return how many.

    Args:
        server: Of which they are users.
        mark: Of one run; of all runs that are over, if it is empty.
    """
    removed = 0
    for user in server.call("GET", "/admin/users")["users"]:
        # Who is connected belongs to a run that is still going on.
        is_ours = user["username"].startswith(mark) if mark else user["connections"] == 0
        if is_ours and _NAME.fullmatch(user["username"]):
            server.call("DELETE", f"/admin/users/{user['id']}")
            removed += 1
    return removed
