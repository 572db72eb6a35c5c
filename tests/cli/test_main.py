"""What every command does where its output cannot go, or where it was called wrongly."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from authws_desktop.cli.main import main
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
