"""`wait`, `traffic` and `replay` against a running program, as a shell script uses them."""

from __future__ import annotations

import asyncio
import csv
import json
import subprocess
from pathlib import Path

import pytest

from authws_desktop.testing.server import Server, WaitFailed
from tests.e2e.conftest import PROGRAM, Running, Serve, run, serve  # noqa: F401 - a fixture

pytestmark = [pytest.mark.e2e, pytest.mark.long]


class Shell:
    """A running server, and commands that ask it."""

    def __init__(self, running: Running, folder: Path) -> None:
        self.folder = folder
        self.token = running.ready["adminToken"]
        self.url = running.ready["http"]
        self.server = Server(self.url, self.token)

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        env = {"AUTHWS_ADMIN_TOKEN": self.token}
        return run(*arguments, "--url", self.url, folder=self.folder, env=env)

    def follow(self, *arguments: str) -> subprocess.Popen[str]:
        """Start `traffic follow`; it is killed by whoever asked."""
        import os

        return subprocess.Popen(
            [*PROGRAM, "traffic", "follow", "--url", self.url, "--data-dir", str(self.folder), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "AUTHWS_ADMIN_TOKEN": self.token},
        )


@pytest.fixture
def shell(serve: Serve, tmp_path: Path) -> Shell:  # noqa: F811
    return Shell(serve("--admin-token"), tmp_path)


async def play(server: Server) -> None:
    """Two players: one joins, both talk, one is refused something."""
    async with server.user("ana").client() as ana, server.user("ben").client() as ben:
        await ana.send({"move": "e4"})
        await ben.send({"move": "e5"})
        await ana.direct("ben", "good luck")
        await ana.frame({"type": "direct", "to": "nobody", "content": 1, "messageId": 7})
        await server.wait_async("type:error code:INVALID_RECIPIENT")
        await ben.direct("ben", "to myself")
        await ana.send("bye")


def record(shell: Shell) -> Path:
    """Play, and export it."""
    asyncio.run(play(shell.server))
    shell.server.wait("type:disconnect", count=2)
    file = shell.folder / "game.jsonl"
    done = shell("traffic", "export", "--output", str(file))
    assert done.returncode == 0, done.stderr
    return file


def test_wait_prints_rows_or_what_came_closest(shell: Shell) -> None:
    """0 with the rows; 1 with the nearest; a wrong filter says where."""
    shell.server.user("ana")
    shell.server.send("hello")
    done = shell("wait", "type:message hello")
    assert (done.returncode, json.loads(done.stdout)["kind"]) == (0, "message")
    done = shell("wait", "type:message moon", "--timeout", "0.1")
    assert (done.returncode, done.stdout) == (1, "")
    assert "hello" in done.stderr
    assert shell("wait", "moon", "--absent", "--timeout", "0.1").returncode == 0
    assert shell("wait", "hello", "--absent", "--timeout", "9").returncode == 1
    done = shell("wait", "nonsense:1")
    assert (done.returncode, "at character 0" in done.stderr) == (1, True)
    done = run("wait", "x", folder=shell.folder)
    assert "AUTHWS_ADMIN_TOKEN" in done.stderr


def test_export_in_three_formats(shell: Shell) -> None:
    """To the standard output, filtered."""
    shell.server.send("one")
    shell.server.send("two")
    lines = shell("traffic", "export", "--filter", "type:message").stdout.splitlines()
    assert [json.loads(each)["payload"] for each in lines[1:]] == ['"one"', '"two"']
    table = list(csv.reader(shell("traffic", "export", "--csv", "--filter", "two").stdout.splitlines()))
    assert (len(table), table[1][-1]) == (2, '"two"')
    log = json.loads(shell("traffic", "export", "--har").stdout)["log"]
    assert {each["request"]["url"] for each in log["entries"]} >= {"http://authws.invalid/admin/send"}


@pytest.mark.parametrize("form", ["--jsonl", "--csv"])
def test_follow_prints_rows_as_they_come(shell: Shell, form: str) -> None:
    """Each at once, and only what passes."""
    following = shell.follow("--filter", "type:message", form)
    try:
        assert following.stdout is not None
        before = shell.server.last_number()
        text = ""
        while "now" not in text:  # it begins with what comes once it has connected
            shell.server.send("now")
            shell.server.wait("type:message", after=before)
            before = shell.server.last_number()
            if shell_has_line(following):
                text += following.stdout.readline()
    finally:
        following.kill()
        following.communicate()


def test_follow_ends_quietly_when_nobody_reads(shell: Shell) -> None:
    """The server did nothing wrong, so nothing is said of it."""
    following = shell.follow()
    assert following.stdout is not None
    following.stdout.close()
    while following.poll() is None:
        shell.server.send("now")
    assert following.stderr is not None
    assert (following.returncode, following.stderr.read()) == (141, "")
    following.stderr.close()


def shell_has_line(process: subprocess.Popen[str]) -> bool:
    import select

    assert process.stdout is not None
    return bool(select.select([process.stdout], [], [], 0.5)[0])


def test_a_recording_is_replayed(shell: Shell) -> None:
    """On the same server under other names, and with the recorded times; nothing is left behind."""
    file = record(shell)
    before = set(shell.server.names())
    names = ("--user-map", "ana=cleo", "--user-map", "ben=dan", "--create-users")
    done = shell("replay", str(file), "--speed", "max", *names)
    assert done.returncode == 0, done.stderr
    assert "all are as recorded" in done.stdout
    assert set(shell.server.names()) == before
    passwords = shell.folder / "passwords.json"
    passwords.write_text(json.dumps({name: shell.server.user(name).password for name in ("ana", "ben")}))
    done = shell("replay", str(file), "--passwords", str(passwords))
    assert done.returncode == 0, done.stderr


def test_one_byte_makes_a_difference(shell: Shell) -> None:
    """It is shown with what was and what is."""
    file = record(shell)
    text = file.read_text()
    assert "INVALID_RECIPIENT" in text
    file.write_text(text.replace('code\\":\\"INVALID_RECIPIENT', 'code\\":\\"INVALID_RECIPIENS'))
    names = ("--user-map", "ana=cleo", "--user-map", "ben=dan", "--create-users")
    done = shell("replay", str(file), "--speed", "max", *names)
    assert done.returncode == 1
    assert "INVALID_RECIPIENS" in done.stderr.partition("now:")[0]
    assert "INVALID_RECIPIENT" in done.stderr.partition("now:")[2]


def test_files_that_cannot_be_replayed(shell: Shell) -> None:
    """Of another version, cut off, of something else, with a user who is not there: a sentence each."""
    file = record(shell)
    text = file.read_text()

    def told(content: str, *options: str) -> str:
        file.write_text(content)
        done = shell("replay", str(file), *options)
        assert (done.returncode, done.stdout) == (1, "")
        return done.stderr

    assert "version 2" in told(text.replace('"version":1', '"version":2'))
    assert "cut off" in told(text[:-20])
    assert "no exported traffic" in told('{"format":"other"}')
    assert "holds no rows" in told("")
    assert "There is no user 'zoe'" in told(text, "--user-map", "ana=zoe")
    assert "password of 'ana'" in told(text)
    file.unlink()
    assert "cannot be read" in shell("replay", str(file)).stderr


def test_a_server_that_is_not_there(shell: Shell) -> None:
    """A sentence."""
    shell.url = "http://127.0.0.1:9"
    done = shell("wait", "x")
    assert (done.returncode, "Is it running?" in done.stderr) == (1, True)


def test_a_failed_wait_names_the_nearest(shell: Shell) -> None:
    """In the library, too; and `none` is refused by a row of before only if it is asked to."""
    shell.server.send("hello")
    with pytest.raises(WaitFailed, match="hello"):
        shell.server.wait("type:message moon", within_s=0.1)
    with pytest.raises(WaitFailed, match="stay away"):
        shell.server.none("hello", 0.1)
    shell.server.after = shell.server.last_number()
    shell.server.none("hello", 0.1)
