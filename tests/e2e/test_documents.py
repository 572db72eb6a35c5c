"""Every command of the documents, in a shell, as a reader types it: but for the ports, and a home of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import WAIT_S
from tests.engines import Redis
from tests.ports import free_port

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.long,
    pytest.mark.skipif(sys.platform == "win32", reason="the commands are those of a POSIX shell"),
]
ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    *(ROOT / "docs").glob("*.md"),
    *(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "SECURITY")),
]
_BLOCK = re.compile(r"^ *```(\w+)[^\n]*\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
_FILE = re.compile(r"^```\w+ title=\"([^\"]+)\"\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks(document: str, language: str = "sh") -> list[str]:
    """Return the examples of a document in a language."""
    text = (ROOT / document).read_text("utf-8")
    return [block for name, block in _BLOCK.findall(text) if name == language]


class Reader:
    """Somebody who does what a document says, in a folder of their own.

    Attributes:
        port: Stands for 4000.

    Args:
        folder: Their home.
        env: What they have set besides.
    """

    def __init__(self, folder: Path, **env: str) -> None:
        self.folder = folder
        self.port = free_port()
        self._started: list[subprocess.Popen[str]] = []
        program = folder / "bin" / "authws-desktop"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m authws_desktop "$@"\n')
        program.chmod(0o755)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AUTHWS_", "XDG_"))}
        path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
        own = {"HOME": str(folder), "PATH": path, "PYTHONPATH": str(ROOT), "AUTHWS_PORT": str(self.port)}
        self._env = kept | own | env

    def typed(self, script: str) -> str:
        """Return what they type: the text of a document with the port of this test."""
        return re.sub(r"\b400[01]\b", str(self.port), script).replace("--host 0.0.0.0", "--host 127.0.0.1")

    def run(self, script: str) -> str:
        """Run commands to their end; returns what they print, and fails with the first one that fails."""
        command = ["bash", "-e", "-o", "pipefail", "-c", self.typed(script)]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self._env,
            capture_output=True,
            text=True,
            timeout=WAIT_S,
            check=False,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
        return done.stdout

    def start(self, script: str) -> subprocess.Popen[str]:
        """Start a command that goes on."""
        process = subprocess.Popen(
            ["bash", "-c", self.typed(script)],
            cwd=self.folder,
            env=self._env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # the shell and what it starts end together
        )
        self._started.append(process)
        return process

    def serve(self, script: str) -> None:
        """Start a server, and wait until it says where it listens."""
        printed = self.read_until(self.start(script), "listening on ")
        assert f":{self.port}" in printed, printed

    def read_until(self, process: subprocess.Popen[str], wanted: str) -> str:
        """Return the line that has some words; fails if the command ends without it."""
        assert process.stdout is not None
        printed = []
        for line in process.stdout:
            printed.append(line)
            if wanted in line:
                return line
        pytest.fail(f"The command ended and never printed {wanted!r}, but:\n{''.join(printed)}")

    def leave(self) -> None:
        """End what is still running."""
        for process in self._started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
            process.communicate(timeout=WAIT_S)


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    """Somebody new."""
    made = Reader(tmp_path)
    yield made
    made.leave()


def test_every_document_with_commands_has_a_test_here() -> None:
    """What else is typed is `dev.py`, whose commands have tests of their own."""
    others = re.compile(r"^(?!python3 dev\.py )\S", re.MULTILINE)
    found = {file.name for file in DOCUMENTS for block in blocks(str(file)) if others.search(block)}
    assert found == {"README.md", "client.md", "cluster.md", "event.md", "moving.md", "proxy.md"}


def test_the_readme(reader: Reader) -> None:
    """The self-test, a host's account, and a token within a minute."""
    _run, _test, self_test, add_host, _serve, register = blocks("README.md")
    assert "The self-test passed." in reader.run(self_test)
    assert "NAME (host)" in reader.run(add_host)
    reader.serve("authws-desktop serve")
    answer = json.loads(reader.run(register))
    assert (answer["status"], answer["user"]["username"]) == ("success", "ana")


def test_the_path_of_who_writes_a_client(reader: Reader) -> None:
    """Each step, both clients, and what passed between them."""
    serve, register, ask = blocks("docs/client.md")
    reader.serve(serve)
    assert json.loads(reader.run(register))["status"] == "success"
    for name, program in _FILE.findall((ROOT / "docs" / "client.md").read_text("utf-8")):
        (reader.folder / name).write_text(reader.typed(program), encoding="utf-8")
    # What Node.js lacks before version 22; these tests run with the system's own, which may be older.
    given = f"globalThis.WebSocket ??= require({json.dumps(str(ROOT / 'tests' / 'e2e' / 'node_modules' / 'ws'))});"
    (reader.folder / "websocket.cjs").write_text(given, encoding="utf-8")
    for command in (f"{sys.executable} client.py", "node --require ./websocket.cjs client.mjs"):
        reader.read_until(reader.start(command), "ana: hello")
    rows = reader.read_until(reader.start(ask), '"type')
    assert "hello" in rows


def test_the_path_of_who_hosts_an_event(reader: Reader) -> None:
    """A room without a window, and an invitation to one with accounts."""
    serve, invite = blocks("docs/event.md")
    reader.serve(serve)
    status = json.loads(reader.run("curl -s http://localhost:4000/"))
    assert (status["title"], status["guests"]) == ("Class 7b", True)
    assert "/?invite=" in reader.run(invite)


def test_moving_in(reader: Reader) -> None:
    """Beside the old server, with its users, with its secret."""
    beside, bring, with_secret = blocks("docs/moving.md")
    (users,) = blocks("docs/backend.md", "json")
    (reader.folder / "users.json").write_text(users, encoding="utf-8")
    reader.serve(beside)
    reader.run(bring)
    assert "ana" in reader.run("authws-desktop user list")
    reader.leave()
    reader.serve(with_secret)


def test_behind_a_proxy(reader: Reader) -> None:
    """The server's side; the recipes have tests of their own (`test_proxies.py`)."""
    (serve,) = blocks("docs/proxy.md")
    reader.serve(serve)


def test_one_of_several(reader: Reader, postgres_url: str, redis_engine: Redis) -> None:
    """With a database and an engine of the test."""
    (serve,) = blocks("docs/cluster.md")
    for told, own in (
        ("postgresql://authws:password@db.internal/authws", postgres_url),
        ("redis://:password@engine.internal/0?name=hub", redis_engine.url),
    ):
        assert told in serve
        serve = serve.replace(told, own)
    reader.serve(serve)
