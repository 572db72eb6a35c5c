"""Keeps the computer from falling asleep while it serves somebody, where the system offers that.

Each way ends by itself with this program, so that a crash leaves no computer awake for ever.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import IO, Protocol

_ES_CONTINUOUS, _ES_SYSTEM_REQUIRED = 0x80000000, 0x00000001
END_TIMEOUT_S = 2.0


class KeepAwake(Protocol):
    """A system's way. Both may be called again."""

    @property
    def is_held(self) -> bool:
        """Whether the computer is kept awake."""

    def hold(self) -> None:
        """Keep the computer awake."""

    def release(self) -> None:
        """Let it sleep again."""


class NotOffered:
    """A system that has no way."""

    is_held = False

    def hold(self) -> None:
        """Do nothing."""

    def release(self) -> None:
        """Do nothing."""


class Child(Protocol):
    """What is used of `subprocess.Popen`."""

    stdin: IO[bytes] | None

    def poll(self) -> int | None:
        """Return the exit status; `None` while it runs."""

    def terminate(self) -> None:
        """End it."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end."""


class HeldByChild:
    """A helper program keeps the computer awake as long as it lives; it watches that we do.

    Args:
        command: The helper.
        spawn: Starts it.
    """

    def __init__(self, command: Sequence[str], spawn: Callable[[Sequence[str]], Child]) -> None:
        self._command = command
        self._spawn = spawn
        self._child: Child | None = None
        self._is_refused = False

    @property
    def is_held(self) -> bool:
        """Whether the helper lives."""
        return self._child is not None and self._child.poll() is None

    def hold(self) -> None:
        """Start the helper; one that ended by itself (the system refuses) is not started over and over."""
        if self._child is not None or self._is_refused:
            self._is_refused = self._is_refused or not self.is_held
            return
        try:
            self._child = self._spawn(self._command)
        except OSError:
            self._is_refused = True

    def release(self) -> None:
        """End the helper."""
        child, self._child = self._child, None
        if child is None:
            return
        self._is_refused = child.poll() is not None
        if child.stdin is not None:
            with contextlib.suppress(OSError):
                child.stdin.close()
        if child.poll() is None:
            child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(END_TIMEOUT_S)


class HeldByWindows:
    """Windows keeps awake for the thread that asked, until it asks for the opposite or ends.

    Args:
        set_state: `SetThreadExecutionState`.
    """

    def __init__(self, set_state: Callable[[int], int]) -> None:
        self._set_state = set_state
        self.is_held = False

    def hold(self) -> None:
        """Ask for it."""
        if not self.is_held:
            self.is_held = bool(self._set_state(_ES_CONTINUOUS | _ES_SYSTEM_REQUIRED))

    def release(self) -> None:
        """Take it back."""
        if self.is_held:
            self._set_state(_ES_CONTINUOUS)
            self.is_held = False


def _spawn(command: Sequence[str]) -> Child:
    return subprocess.Popen(  # noqa: S603 - fixed commands of ours, no shell
        list(command), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def keep_awake_of(
    platform: str = sys.platform,
    which: Callable[[str], str | None] = shutil.which,
    spawn: Callable[[Sequence[str]], Child] = _spawn,
) -> KeepAwake:
    """Return this system's way.

    Args:
        platform: As `sys.platform`.
        which: Finds a program.
        spawn: Starts a program.
    """
    if platform == "win32":
        return HeldByWindows(ctypes.windll.kernel32.SetThreadExecutionState)  # type: ignore[attr-defined,unused-ignore]
    caffeinate, inhibit = which("caffeinate"), which("systemd-inhibit")
    if platform == "darwin" and caffeinate:
        return HeldByChild([caffeinate, "-i", "-w", str(os.getpid())], spawn)
    if platform != "darwin" and inhibit:
        why = ["--what=sleep:idle", "--mode=block", "--who=Authws Desktop", "--why=Clients are connected"]
        # `cat` ends when our end of its input does.
        return HeldByChild([inhibit, *why, "cat"], spawn)
    return NotOffered()
