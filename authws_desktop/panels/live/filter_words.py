"""What can be written next in the filter box. No Qt."""

from __future__ import annotations

import re
from collections.abc import Iterable

from authws_desktop.protocol.codes import CloseCode
from authws_desktop.traffic.filter_checks import FIELDS, KNOWN

CODES = [
    *KNOWN["code"],
    *(str(int(code)) for code in CloseCode),
    *("400", "401", "403", "404", "409", "413", "415", "421", "429", "503"),
]
_NAMES = [*(f"{name}:" for name in FIELDS), "size>", "size<", "took>", "took<", "time>", "time<"]


def word_at(text: str, cursor: int) -> tuple[int, str, str]:
    """Return what is being written.

    Returns:
        Where the unfinished value starts, its field (empty where a field's name may come), the value so far.
    """
    start = max(text.rfind(" ", 0, cursor), text.rfind("!", 0, cursor)) + 1
    name, colon, values = text[start:cursor].partition(":")
    if not colon or name.lower() not in FIELDS:
        return start, "", text[start:cursor]
    value = values.rpartition(",")[2]
    return cursor - len(value), name.lower(), value


def candidates(field: str, typed: str, names: Iterable[str]) -> list[str]:
    """Return what can complete a value, the likeliest first; nothing where it is complete.

    Args:
        field: As from `word_at`.
        typed: The value so far.
        names: What to offer after `user:`, `to:` and `node:`.
    """
    if not field:
        found: Iterable[str] = _NAMES if typed else ()
    elif field in ("user", "to", "node"):
        found = sorted(set(names), key=str.casefold)
    elif field == "code":
        found = CODES
    else:
        found = KNOWN.get(field, ())
    folded = typed.casefold()
    matching = [word for word in found if word.casefold().startswith(folded)]
    return [] if matching == [typed] else matching


def quoted(name: str) -> str:
    """Return a name as the filter language reads it: in quotes where it must be."""
    if re.fullmatch(r"[\w.\-]+", name):
        return name
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
