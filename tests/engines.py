"""Real engines for tests: PostgreSQL and a server of the Redis protocol, each on a free port in a folder of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import redis

from tests.ports import free_port

START_S = 60.0
_DEBIANS = sorted(
    Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: float(each.parent.name), reverse=True
)


def _program(*names: str) -> str:
    path = os.pathsep.join([os.environ.get("PATH", ""), *map(str, _DEBIANS)])
    found = next(filter(None, (shutil.which(name, path=path) for name in names)), None)
    assert found, f"{names[0]} is missing; `python3 dev.py setup` installs it, or names the package"
    return found


def _until(is_there: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + START_S
    while not is_there():
        assert time.monotonic() < end, f"{what} does not answer"
        time.sleep(0.02)


class _Engine:
    """A server process that tests start, stop, freeze and kill.

    Attributes:
        folder: Its data.
        port: Where it listens, on loopback.
    """

    def __init__(self, name: str) -> None:
        # Not pytest's own folders: those are closed to the user that PostgreSQL must run as.
        self.folder = Path(tempfile.mkdtemp(prefix=f"authws-test-{name}-"))
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def _run(self, *command: str | Path, **options: Any) -> None:
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, **options)

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None
        return self._process.pid

    def signal(self, number: int) -> None:
        """Send it a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def freeze(self) -> None:
        """Stop it from running; connections stay open."""
        self.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it run on."""
        self.signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it, if it runs."""
        if self._process is not None:
            self.thaw()
            self.signal(signal.SIGINT)
            self._process.wait(START_S)
            self._process = None

    def remove(self) -> None:
        """End it and remove its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Postgres(_Engine):
    """PostgreSQL, without what keeps it safe from power loss."""

    def signal(self, number: int) -> None:
        """Send it a signal; one that freezes or thaws goes to each of its processes."""
        assert self._process is not None
        pid = self._process.pid
        if number in (signal.SIGSTOP, signal.SIGCONT):
            for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(child), number)
        super().signal(number)

    def __init__(self) -> None:
        super().__init__("postgres")
        self._as: dict[str, Any] = {}
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            # It refuses to run as root.
            shutil.chown(self.folder, "postgres", "postgres")
            self._as = {"user": "postgres", "group": "postgres", "extra_groups": []}
        options = ["--auth=trust", "--username=tests", "--encoding=UTF8", "--locale=C", "--no-sync"]
        command = [_program("initdb"), *options, "--pgdata=data"]
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True, **self._as)
        self.start()

    def start(self) -> None:
        """Start it, on its old data."""
        options = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200"]
        settings = [part for option in options for part in ("-c", option)]
        where = [
            "-D",
            "data",
            "-p",
            str(self.port),
            "-c",
            "listen_addresses=127.0.0.1",
            "-k",
            str(self.folder),
        ]
        self._run(_program("postgres"), *where, *settings, **self._as)
        _until(self._answers, "PostgreSQL")

    def _answers(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError):
            self.execute("SELECT 1")
            return True
        return False

    def execute(self, statement: str, database: str = "postgres") -> None:
        """Run one statement outside of transactions."""
        where = f"host=127.0.0.1 port={self.port} user=tests dbname={database} connect_timeout=5"
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute(statement.encode())

    def new_database(self) -> str:
        """Make an empty place for tables; return its URL."""
        # A schema: to the program it is a database of its own, and making one copies no template.
        name = f"t{uuid.uuid4().hex}"
        self.execute(f"CREATE SCHEMA {name}")
        return f"postgresql://tests@127.0.0.1:{self.port}/postgres?options=-csearch_path%3D{name}"


class Redis(_Engine):
    """A server of the Redis protocol that keeps nothing on disk; Valkey where `AUTHWS_TEST_ENGINE` names it."""

    def __init__(self) -> None:
        super().__init__("redis")
        self.start()

    def start(self) -> None:
        """Start it, empty."""
        names = ("valkey-server", "redis-server")
        program = _program(*(names if os.environ.get("AUTHWS_TEST_ENGINE") == "valkey" else reversed(names)))
        self._run(
            program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"
        )
        _until(self._answers, "Redis")

    def _answers(self) -> bool:
        with contextlib.suppress(redis.RedisError, OSError), self.client() as client:
            return bool(client.ping())
        return False

    def client(self) -> redis.Redis:
        """Return a client of its own."""
        return redis.Redis(port=self.port, socket_timeout=5, decode_responses=True)

    @property
    def url(self) -> str:
        """Where it is, with a name for the cluster that nobody else uses."""
        return f"redis://127.0.0.1:{self.port}/0?name=t{uuid.uuid4().hex[:8]}"

    def kill(self) -> None:
        """End it at once, as if its machine had lost power."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(START_S)
            self._process = None
