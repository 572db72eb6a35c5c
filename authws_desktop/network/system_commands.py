"""Runs a program of the system and reads what it says; nothing here waits for a person."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

TIMEOUT_S = 10.0


@dataclass(frozen=True)
class CommandResult:
    """What a program said.

    Attributes:
        status: Its exit status.
        text: Its output and errors, decoded as UTF-8.
    """

    status: int
    text: str


Runner = Callable[[Sequence[str]], Awaitable[CommandResult | None]]
"""Runs a command; `None` if there is no such program, or if it takes too long."""


async def run_command(command: Sequence[str]) -> CommandResult | None:
    """Run a command off the loop, in English, without input."""
    return await asyncio.to_thread(_run, command)


def _run(command: Sequence[str]) -> CommandResult | None:
    try:
        done = subprocess.run(  # noqa: S603 - fixed commands of ours, no shell
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # What they print is parsed.
            env={**os.environ, "LC_ALL": "C"},
            timeout=TIMEOUT_S,
            check=False,
            # Windows would flash a console over ours.
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return CommandResult(done.returncode, done.stdout.decode(errors="replace"))
