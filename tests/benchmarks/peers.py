"""The servers that are compared, and how each is started."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.benchmarks.clients import Client, ListSize
from tests.benchmarks.processes import LOAD_CORE, SERVER_CORE, START_TIMEOUT_S, Process, free_port
from tests.benchmarks.setup import PASSWORD, Accounts

HERE = Path(__file__).parent
NODE = "node"
WINDOW = "window"
UVLOOP = "serve, uvloop"
ASYNCIO = "serve, asyncio"
LIBRARY = "websockets"
QASYNC = "plain qasync"
RAW = "raw send loop"
OURS = (WINDOW, UVLOOP, ASYNCIO)
SERVERS = (NODE, WINDOW, UVLOOP, ASYNCIO, LIBRARY, QASYNC)
"""All that speak the contract."""

LABELS = {
    NODE: "Node ws",
    WINDOW: "Authws Desktop, window",
    UVLOOP: "Authws Desktop, serve on uvloop",
    ASYNCIO: "Authws Desktop, serve on asyncio",
    LIBRARY: "websockets' asyncio server",
    QASYNC: "the same on plain qasync",
    RAW: "raw socket.send loop",
}

_MODULES = {
    WINDOW: ("window_peer", "--start"),
    ASYNCIO: ("serve_peer", "serve"),
    LIBRARY: ("library_peer",),
    QASYNC: ("library_peer", "--qasync"),
}


@dataclass
class Peer:
    """A running server.

    Attributes:
        name: One of `SERVERS`, or `RAW`.
        port: Where it listens on loopback.
        process: It itself.
        clients: Connections of the load generator.
        crowd: The process that holds its idle connections.
        list_size: How long its user lists are.
    """

    name: str
    port: int
    process: Process
    clients: list[Client] = field(default_factory=list)
    crowd: Process | None = None
    list_size: ListSize = field(default_factory=lambda: ListSize(0, 1))

    def ticks(self) -> list[float]:
        """Return the gaps, in milliseconds, between the window's ticks since the last call."""
        return list(self.window_report()["gaps_ms"])

    def window_report(self) -> dict[str, Any]:
        """Return what the window says of itself since the last call."""
        self.process.signal(signal.SIGUSR1)
        return self.process.answer(5)

    def start_crowd(self, tokens: Sequence[str]) -> None:
        """Start the process that will hold idle connections."""
        options = {
            "port": self.port,
            "tokens": list(tokens),
            "list_size": self.list_size,
            "others": len(self.clients),
            "timeout_s": 120,
        }
        env = {**os.environ, "SWARM": json.dumps(options)}
        command = [sys.executable, "-m", "tests.benchmarks.swarm"]
        self.crowd = Process(f"crowd of {self.name}", command, env, {LOAD_CORE})

    def stop(self) -> None:
        """End it and its crowd."""
        for client in self.clients:
            client.close()
        if self.crowd is not None:
            self.crowd.stop()
        self.process.stop()


@contextlib.contextmanager
def running_peers(names: Sequence[str], accounts: Accounts, display: str) -> Iterator[list[Peer]]:
    """Run servers side by side, each paused once it listens.

    Args:
        names: Which.
        accounts: What our own ones start with.
        display: The X screen for the window.
    """
    with contextlib.ExitStack() as stack:
        peers = []
        for name in names:
            port = free_port()
            folder = accounts.copy_for(f"{name}-{port}")
            process = Process(
                name, _command(name, port, folder), _environment(port, accounts, display), {SERVER_CORE}
            )
            peers.append(Peer(name, port, process))
            stack.callback(peers[-1].stop)
        for peer in peers:
            peer.process.wait_for_port(peer.port)
        for peer in peers:
            peer.process.pause()
        yield peers


def start_limit_peer(*arguments: object) -> Peer:
    """Run the bare-socket peer until it listens; see `limit_peer`."""
    port = free_port()
    command = [sys.executable, "-m", "tests.benchmarks.limit_peer", *(str(each) for each in arguments)]
    process = Process(RAW, command, {**os.environ, "PORT": str(port)}, {SERVER_CORE})
    process.read_line(START_TIMEOUT_S)
    return Peer(RAW, port, process)


def _command(name: str, port: int, folder: Path) -> list[str | Path]:
    if name == NODE:
        return [shutil.which("node") or "node", HERE / "node_peer.mjs"]
    if name == UVLOOP:
        command: list[str | Path] = [sys.executable, "-m", "authws_desktop", "serve"]
    else:
        module, *more = _MODULES[name]
        command = [sys.executable, "-m", f"tests.benchmarks.{module}", *more]
    if name in OURS:
        command += ["--host", "127.0.0.1", "--port", str(port), "--data-dir", folder]
    return command


def _environment(port: int, accounts: Accounts, display: str) -> dict[str, str]:
    foreign = ("AUTHWS_", "QT_", "PYTHON", "NODE_", "HOST", "PORT", "WAYLAND")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return {
        **kept,
        "PORT": str(port),
        "JWT_SECRET": accounts.secret,
        "BENCH_PASSWORD": PASSWORD,
        "DISPLAY": display,
        "QT_QPA_PLATFORM": "xcb",
        "AUTHWS_AUTH_RATE": "0",
        "AUTHWS_REGISTER_RATE": "0",
        "AUTHWS_MESSAGE_RATE": "0",
        "AUTHWS_PING_INTERVAL_S": "3600",
    }
