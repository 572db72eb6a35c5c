"""Runs the clients against the servers and gathers what came of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from typing import Any

from tests.clients.behaviours import ON_SERVE, ON_WINDOW, STOPPED_COLUMN, Line, Session, judge, stopped
from tests.clients.languages import LANGUAGES
from tests.clients.servers import Server, running
from tests.clients.table import Client

STEP_S = 20
"""How long a program may take for one step; the slowest takes two seconds on a loaded machine."""
END_S = 1
AT_ONCE = (os.cpu_count() or 1) + 1
"""So many programs start and talk at the same time: some only wait."""
LINE_LIMIT_BYTES = 16 * 1024 * 1024

Verdicts = dict[str, dict[str, str]]
"""By client and column: a complaint, or ""."""


class Program:
    """A client's program while it walks through its steps."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @staticmethod
    @contextlib.asynccontextmanager
    async def started(client: Client, token: str, steps: Sequence[str]) -> AsyncIterator[Program]:
        """Start it; it never outlives the block."""
        process = await asyncio.create_subprocess_exec(
            *LANGUAGES[client.language].command(client),
            token,
            *steps,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=LINE_LIMIT_BYTES,
        )
        try:
            yield Program(process)
        finally:
            # One that has done its steps is let go by itself: `kill` would take its exit status from the loop.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), END_S)
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.communicate()

    async def line(self) -> Line | None:
        """Return what it printed for the next step; `None` when it ended or hangs."""
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(STEP_S):
                while raw := await self._process.stdout.readline():
                    if raw.startswith(b'{"step"'):  # Some libraries print of their own accord.
                        line: dict[str, Any] = json.loads(raw)
                        return line
        except TimeoutError:
            return None
        return None


async def talk(client: Client, server: Server, sessions: Sequence[Session]) -> dict[str, str]:
    """Put a client through sessions, one after the other; return a complaint, or "", by column."""
    verdict: dict[str, str] = {}
    waiting = list(sessions)
    while waiting:
        lines = await _lines_of(client, server, waiting)
        for session, seen in zip(waiting, lines, strict=False):
            verdict |= judge(session, seen)
        del waiting[: len(lines)]  # A program that hung or died is started anew for what is left.
    return verdict


async def _lines_of(client: Client, server: Server, sessions: Sequence[Session]) -> list[list[Line]]:
    """Run a program; return the lines of the sessions it began, at least of the first."""
    steps = [step for session in sessions for step in session.arguments(server.port, server.token)]
    seen: list[list[Line]] = []
    async with Program.started(client, server.token, steps) as program:
        while (line := await program.line()) is not None:
            if line["step"] == "connect":
                seen.append([])
            seen[-1].append(line)
    return seen or [[]]


async def hold(
    client: Client, server: Server, column: str, places: asyncio.Semaphore, is_there: asyncio.Event
) -> dict[str, str]:
    """Log a client in and let it see the server stop; return a complaint, or "", by column.

    Args:
        client: The client.
        server: Where it goes.
        column: Of the matrix.
        places: One is taken until the client is logged in: starting is what costs.
        is_there: Set when it is logged in, or never will be.
    """
    session = stopped(column)
    lines: list[Line] = []
    await places.acquire()
    async with Program.started(client, server.token, session.arguments(server.port, server.token)) as program:
        for _ in range(3):
            lines += [line for line in [await program.line()] if line is not None]
        places.release()
        is_there.set()
        await server.process.wait()
        lines += [line for line in [await program.line()] if line is not None]
    return judge(session, lines)


async def run_on(kind: str, clients: Sequence[Client]) -> Verdicts:
    """Run all clients against one server, a few at a time; then all of them see it stop."""
    sessions = [
        each for each in (ON_SERVE if kind == "serve" else ON_WINDOW) if has_ipv6() or not each.is_ipv6
    ]
    places = asyncio.Semaphore(AT_ONCE)
    verdicts: Verdicts = defaultdict(dict)

    async def talk_in_turn(client: Client) -> None:
        async with places:
            verdicts[client.name] |= await talk(client, server, sessions)

    async def hold_one(client: Client, is_there: asyncio.Event) -> None:
        verdicts[client.name] |= await hold(client, server, STOPPED_COLUMN[kind], places, is_there)

    async with running(kind) as server:
        async with asyncio.TaskGroup() as group:
            for client in clients:
                group.create_task(talk_in_turn(client))
        are_there = [asyncio.Event() for _ in clients]
        async with asyncio.TaskGroup() as group:
            for client, is_there in zip(clients, are_there, strict=True):
                group.create_task(hold_one(client, is_there))
            for is_there in are_there:
                await is_there.wait()
            await server.stop()
    return verdicts


async def run_all(clients: Sequence[Client]) -> Verdicts:
    """Run all clients against `serve` and against the window."""
    verdicts: Verdicts = defaultdict(dict)
    for kind in STOPPED_COLUMN:
        for name, found in (await run_on(kind, clients)).items():
            verdicts[name] |= found
    return verdicts


def has_ipv6() -> bool:
    """Tell whether this machine has an IPv6 loopback."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True
