"""What every command does: what it loads, where its output cannot go, or where it was called wrongly."""

from __future__ import annotations

import argparse
import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from authws_desktop.cli.main import build_parser, main
from tests.e2e.conftest import PROGRAM

FULL = Path("/dev/full")


@pytest.mark.e2e
@pytest.mark.parametrize("command", [["user", "list"], ["secret", "show"], ["--version"]])
def test_an_output_that_nobody_reads_ends_it_quietly(command: list[str], tmp_path: Path) -> None:
    """As `authws-desktop user list | head -1` does, with the status that a shell gives to such an end."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = run_into(writing, command, tmp_path)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.e2e
@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("command", [["user", "list"], ["secret", "show"], ["--version"]])
def test_an_output_on_a_full_disk_is_a_sentence(command: list[str], tmp_path: Path) -> None:
    """Nobody reads a traceback, and a script sees that it failed."""
    with FULL.open("wb") as full:
        done = run_into(full.fileno(), command, tmp_path)
    assert (done.returncode, done.stderr) == (1, "The output cannot be written (No space left on device).\n")


@pytest.mark.parametrize("error", [BrokenPipeError("a socket"), OSError(errno.ENOSPC, "No space left")])
def test_what_is_no_output_is_not_hidden(error: OSError, monkeypatch: pytest.MonkeyPatch) -> None:
    """A window without a console has no output that could break: then it is a fault, and is told as one."""

    def fail(_arguments: object) -> int:
        raise error

    monkeypatch.setattr("authws_desktop.cli.main._run_command", fail)
    monkeypatch.setattr("sys.stdout", None)
    with pytest.raises(type(error)):
        main([])


def run_into(output: int, command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command that writes to a file descriptor."""
    return subprocess.run(
        [*PROGRAM, "--data-dir", str(folder), *command],
        stdout=output,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("url", ["localhost:4000", "ftp://localhost", "ws://localhost:4000"])
def test_an_address_that_is_none_is_named(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AUTHWS_ADMIN_TOKEN", "any")
    assert main(["wait", "x", "--url", url, "--data-dir", str(tmp_path)]) == 1
    assert capsys.readouterr().err.endswith(f"such as http://localhost:4000, not '{url}'.\n")


@pytest.mark.parametrize("command", [["wait", "x", "--timeout"], ["bots", "--duration"]])
@pytest.mark.parametrize("seconds", ["nan", "inf", "-1", "1e300", "soon"])
def test_a_time_that_is_none_is_named(
    command: list[str], seconds: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main([*command, seconds])
    assert left.value.code == 2
    assert f"a time is a number of seconds, not '{seconds}'" in capsys.readouterr().err


ASKING = ("wait", "traffic", "replay", "bots")
"""Commands that only ask a running server."""


def commands_of(parser: argparse.ArgumentParser) -> list[str]:
    """Return the names of a parser's commands, in its order."""
    (found,) = (each for each in parser._actions if isinstance(each, argparse._SubParsersAction))
    return list(found.choices)


@pytest.mark.parametrize("command", ASKING)
def test_what_asks_a_running_server_does_not_load_the_database(command: str) -> None:
    """It would take three times as long to start, and test suites start it often."""
    code = (
        "import sys; from authws_desktop.cli.main import main\n"
        f"try: main([{command!r}, '--help'])\n"
        "except SystemExit: pass\n"
        "assert not {'sqlalchemy', 'bcrypt', 'jwt', 'aiohttp'} & set(sys.modules), sorted(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_command_is_read_alone_and_all_are_listed() -> None:
    """Whatever stands first: a command is the same alone as among the others."""
    every = commands_of(build_parser())
    assert every[:1] == ["serve"]
    assert set(ASKING) < set(every)
    for command in every:
        alone = build_parser(command)
        assert command in commands_of(alone)
        assert set(commands_of(alone)) <= set(every)
    assert commands_of(build_parser("--start")) == every


def test_an_unknown_command_is_told_all(capsys: pytest.CaptureFixture[str]) -> None:
    """Also behind an option, where the command is not the first word."""
    for arguments in (["sevre"], ["--port", "4000", "sevre"]):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 2
        said = capsys.readouterr().err
        assert all(command in said for command in commands_of(build_parser()))
