"""How dev.py starts programs, speaks and fails."""

import contextlib
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class DevError(Exception):
    """Something is missing or failed; the text is a sentence for the person at the terminal."""


class StepFailedError(DevError):
    """A program that dev.py started failed.

    Attributes:
        exit_code: What it returned.
    """

    def __init__(self, sentence: str, exit_code: int) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


def say(text: str) -> None:
    """Print a line at once, so that it stands before the output of what is started next."""
    print(text, flush=True)


def call(command: Sequence[str | Path], env: Mapping[str, str] | None = None, cwd: Path = ROOT) -> int:
    """Run a program with our terminal and return its exit code; it never outlives us.

    Args:
        command: The program and its arguments.
        env: Additions to the environment.
        cwd: The folder to run it in.
    """
    process = subprocess.Popen([str(part) for part in command], env={**os.environ, **(env or {})}, cwd=cwd)
    try:
        return process.wait()
    except BaseException as reason:
        if not isinstance(reason, KeyboardInterrupt):  # Ctrl-C reached the program too.
            process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
            process.wait(5)
        process.kill()
        process.wait()
        raise


def require(command: Sequence[str | Path], failure: str, cwd: Path = ROOT) -> None:
    """Run a program that has to succeed.

    Raises:
        StepFailedError: With `failure` as its sentence.
    """
    exit_code = call(command, cwd=cwd)
    if exit_code:
        raise StepFailedError(failure, exit_code)
