"""Numbers, times and sizes in words."""

from __future__ import annotations

from authws_desktop.spans import span_words as span_words

KIB = 1024
_SIZE_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


def grouped(number: int) -> str:
    """Return a number with its thousands apart: `86,400`."""
    return f"{number:,}"


def counted(number: int, one: str, many: str) -> str:
    """Return a number with its noun: `1 client`, `12 clients`.

    Args:
        number: How many.
        one: The noun for one, translated.
        many: The noun for any other number, translated.
    """
    return f"{grouped(number)} {one if number == 1 else many}"


def size_words(size_bytes: int) -> str:
    """Return a size in the largest unit that keeps it above one: `4 MiB`, `1.5 KiB`, `12 bytes`."""
    value, unit = float(size_bytes), 0
    while value >= KIB and unit < len(_SIZE_UNITS) - 1:
        value, unit = value / KIB, unit + 1
    return f"{value:.1f}".removesuffix(".0") + f" {_SIZE_UNITS[unit]}"


def uptime_words(span_s: float) -> str:
    """Return a running time as a clock: `02:14`, `1:02:14`, `3 d 04:05:06`."""
    minutes, seconds = divmod(int(max(span_s, 0)), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours:02}:{minutes:02}:{seconds:02}"
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"
