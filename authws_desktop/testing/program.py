"""The program as a process of its own, for one test run."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from .errors import HarnessError
from .server import Server

PROGRAM_VARIABLE = "AUTHWS_PROGRAM"
STOP_TIMEOUT_S = 20


class ProgramError(HarnessError):
    """The program cannot be found or started; says why."""


def find_program() -> list[str]:
    """Return how the program is called: by `AUTHWS_PROGRAM`, or what is on PATH.

    Raises:
        ProgramError: Neither leads to it.
    """
    named = os.environ.get(PROGRAM_VARIABLE, "")
    if named:
        # A path may hold blanks, and then it is no command line.
        return [named] if Path(named).exists() else shlex.split(named, posix=sys.platform != "win32")
    found = shutil.which("authws-desktop")
    if found is None:
        raise ProgramError(
            "authws-desktop is not on PATH. Install it, "
            f"or set {PROGRAM_VARIABLE} to the command that starts it."
        )
    return [found]


class Program:
    """A server of its own on a free port of this computer, with a folder of its own.

    Attributes:
        server: What tests talk to.

    Args:
        folder: Keeps everything: settings, accounts, log.
        arguments: Further arguments of `serve`.
    """

    def __init__(self, folder: Path, arguments: tuple[str, ...] = ()) -> None:
        command = [*find_program(), "serve", "--json", "--admin-token", "--host", "127.0.0.1", "--port", "0"]
        # Into a file: a pipe that nobody reads would stop the program once it is full.
        self._errors = folder / "stderr.txt"
        with self._errors.open("wb") as errors:
            try:
                self._process = subprocess.Popen(  # noqa: S603 - the developer's own program
                    [*command, "--data-dir", str(folder), *arguments], stdout=subprocess.PIPE, stderr=errors
                )
            except OSError as error:
                raise ProgramError(f"{command[0]} cannot be started ({error.strerror}).") from None
        assert self._process.stdout is not None  # noqa: S101 - a pipe was asked for
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            raise ProgramError(f"The program did not start. {self.errors()}")
        ready = json.loads(line)
        self.server = Server(ready["http"], ready["adminToken"])

    def errors(self) -> str:
        """Return what it wrote to stderr."""
        return self._errors.read_text("utf-8", "replace").strip()

    def stop(self) -> None:
        """End it; may be called again."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                # A program that hangs at its end must not hang the test run.
                self._process.kill()
                self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
