"""The program under test, as a person starts it: `serve`, or the window."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from tests.clients.behaviours import USERNAME
from tests.ports import free_port

PROGRAM = (sys.executable, "-m", "authws_desktop")
START_S = 60
STOP_S = 60


@dataclass
class Server:
    """A running program.

    Attributes:
        process: Of the program.
        port: Where it listens, on 127.0.0.1 and, where there is IPv6, on ::1.
        token: Of the account that all clients use.
    """

    process: asyncio.subprocess.Process
    port: int
    token: str = ""

    async def stop(self) -> None:
        """Stop it as a service manager does; the clients still there see 1001."""
        if self.process.returncode is None:
            self.process.terminate()
        async with asyncio.timeout(STOP_S):
            await self.process.wait()


@contextlib.asynccontextmanager
async def running(kind: str) -> AsyncIterator[Server]:
    """Run `serve` or the window with settings and accounts of its own.

    Args:
        kind: "serve" or "window".
    """
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        options = ["--host", "localhost", "--port", str(port), "--data-dir", folder, "--log-level", "error"]
        start = ["serve"] if kind == "serve" else ["--start"]
        process = await asyncio.create_subprocess_exec(
            *PROGRAM, *start, *options, stdout=subprocess.DEVNULL, cwd=folder, env=_environment()
        )
        server = Server(process, port)
        try:
            server.token = await asyncio.to_thread(_register, port, process)
            yield server
        finally:
            await server.stop()


def _environment() -> Mapping[str, str]:
    foreign = ("HOST", "PORT", "JWT_SECRET", "NODE_ENV")
    kept = {
        key: value
        for key, value in os.environ.items()
        if key not in foreign and not key.startswith("AUTHWS_")
    }
    return {**kept, "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}


def _register(port: int, process: asyncio.subprocess.Process) -> str:
    """Make the account as soon as the server answers; return its token."""
    body = json.dumps({"username": USERNAME, "password": "correct horse battery"}).encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/auth/register", body, {"Content-Type": "application/json"}
    )
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    return _answer_of(direct, request, process)


def _answer_of(
    direct: urllib.request.OpenerDirector,
    request: urllib.request.Request,
    process: asyncio.subprocess.Process,
) -> str:
    deadline = time.monotonic() + START_S
    while True:
        try:
            with direct.open(request, timeout=START_S) as answer:
                return str(json.load(answer)["token"])
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"register: {error.code} {error.read().decode()}") from error
        except OSError:
            if process.returncode is not None or time.monotonic() > deadline:
                raise RuntimeError("the program did not start") from None
            time.sleep(0.1)
