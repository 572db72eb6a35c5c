"""Virtual users against a running program: none lost, nothing left behind, however they end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from authws_desktop.testing.server import Server
from tests.e2e.conftest import PROGRAM, Serve, run, serve  # noqa: F401 - a fixture

pytestmark = [pytest.mark.e2e, pytest.mark.long]


class Crowd:
    """A running server and the command that fills it."""

    def __init__(self, serve: Serve, folder: Path) -> None:  # noqa: F811
        running = serve("--admin-token")
        self.folder = folder
        self.env = {"AUTHWS_ADMIN_TOKEN": running.ready["adminToken"]}
        self.url = running.ready["http"]
        self.server = Server(self.url, running.ready["adminToken"])

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return run("bots", "--url", self.url, *arguments, folder=self.folder, env=self.env)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [*PROGRAM, "bots", "--url", self.url, "--data-dir", str(self.folder), *arguments]
        return subprocess.Popen(command, env={**os.environ, **self.env}, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def crowd(serve: Serve, tmp_path: Path) -> Crowd:  # noqa: F811
    return Crowd(serve, tmp_path)


@pytest.mark.parametrize("script", ["chatter", "echo"])
def test_none_is_lost_and_nobody_stays(crowd: Crowd, script: str) -> None:
    """Everything arrives at everyone; accounts, sessions and connections are gone afterwards."""
    done = crowd.run("--count", "5", "--rate", "10", "--duration", "1", "--script", script, "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["bots"], report["lost"], report["refused"]) == (5, 0, 0)
    assert report["received"] == report["sent"] * (5 if script == "chatter" else 1) > 0
    assert 0 < report["median_ms"] <= report["p99_ms"]
    assert crowd.server.names() == {}
    crowd.server.wait("type:disconnect", count=5)
    assert crowd.server.call("GET", "/admin/connections")["connections"] == []
    rows = crowd.server.rows("type:authenticate")
    assert {row["identity"]["app"] for row in rows} == {"virtual user"}


def test_a_recording_is_a_script(crowd: Crowd) -> None:
    """Each says what the first user of it said."""
    file = crowd.folder / "rows.jsonl"
    row = {"number": 1, "time_s": 1.0, "direction": "in", "kind": "message", "identity": {"username": "ana"}}
    lines = [{**row, "payload": json.dumps({"type": "message", "content": text})} for text in ("e4", "e5")]
    file.write_text("\n".join(json.dumps(each) for each in lines))
    done = crowd.run("--count", "2", "--rate", "20", "--duration", "0.5", "--script", str(file))
    assert (done.returncode, "0 lost" in done.stdout) == (0, True), done.stderr
    assert crowd.server.rows("content.content:e5")
    file.write_text(json.dumps(row))
    done = crowd.run("--script", str(file))
    assert (done.returncode, "no messages" in done.stderr) == (1, True)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
def test_stopped_or_killed_nobody_stays(crowd: Crowd) -> None:
    """A stop removes them; what a killed run left behind, the next one removes; others stay."""
    crowd.server.user("ana")
    for number in (signal.SIGTERM, signal.SIGKILL):
        after = crowd.server.last_number()
        process = crowd.start("--count", "2", "--duration", "600")
        crowd.server.wait("type:message", after=after, within_s=60)
        process.send_signal(number)
        process.communicate(timeout=60)
        left = set(crowd.server.names()) - {"ana"}
        assert bool(left) == (number == signal.SIGKILL)
    crowd.server.wait("type:disconnect", count=4, within_s=60)
    assert crowd.run("--count", "1", "--duration", "0.1").returncode == 0
    assert set(crowd.server.names()) == {"ana"}


def test_what_cannot_be(crowd: Crowd) -> None:
    """A sentence each."""
    for arguments, words in (
        (("--count", "0"), "count"),
        (("--count", "501"), "count"),
        (("--rate", "0"), "rate"),
        (("--script", "nothing.jsonl"), "cannot be read"),
    ):
        done = crowd.run(*arguments)
        assert (done.returncode, words in done.stderr) == (1, True), done.stderr
