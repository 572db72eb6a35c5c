"""Times and lengths of time in words; the same moment always gets the same words on a given day."""

from __future__ import annotations

import datetime

from PySide6.QtCore import QCoreApplication, QDate, QLocale

from authws_desktop.panels.wording import span_words

_CONTEXT = "times"


def _tr(text: str) -> str:
    return QCoreApplication.translate(_CONTEXT, text)


def when_text(epoch_s: float | None, now_s: float) -> str:
    """Return a moment as a person would say it: "Today 14:05", "Yesterday 09:30", "2 Mar 2026, 14:05".

    Args:
        epoch_s: Seconds since the epoch; `None` is "Never".
        now_s: The same, for today's date.
    """
    if epoch_s is None:
        return _tr("Never")
    moment = datetime.datetime.fromtimestamp(epoch_s).astimezone()
    today = datetime.datetime.fromtimestamp(now_s).astimezone().date()
    clock = moment.strftime("%H:%M")
    names = {0: _tr("Today"), 1: _tr("Yesterday"), -1: _tr("Tomorrow")}
    if (name := names.get((today - moment.date()).days)) is not None:
        return f"{name} {clock}"
    date = QDate(moment.year, moment.month, moment.day)
    return f"{QLocale().toString(date, 'd MMM yyyy')}, {clock}"


def exact_text(epoch_s: float | None) -> str:
    """Return a moment to the second with its time zone, for tool tips."""
    if epoch_s is None:
        return ""
    return datetime.datetime.fromtimestamp(epoch_s).astimezone().strftime("%Y-%m-%d %H:%M:%S %z")


def left_text(epoch_s: float, now_s: float) -> str:
    """Return how long until a moment: "in 3 h 12 min" to the nearest minute above one, or "expired"."""
    left_s = epoch_s - now_s
    if left_s <= 0:
        return _tr("expired")
    # Not rounded down: what was just given two hours has two hours, not 1 h 59 min.
    return _tr("in {}").format(span_words(round(left_s / 60) * 60 if left_s >= 60 else int(left_s)))


def ago_text(epoch_s: float, now_s: float) -> str:
    """Return how long ago a moment was: "3 min ago" in whole minutes above one, or "just now"."""
    whole_s = int(now_s - epoch_s)
    if whole_s < 1:
        return _tr("just now")
    return _tr("{} ago").format(span_words(whole_s - whole_s % 60 if whole_s >= 60 else whole_s))
