"""Processes of a benchmark: pinned to a processor, paused while another is measured, ended by their id.

The kernel ends them too if the benchmark itself is killed.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import random
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import psutil

from tests.benchmarks.clients import LoadError

SERVER_CORE, LOAD_CORE = 0, 1
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 5.0
_PR_SET_PDEATHSIG = 1
_PROCESS_CLOCK = 2  # CPUCLOCK_SCHED of the kernel: all threads, in nanoseconds
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def free_port() -> int:
    """Return a port of loopback that nobody listens on now, and that no outgoing connection is given."""
    for _ in range(100):
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise LoadError("there is no free port from 20000 to 32000")


class Process:
    """A process of ours.

    Attributes:
        name: For messages.

    Args:
        name: For messages.
        command: The program and its arguments.
        env: Its whole environment.
        cores: Where it may run.
        folder: Its working folder; `None` for this process's own.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        env: Mapping[str, str],
        cores: set[int],
        folder: Path | None = None,
    ) -> None:
        self.name = name
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by stop()

        def prepare() -> None:
            os.sched_setaffinity(0, cores)
            if _libc is not None:
                _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

        try:
            self._process = subprocess.Popen(
                [str(part) for part in command],
                env=dict(env),
                cwd=folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                preexec_fn=prepare,
            )
        except OSError:
            self._log.close()
            raise
        self._info = psutil.Process(self._process.pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def wait_for_port(self, port: int) -> None:
        """Wait until somebody listens there."""
        deadline_s = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline_s and self._process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)
        raise LoadError(f"{self.name} did not start: {self.log_text()}")

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def log_text(self, most: int = 2000) -> str:
        """Return the end of what it wrote to standard error.

        Args:
            most: Characters; 0 for everything.
        """
        self._log.seek(0)
        return self._log.read().decode(errors="replace")[-most:]

    def ask(self, line: str, timeout_s: float) -> dict[str, Any]:
        """Write a line to its standard input and return the line of JSON that it answers."""
        self._write(line)
        return self.answer(timeout_s)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def answer(self, timeout_s: float) -> dict[str, Any]:
        """Return the next line of its standard output, which is a JSON object."""
        answer: dict[str, Any] = json.loads(self.read_line(timeout_s))
        if "error" in answer:
            raise LoadError(f"{self.name}: {answer['error']}")
        return answer

    def read_line(self, timeout_s: float) -> bytes:
        """Return the next line of its standard output; it must write no two at once."""
        assert self._process.stdout is not None
        poller = select.poll()  # select.select() knows no descriptors above 1,024
        poller.register(self._process.stdout, select.POLLIN)
        line = self._process.stdout.readline() if poller.poll(timeout_s * 1000) else b""
        if not line:
            raise LoadError(f"{self.name} gave no answer within {timeout_s:.0f} s: {self.log_text()}")
        return line

    def _write(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()

    def pause(self) -> None:
        """Keep it from running."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it run again."""
        self._process.send_signal(signal.SIGCONT)

    def pin(self, cores: set[int]) -> None:
        """Change where all its threads may run; threads to come follow the one that starts them."""
        for thread in self._info.threads():
            os.sched_setaffinity(thread.id, cores)

    def cpu_s(self) -> float:
        """Return the processor time it has used."""
        # The clock of another process (see clock_getcpuclockid); /proc counts in hundredths of a second.
        return time.clock_gettime((~self.pid << 3) | _PROCESS_CLOCK)

    def memory_bytes(self) -> int:
        """Return the memory that is its own: pages shared with other processes do not count."""
        return int(self._info.memory_full_info().uss)

    def stop(self) -> None:
        """End it and wait for its end; may be called again."""
        if self._process.poll() is None:
            self.resume()
            self._process.terminate()
            try:
                self._process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._log):
            if stream is not None:
                stream.close()


class Screen:
    """A virtual X screen of our own, on the load generator's processor.

    Attributes:
        display: Its name, such as `:99`.
    """

    def __init__(self) -> None:
        command = ["Xvfb", "-displayfd", "1", "-screen", "0", "1400x900x24", "-nolisten", "tcp"]
        self._process = Process("Xvfb", command, os.environ, {LOAD_CORE})
        self.display = f":{int(self._process.read_line(START_TIMEOUT_S))}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stop()
