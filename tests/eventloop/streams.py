"""An echo server, and other things that the tests of the loop use."""

import asyncio
import os
import sys
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

LOCAL = "127.0.0.1"
GUARD_S = 30.0
"""Ends a test that would wait for ever; nothing here takes a second."""

needs_unix = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows' loop has neither readers nor signal handlers"
)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    """Close a connection and wait until it is gone."""
    writer.close()
    await writer.wait_closed()


@asynccontextmanager
async def echo_server() -> AsyncIterator[int]:
    """Serve on a port, which it yields: each line is answered with itself; ends with the last connection."""
    connections: set[asyncio.Task[None] | None] = set()

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(asyncio.current_task())
        while line := await reader.readline():
            writer.write(line)
        await hang_up(writer)

    server = await asyncio.start_server(echo, LOCAL, 0)
    yield port_of(server)
    server.close()
    await asyncio.gather(*(task for task in connections if task is not None))


async def exchange(port: int, line: bytes = b"hello\n") -> bytes:
    """Send one line to the echo server on a port and return its answer."""
    reader, writer = await asyncio.open_connection(LOCAL, port)
    writer.write(line)
    answer = await reader.readline()
    await hang_up(writer)
    return answer


def port_of(server: Any) -> int:
    """The port that a server listens on."""
    port: int = server.sockets[0].getsockname()[1]
    return port


def counted(owner: Any, name: str) -> list[int]:
    """Replace a method by one that adds to the list returned."""
    calls: list[int] = []
    method = getattr(owner, name)

    def count() -> None:
        calls.append(1)
        method()

    setattr(owner, name, count)
    return calls


def kill_soon(number: int) -> threading.Thread:
    """Send this process a signal from a thread, once Qt is idle."""

    def kill() -> None:
        time.sleep(0.05)
        os.kill(os.getpid(), number)

    thread = threading.Thread(target=kill)
    thread.start()
    return thread
