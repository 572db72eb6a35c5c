"""How long a person waits for the window: from the start of the process to pixels on the screen."""

import os
import statistics
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from devtools.package.screen import Screen, open_screen

RUNS = 7


def start_times(program: Sequence[str | Path], runs: int = RUNS) -> list[float]:
    """Start the program several times; returns the seconds until its window was drawn, in order.

    The first run is with whatever the disk's cache holds; each has a data folder of its own.
    """
    with open_screen() as screen:
        return [_start_once(program, screen) for _ in range(runs)]


def _start_once(program: Sequence[str | Path], screen: Screen) -> float:
    with TemporaryDirectory(prefix="authws-start-") as folder:
        env = {**os.environ, "DISPLAY": screen.display}
        env.pop("QT_QPA_PLATFORM", None)
        started: list[subprocess.Popen[bytes]] = []

        def start() -> None:
            command = [*map(str, program), "--data-dir", folder]
            started.append(subprocess.Popen(command, env=env, cwd=folder, stderr=subprocess.DEVNULL))

        try:
            return screen.seconds_until_drawn(start)
        finally:
            for process in started:
                process.terminate()
                process.wait(30)


def describe(times: Sequence[float]) -> str:
    """Return median and range in words."""
    middle = statistics.median(times)
    return f"median {middle:.2f} s of {len(times)} starts ({min(times):.2f} to {max(times):.2f} s)"
