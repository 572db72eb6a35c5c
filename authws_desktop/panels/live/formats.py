"""How the Live page writes times, ages, sizes and durations."""

from __future__ import annotations

import time
from functools import lru_cache


@lru_cache(maxsize=256)
def _clock(second: int) -> str:
    return time.strftime("%H:%M:%S", time.localtime(second))


def time_of_day(time_s: float) -> str:
    """Return a local time to the millisecond.

    Args:
        time_s: Seconds since the epoch.
    """
    ms = int(time_s * 1000)
    return f"{_clock(ms // 1000)}.{ms % 1000:03d}"


def clock_time(time_s: float) -> str:
    """Return a local time to the second."""
    return _clock(int(time_s))


def difference(seconds: float) -> str:
    """Return the time between two rows, such as `+12 ms`."""
    ms = round(seconds * 1000)
    if ms < 0:
        return f"-{-ms:,} ms"  # The clock was set back.
    if ms < 1000:
        return f"+{ms} ms"
    return f"+{ms / 1000:.1f} s" if ms < 60_000 else f"+{age(ms / 1000)}"


def age(seconds: float) -> str:
    """Return a length of time in the largest unit that fits, such as `3 s` or `2 h`."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min"
    if whole < 86_400:
        return f"{whole // 3600} h"
    return f"{whole // 86_400} d"


def size(size_bytes: int) -> str:
    """Return a number of bytes in a unit that keeps it short."""
    if size_bytes < 1024:
        return f"{size_bytes} B"
    for unit, scale in (("KiB", 1024), ("MiB", 1024**2), ("GiB", 1024**3)):
        if size_bytes < scale * 1024 or unit == "GiB":
            return f"{size_bytes / scale:.1f} {unit}"
    raise AssertionError


def duration(seconds: float) -> str:
    """Return a short time in milliseconds, with as many digits as make sense."""
    ms = seconds * 1000
    if ms < 0.001:
        return "< 0.001 ms"
    if ms < 0.1:
        return f"{ms:.3f} ms"
    return f"{ms:.1f} ms" if ms < 10 else f"{ms:,.0f} ms"
