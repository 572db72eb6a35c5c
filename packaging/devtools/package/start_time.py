"""How long a person waits for the window: from the start of the process to pixels on the screen."""

import os
import statistics
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from devtools.package.screen import Screen, open_screen

RUNS = 7


class Start(NamedTuple):
    """One start.

    Attributes:
        wall_s: Until the window was drawn.
        cpu_s: What the process had computed by then; other programs on the machine hardly change it.
    """

    wall_s: float
    cpu_s: float


def start_times(program: Sequence[str | Path], runs: int = RUNS) -> list[Start]:
    """Start the program several times, each with a data folder of its own; returns the starts in order."""
    with open_screen() as screen:
        return [_start_once(program, screen) for _ in range(runs)]


def _start_once(program: Sequence[str | Path], screen: Screen) -> Start:
    with TemporaryDirectory(prefix="authws-start-") as folder:
        env = {**os.environ, "DISPLAY": screen.display}
        env.pop("QT_QPA_PLATFORM", None)
        started: list[subprocess.Popen[bytes]] = []

        def start() -> None:
            command = [*map(str, program), "--data-dir", folder]
            started.append(subprocess.Popen(command, env=env, cwd=folder, stderr=subprocess.DEVNULL))

        try:
            wall_s = screen.seconds_until_drawn(start)
            return Start(wall_s, _cpu_seconds(started[0].pid))
        finally:
            for process in started:
                process.terminate()
                process.wait(30)


def _cpu_seconds(process: int) -> float:
    """Return what a process has computed, from proc(5)."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def describe(starts: Sequence[Start]) -> str:
    """Return median and range in words."""
    walls = [start.wall_s for start in starts]
    middle, cpu = statistics.median(walls), statistics.median(start.cpu_s for start in starts)
    spread = f"{min(walls):.2f} to {max(walls):.2f} s"
    return f"median {middle:.2f} s of {len(starts)} starts ({spread}), of which {cpu:.2f} s computing"
