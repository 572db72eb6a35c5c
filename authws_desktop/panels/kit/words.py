"""How the window writes times, lengths of time, sizes and counts.

Every text on a page that holds one of these is made here, so that the same value reads the same everywhere.
"""

from __future__ import annotations

import datetime
import time
from functools import lru_cache

from PySide6.QtCore import QDate, QDateTime, QLocale

from authws_desktop.durations import duration_words as duration_words
from authws_desktop.panels.kit.language import SPEECH, tr

KIB = 1024
_SIZE_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")
_COUNT_UNITS = ("k", "M", "G")


# Counts and sizes


def grouped(number: int) -> str:
    """Return a number with its thousands apart: `86,400`."""
    return SPEECH.number(f"{number:,}")


def counted(number: int, one: str, many: str) -> str:
    """Return a number with its noun: `1 client`, `12 clients`.

    Args:
        number: How many.
        one: In English, for one: `%n client`.
        many: In English, for any other number, and what the catalogues have the forms of: `%n clients`.
    """
    forms = SPEECH.catalogue.forms(many, number) if SPEECH.catalogue is not None else None
    return (forms or (one if number == 1 else many)).replace("%n", grouped(number))


def count_text(number: int) -> str:
    """Return a count for a column, four digits at most: `9,999`, `12.3 k`, `1.2 M`."""
    if number < 10_000:
        return grouped(number)
    value, unit = number / 1000, 0
    while value >= 999.95 and unit < len(_COUNT_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return SPEECH.number(f"{value:.1f} {_COUNT_UNITS[unit]}")


def size_text(size_bytes: int) -> str:
    """Return a size for a column, always with one decimal above bytes: `12 B`, `4.0 MiB`.

    Four digits at most, so that a column of fixed width never cuts one: 1,000 KiB are `1.0 MiB`.
    """
    return _size(size_bytes, most=999.95)


def _size(size_bytes: int, most: float) -> str:
    """Return a size in the first unit above bytes in which it is less than `most`."""
    if size_bytes < KIB:
        return f"{size_bytes} B"
    value, unit = size_bytes / KIB, 1
    while value >= most and unit < len(_SIZE_UNITS) - 1:
        value, unit = value / KIB, unit + 1
    return SPEECH.number(f"{value:.1f} {_SIZE_UNITS[unit]}")


def size_words(size_bytes: int) -> str:
    """Return a size for a sentence: `12 bytes`, `1.5 KiB`, `4 MiB`."""
    if size_bytes < KIB:
        return counted(size_bytes, "%n byte", "%n bytes")
    return _size(size_bytes, most=KIB).replace(f"{SPEECH.point}0 ", " ")


# Moments


@lru_cache(maxsize=256)  # the rows of a second share it
def _clock(second: int) -> str:
    return time.strftime("%H:%M:%S", time.localtime(second))


def clock_text(time_s: float) -> str:
    """Return a local time of day to the second; `time_s` counts seconds since the epoch, as all below."""
    return _clock(int(time_s))


def time_text(time_s: float) -> str:
    """Return a local time of day to the millisecond, cut and not rounded."""
    ms = int(time_s * 1000)
    return f"{_clock(ms // 1000)}.{ms % 1000:03d}"


def log_time_text(time_s: float) -> str:
    """Return day and time to the millisecond, as in the log file."""
    return f"{time.strftime('%Y-%m-%d', time.localtime(time_s))} {time_text(time_s)}"


def when_text(epoch_s: float | None, now_s: float) -> str:
    """Return a moment as a person would say it: "Today 14:05", "Yesterday 09:30", "2 Mar 2026, 14:05".

    Args:
        epoch_s: The moment; `None` is "Never".
        now_s: Now, for today's date.
    """
    if epoch_s is None:
        return tr("Never")
    moment = datetime.datetime.fromtimestamp(epoch_s).astimezone()
    today = datetime.datetime.fromtimestamp(now_s).astimezone().date()
    clock = moment.strftime("%H:%M")
    names = {0: tr("Today"), 1: tr("Yesterday"), -1: tr("Tomorrow")}
    if (name := names.get((today - moment.date()).days)) is not None:
        return f"{name} {clock}"
    date = QDate(moment.year, moment.month, moment.day)
    return f"{QLocale().toString(date, 'd MMM yyyy')}, {clock}"


def moment_text(time_s: float) -> str:
    """Return a moment with its date and second, in the person's own way of writing."""
    moment = QDateTime.fromMSecsSinceEpoch(int(time_s * 1000))
    return QLocale().toString(moment, "d MMM yyyy, HH:mm:ss")


def exact_text(epoch_s: float | None) -> str:
    """Return a moment to the second with its time zone, for tool tips; empty for `None`."""
    if epoch_s is None:
        return ""
    return datetime.datetime.fromtimestamp(epoch_s).astimezone().strftime("%Y-%m-%d %H:%M:%S %z")


# Lengths of time


def left_text(epoch_s: float, now_s: float) -> str:
    """Return how long until a moment: "in 3 h 12 min" to the nearest minute above one, or "expired"."""
    left_s = epoch_s - now_s
    if left_s <= 0:
        return tr("expired")
    # Not rounded down: what was just given two hours has two hours, not 1 h 59 min.
    span_s = round(left_s / 60) * 60 if left_s >= 60 else int(left_s)
    return tr("in {time}").format(time=duration_words(span_s))


def ago_text(epoch_s: float, now_s: float) -> str:
    """Return how long ago a moment was: "3 min ago" in whole minutes above one, or "just now"."""
    whole_s = int(now_s - epoch_s)
    if whole_s < 1:
        return tr("just now")
    span_s = whole_s - whole_s % 60 if whole_s >= 60 else whole_s
    return tr("{time} ago").format(time=duration_words(span_s))


def age_text(seconds: float) -> str:
    """Return a length of time in the largest unit that fits, such as `3 s` or `2 h`."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min"
    if whole < 86_400:
        return f"{whole // 3600} h"
    return f"{whole // 86_400} d"


def difference_text(seconds: float) -> str:
    """Return the time between two rows, such as `+12 ms`; negative where the clock was set back."""
    micro_s = round(seconds * 1_000_000)
    # In a flood many rows share a millisecond: their order in time is told in microseconds.
    if -1000 < micro_s < 1000:
        return f"{micro_s:+d} µs"
    sign, ms = "-" if micro_s < 0 else "+", abs(round(micro_s / 1000))
    if ms < 1000:
        return f"{sign}{ms} ms"
    return f"{sign}{ms / 1000:.1f} s" if ms < 60_000 else f"{sign}{age_text(ms / 1000)}"


def duration_text(seconds: float) -> str:
    """Return a short time with as many digits as make sense, four at most: `31 µs`, `420 ms`, `2.4 s`."""
    ms = seconds * 1000
    if ms < 0.9995:
        return f"{ms * 1000:.0f} µs" if ms >= 0.001 else "< 1 µs"
    if ms < 999.5:
        return f"{ms:.1f} ms" if ms < 10 else f"{ms:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 59.95 else age_text(seconds)


def uptime_text(span_s: float) -> str:
    """Return a running time as a clock: `02:14`, `1:02:14`, `3 d 04:05:06`."""
    minutes, seconds = divmod(int(max(span_s, 0)), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours:02}:{minutes:02}:{seconds:02}"
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"
