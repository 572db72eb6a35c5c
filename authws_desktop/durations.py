"""Lengths of time: a day in seconds, and words for the window and for what the server writes."""

from __future__ import annotations

DAY_S = 86_400
_UNITS = ((DAY_S, "d"), (3600, "h"), (60, "min"), (1, "s"))


def duration_words(duration_s: int) -> str:
    """Return a length of time in its two largest units: `24 h`, `1 h 30 min`, `20 s`, `7 d`."""
    rest, words = duration_s, []
    for seconds, unit in _UNITS:
        # 24 h is what people say; days begin at two.
        if unit == "d" and duration_s < 2 * seconds:
            continue
        amount, rest = divmod(rest, seconds)
        if amount:
            words.append(f"{amount:,} {unit}")
    return " ".join(words[:2]) or "0 s"
