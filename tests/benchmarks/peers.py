"""The servers that are compared, and how each is started."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from authws_desktop.eventloop import LOOP_VARIABLE
from tests.benchmarks import foreign_tools
from tests.benchmarks.clients import Client, ListSize, close_all
from tests.benchmarks.processes import LOAD_CORE, SERVER_CORE, START_TIMEOUT_S, Process, free_port
from tests.benchmarks.setup import PASSWORD, Accounts
from tests.benchmarks.trees import Tree, before, is_before, kind_of

HERE = Path(__file__).parent
NODE = "node"
WINDOW = "window"
COMPILED_WINDOW = "window, compiled"
PORTABLE = "window, portable loop"
UVLOOP = "serve, uvloop"
COMPILED = "serve, compiled"
KEEPING = "serve, keeping"
ASYNCIO = "serve, asyncio"
LIBRARY = "websockets"
QASYNC = "plain qasync"
GO = "go"
BUN = "bun"
RAW = "raw send loop"
CLUSTERS = {"alone": 0, "cluster of 1": 1, "cluster of 2": 2, "cluster of 4": 4}
"""How many nodes; 0 for a server that is part of none."""
ALONE_WITH = {"alone, 100 clients": 100, "alone, 50 clients": 50}
"""The same server alone with as many clients as each of two and four nodes has."""
WINDOWS = (WINDOW, COMPILED_WINDOW)
OURS = (*WINDOWS, PORTABLE, UVLOOP, COMPILED, KEEPING, ASYNCIO)
BEFORE = tuple(before(kind) for kind in OURS)
"""The same servers of another copy of the program."""
SERVERS = (NODE, GO, BUN, UVLOOP, COMPILED, KEEPING, *WINDOWS, PORTABLE, ASYNCIO, LIBRARY, QASYNC)
"""All that speak the contract."""

LABELS = {
    NODE: "Node ws",
    GO: "Go gorilla",
    BUN: "Bun",
    WINDOW: "Authws Desktop, window",
    COMPILED_WINDOW: "Authws Desktop, window, compiled",
    PORTABLE: "Authws Desktop, window on the other systems' loop",
    UVLOOP: "Authws Desktop, serve on uvloop",
    COMPILED: "Authws Desktop, serve on uvloop, compiled",
    KEEPING: "Authws Desktop, serve on uvloop, messages kept",
    ASYNCIO: "Authws Desktop, serve on asyncio",
    LIBRARY: "websockets' asyncio server",
    QASYNC: "the same on plain qasync",
    RAW: "raw socket.send loop",
    **{name: f"Authws Desktop, {name}" for name in (*CLUSTERS, *ALONE_WITH)},
}


def label(name: str) -> str:
    """Return how a peer is called in tables."""
    return LABELS[kind_of(name)] + (", before" if is_before(name) else "")


_FOREIGN: dict[str, Callable[[], list[str | Path]]] = {
    NODE: lambda: [foreign_tools.node(), HERE / "node_peer.mjs"],
    BUN: lambda: [foreign_tools.bun(), "run", HERE / "bun_peer.mjs"],
    GO: lambda: [foreign_tools.built_go_peer()],
}
_MODULES = {
    WINDOW: ("window_peer", "--start"),
    COMPILED_WINDOW: ("window_peer", "--start"),
    PORTABLE: ("window_peer", "--start"),
    ASYNCIO: ("serve_peer", "serve"),
    LIBRARY: ("library_peer",),
    QASYNC: ("library_peer", "--qasync"),
}


@dataclass
class Peer:
    """A running server.

    Attributes:
        name: One of `SERVERS`, of this copy of the program or of before; or `RAW`.
        port: Where it listens on loopback.
        process: It itself.
        tokens: Of the users it knows.
        host_token: Of a host.
        clients: Connections of the load generator.
        crowd: The process that holds its idle connections.
        list_size: How long its user lists are.
        failure: Why it is not measured any more; empty while it is.
    """

    name: str
    port: int
    process: Process
    tokens: Sequence[str] = ()
    host_token: str = ""
    clients: list[Client] = field(default_factory=list)
    crowd: Process | None = None
    list_size: ListSize = field(default_factory=lambda: ListSize(0, 1))
    failure: str = ""

    @property
    def kind(self) -> str:
        """Which server it is, of whichever copy of the program."""
        return kind_of(self.name)

    def ticks(self) -> list[float]:
        """Return the gaps, in milliseconds, between the window's ticks since the last call."""
        return list(self.window_report()["gaps_ms"])

    def window_report(self) -> dict[str, Any]:
        """Return what the window says of itself since the last call."""
        self.process.signal(signal.SIGUSR1)
        return self.process.answer(5)

    def start_crowd(self, module: str = "swarm", timeout_s: float = 120) -> None:
        """Start the process that will hold many connections.

        Args:
            module: What it runs.
            timeout_s: How long they may take to join.
        """
        options = {
            "port": self.port,
            "tokens": list(self.tokens),
            "list_size": self.list_size,
            "others": len(self.clients),
            "timeout_s": timeout_s,
        }
        env = {**os.environ, "SWARM": json.dumps(options)}
        command = [sys.executable, "-m", f"tests.benchmarks.{module}"]
        self.crowd = Process(f"crowd of {self.name}", command, env, {LOAD_CORE})

    def stop(self) -> None:
        """End it and its crowd."""
        close_all(self.clients)
        if self.crowd is not None:
            self.crowd.stop()
        self.process.stop()


def started_peer(name: str, tree: Tree, display: str) -> Peer:
    """Start a server; it may not listen yet.

    Args:
        name: Which.
        tree: The copy of the program that it is of.
        display: The X screen for the window.

    Raises:
        Absent: Its program is not on this machine.
    """
    port = free_port()
    command = command_of(kind_of(name), port, tree.accounts.copy_for(f"{name}-{port}"))
    environment = environment_of(port, tree.accounts, display)
    if kind_of(name) == KEEPING:
        environment["AUTHWS_MESSAGES_KEPT"] = "10000"
    if kind_of(name) in (COMPILED, COMPILED_WINDOW):
        environment |= compiled_environment(tree.folder)
    if kind_of(name) == PORTABLE:
        environment[LOOP_VARIABLE] = "portable"
    process = Process(name, command, environment, {SERVER_CORE}, tree.folder)
    return Peer(name, port, process, tree.accounts.tokens, tree.accounts.host_token)


def compiled_environment(root: Path) -> dict[str, str]:
    """Return what lets a server run on the compiled modules of a working tree.

    Raises:
        Absent: They were not compiled there.
    """
    # Here, since `window_work` runs by itself, without what dev.py has on the path.
    from devtools.package.compiled import COMPILED_SITE

    site = root / COMPILED_SITE
    if not site.is_dir():
        raise foreign_tools.Absent("its modules are not compiled")
    return {"PYTHONPATH": str(site), "PYTHONSAFEPATH": "1"}


def start_limit_peer(*arguments: object) -> Peer:
    """Run the bare-socket peer until it listens; see `limit_peer`."""
    port = free_port()
    command = [sys.executable, "-m", "tests.benchmarks.limit_peer", *(str(each) for each in arguments)]
    process = Process(RAW, command, {**os.environ, "PORT": str(port)}, {SERVER_CORE})
    process.read_line(START_TIMEOUT_S)
    return Peer(RAW, port, process)


def command_of(name: str, port: int, folder: Path) -> list[str | Path]:
    """Return the command line of a server.

    Args:
        name: Which.
        port: Where it shall listen.
        folder: Its data folder, if it is one of ours.

    Raises:
        Absent: Its program is not on this machine.
    """
    if name in _FOREIGN:
        return _FOREIGN[name]()
    if name in (UVLOOP, COMPILED, KEEPING):
        command: list[str | Path] = [sys.executable, "-m", "authws_desktop", "serve"]
    else:
        module, *more = _MODULES[name]
        command = [sys.executable, "-m", f"tests.benchmarks.{module}", *more]
    if name in OURS:
        command += ["--host", "127.0.0.1", "--port", str(port), "--data-dir", folder]
    return command


def environment_of(port: int, accounts: Accounts, display: str) -> dict[str, str]:
    """Return the environment that a server is started with, without anything of the person's own settings."""
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
        "AUTHWS_MAX_CLIENTS": "12000",
    }
