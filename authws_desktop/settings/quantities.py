"""Lengths of time and sizes as people write them: `24 h`, `1 h 30 min`, `256 MiB`, `64k`."""

from __future__ import annotations

import re

_SECONDS = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hour", "hours"), 3600),
    **dict.fromkeys(("d", "day", "days"), 86_400),
}
# People write kB and MB for what their file managers show as KiB and MiB; the program counts in 1,024s.
_BYTES = {
    **dict.fromkeys(("b", "byte", "bytes"), 1),
    **dict.fromkeys(("k", "kb", "kib"), 1024),
    **dict.fromkeys(("m", "mb", "mib"), 1024**2),
    **dict.fromkeys(("g", "gb", "gib"), 1024**3),
}
UNITS = {"s": _SECONDS, "bytes": _BYTES}
"""What may be written behind a number, by the unit of the setting."""
_PART = re.compile(r"\s*(\d{1,15}(?:\.\d{1,6})?)\s*([A-Za-z]+)\s*")


def parse_quantity(text: str, unit: str) -> int | None:
    """Return a whole number of a unit, written with other units of its kind; `None` if it is none.

    Args:
        text: One or more numbers, each with its unit; a number alone is not for here.
        unit: `s` or `bytes`; others have no larger ones.
    """
    sizes = UNITS.get(unit)
    total, position = 0.0, 0
    while sizes is not None and (part := _PART.match(text, position)):
        if (size := sizes.get(part[2].lower())) is None:
            return None
        total += float(part[1]) * size
        position = part.end()
    return int(total) if position and position == len(text) and total == int(total) else None
