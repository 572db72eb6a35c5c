"""Keeping the computer awake: each system's way, and that it ends with us."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import psutil
import pytest

from authws_desktop.desktop.keep_awake import Child, HeldByChild, HeldByWindows, NotOffered, keep_awake_of


class Helper:
    """A helper program that lives until it is ended, or is refused at once."""

    stdin: IO[bytes] | None = None

    def __init__(self, status: int | None = None) -> None:
        self.status = status

    def poll(self) -> int | None:
        return self.status

    def terminate(self) -> None:
        self.status = -15

    def wait(self, timeout: float | None = None) -> int:
        assert self.status is not None
        return self.status


class Spawner:
    """Starts helpers and remembers them."""

    def __init__(self, status: int | None = None, error: OSError | None = None) -> None:
        self.status = status
        self.error = error
        self.started: list[tuple[list[str], Helper]] = []

    def __call__(self, command: Sequence[str]) -> Child:
        if self.error is not None:
            raise self.error
        self.started.append((list(command), Helper(self.status)))
        return self.started[-1][1]


@pytest.mark.parametrize(
    ("platform", "program", "words"),
    [
        ("linux", "systemd-inhibit", ["--what=sleep:idle", "cat"]),
        ("darwin", "caffeinate", ["-i", "-w", str(os.getpid())]),
    ],
)
def test_a_helper_holds_it(platform: str, program: str, words: list[str]) -> None:
    """One helper however often it is asked for; it is ended, and can be had again."""
    spawn = Spawner()
    way = keep_awake_of(platform, lambda name: f"/bin/{name}" if name == program else None, spawn)
    way.hold()
    way.hold()
    assert way.is_held
    ((command, helper),) = spawn.started
    assert command[0] == f"/bin/{program}"
    assert set(words) <= set(command)
    way.release()
    way.release()
    assert (way.is_held, helper.status) == (False, -15)
    way.hold()
    assert len(spawn.started) == 2


@pytest.mark.parametrize("spawn", [Spawner(status=1), Spawner(error=PermissionError(13, "no"))])
def test_a_system_that_refuses_is_not_asked_over_and_over(spawn: Spawner) -> None:
    """Without rights the helper ends at once, or cannot be started."""
    way = HeldByChild(["helper"], spawn)
    for _ in range(5):
        way.hold()
        way.release()
        way.hold()
    assert not way.is_held
    assert len(spawn.started) <= 1


def test_windows_is_asked_and_asked_back() -> None:
    """SetThreadExecutionState: continuous and system required; then continuous alone. 0 is a refusal."""
    asked: list[int] = []

    def set_state(flags: int) -> int:
        asked.append(flags)
        return 0x80000000

    way = HeldByWindows(set_state)
    way.hold()
    way.hold()
    way.release()
    way.release()
    assert asked == [0x80000001, 0x80000000]
    refused = HeldByWindows(lambda flags: 0)
    refused.hold()
    assert not refused.is_held


def test_a_system_without_a_way() -> None:
    """Nothing happens."""
    for platform in ("linux", "darwin", "freebsd14"):
        way = keep_awake_of(platform, lambda name: None)
        assert isinstance(way, NotOffered)
        way.hold()
        assert not way.is_held
        way.release()


def test_the_helper_ends_with_us(tmp_path: Path) -> None:
    """A program that is killed while it holds leaves no helper behind: its input ends."""
    helper = tmp_path / "systemd-inhibit"
    helper.write_text(f"#!{sys.executable}\nimport sys\nsys.stdin.read()\n")
    helper.chmod(0o755)
    code = (
        "import os, signal, sys\n"
        "from authws_desktop.desktop.keep_awake import keep_awake_of\n"
        "way = keep_awake_of('linux', lambda name: sys.argv[1] if name == 'systemd-inhibit' else None)\n"
        "way.hold(); print(way._child.pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(helper)], capture_output=True, text=True, check=False
    )
    pid = int(done.stdout)
    if psutil.pid_exists(pid):
        psutil.wait_procs([psutil.Process(pid)], timeout=60)
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
