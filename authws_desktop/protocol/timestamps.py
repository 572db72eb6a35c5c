"""Timestamps as the contract writes them: ISO 8601 in UTC with milliseconds and `Z`."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache


def format_timestamp(time_s: float) -> str:
    """Return the time as `2026-01-31T12:34:56.789Z`.

    Args:
        time_s: Seconds since the epoch, UTC.
    """
    second, microsecond = divmod(round(time_s * 1_000_000), 1_000_000)
    return f"{_text_of(second)}.{microsecond // 1000:03}Z"


@lru_cache(maxsize=16)
def _text_of(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat()[:-6]


class TimestampFormatter:
    """Formats timestamps, reusing the string within one millisecond (a broadcast storm asks often)."""

    __slots__ = ("_last_ms", "_last_text")

    def __init__(self) -> None:
        self._last_ms = -1
        self._last_text = ""

    def __call__(self, time_s: float) -> str:
        """Return the time as `format_timestamp` does."""
        ms = int(time_s * 1000)
        if ms != self._last_ms:
            self._last_ms = ms
            self._last_text = format_timestamp(ms / 1000)
        return self._last_text
