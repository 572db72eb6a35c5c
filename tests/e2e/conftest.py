"""The whole program as a subprocess, as a person starts it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PROGRAM = [sys.executable, "-m", "authws_desktop"]
WAIT_S = 60


@dataclass
class Running:
    """A running `serve`.

    Attributes:
        process: The subprocess.
        ready: What it printed when listening.
    """

    process: subprocess.Popen[str]
    ready: dict[str, Any]

    @property
    def port(self) -> int:
        return int(self.ready["port"])

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal; return exit status and what was printed to stderr."""
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=WAIT_S)
        return self.process.returncode, errors


Serve = Callable[..., Running]


def run(*arguments: str, folder: Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command of the program to its end."""
    variables = {**os.environ, **options.pop("env", {})}
    return subprocess.run(
        [*PROGRAM, *arguments, "--data-dir", str(folder)],
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        env=variables,
        cwd=folder if folder.is_dir() else None,
        check=False,
        **options,
    )


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Return a function that starts `serve --json` on a free port; all are ended with the test."""
    started: list[subprocess.Popen[str]] = []

    def serve(*arguments: str, **env: str) -> Running:
        process = subprocess.Popen(
            [
                *PROGRAM,
                "serve",
                "--host",
                "127.0.0.1",
                "--port",
                "0",
                "--json",
                "--data-dir",
                str(tmp_path),
                *arguments,
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env={**os.environ, **env},
        )
        started.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.communicate()[1]
        return Running(process, json.loads(line))

    yield serve
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()
