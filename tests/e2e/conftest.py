"""The whole program as a subprocess, as a person starts it."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from authws_desktop.app import new_application
from authws_desktop.logs import LogRing
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.window.main_window import MainWindow
from authws_desktop.paths import DataPaths
from authws_desktop.server.service import Service
from tests.own_clients import loaded

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


@pytest.fixture
def log_ring() -> Iterator[LogRing]:
    ring = LogRing()
    logging.getLogger().addHandler(ring)
    yield ring
    logging.getLogger().removeHandler(ring)


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    service = Service(loaded(tmp_path), DataPaths.under(tmp_path), password_cost=4)
    await service.open()
    yield service
    await service.close()


@pytest.fixture
async def window(service: Service, log_ring: LogRing) -> AsyncIterator[MainWindow]:
    """Return the whole window, shown, on a fresh profile."""
    theme = Theme()
    theme.apply(new_application(), "light")
    window = MainWindow(service, theme, WindowState(service.paths.window_file), log_ring)
    window.show()
    yield window
    window.close_for_good()
    window.deleteLater()
