"""What the server itself says and weighs during the soak run: memory, descriptors, exceptions."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

BACK_WITHIN_S = 20.0
_TRACEBACK = "Traceback (most recent call last):"
_CHAINS = ("During handling of the above exception", "The above exception was the direct cause")
_RECORD = re.compile(r"\d{4}-\d\d-\d\d \S+ [A-Z]+ ")
_ERROR = re.compile(r"\S+ \S+ (ERROR|CRITICAL) ")


@dataclass
class Span:
    """A figure at the beginning, at the end, and the largest between."""

    begin: int
    end: int
    most: int

    @classmethod
    def of(cls, first: int) -> Span:
        """Return a span that has only begun."""
        return cls(first, first, first)

    def add(self, figure: int) -> None:
        """Note a newer figure."""
        self.end = figure
        self.most = max(self.most, figure)


class Watch:
    """Samples the server's process.

    Attributes:
        memory_bytes: Its resident memory.
        descriptors: Its open descriptors.
        waited_s: How long its main thread was ready to run, but others had the processors, since the beginning.
        used_s: How much processor time it used since the beginning.
    """

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._first_waited_s, self._first_used_s = self._waited_s(), self._used_s()
        self.waited_s = self.used_s = 0.0
        self.memory_bytes = Span.of(self._process.memory_info().rss)
        self.descriptors = Span.of(self._process.num_fds())

    def look(self) -> None:
        """Take a sample; none if the process has ended."""
        with contextlib.suppress(psutil.Error, OSError):
            self.waited_s = self._waited_s() - self._first_waited_s
            self.used_s = self._used_s() - self._first_used_s
            self.memory_bytes.add(self._process.memory_info().rss)
            self.descriptors.add(self._process.num_fds())

    def _waited_s(self) -> float:
        # The second field, in nanoseconds (the kernel's Documentation/scheduler/sched-stats.rst).
        text = Path(f"/proc/{self._process.pid}/schedstat").read_text(encoding="ascii")
        return int(text.split()[1]) / 1e9

    def _used_s(self) -> float:
        times = self._process.cpu_times()
        return float(times.user + times.system)

    def wait_for_the_end(self) -> None:
        """Look until no more descriptors are open than at the beginning, or it has taken too long."""
        deadline_s = time.monotonic() + BACK_WITHIN_S
        self.look()
        while self.descriptors.end > self.descriptors.begin and time.monotonic() < deadline_s:
            time.sleep(0.1)
            self.look()


def exceptions_in(lines: Sequence[str]) -> list[str]:
    """Return the exceptions in what a program wrote to standard error, its log included, one text each.

    A record of level ERROR or CRITICAL is one, with its traceback where it has one; any other traceback is one,
    with those of the exceptions that led to it.
    """
    found: list[list[str]] = []
    is_taking = has_traceback = is_chained = False
    for line in lines:
        if _RECORD.match(line):
            is_taking, has_traceback = bool(_ERROR.match(line)), False
            if is_taking:
                found.append([line])
        elif _TRACEBACK in line:
            if is_taking and (is_chained or not has_traceback):
                found[-1].append(line)
            else:
                found.append([line])
            is_taking = has_traceback = True
        elif is_taking:
            found[-1].append(line)
        is_chained = line.startswith(_CHAINS) or (is_chained and not line.strip())
    return ["\n".join(each) for each in found]
