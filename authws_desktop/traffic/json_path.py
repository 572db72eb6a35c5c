"""One value within a payload's JSON, found by the keys on the way: `content.player.name`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

# What lies beside the way is passed over and not made into objects: a fifth of the time for a long payload.
_decoder = msgspec.json.Decoder(dict[str, msgspec.Raw] | list[msgspec.Raw])
_LONGEST_PLACE = 9


def value_at(payload: bytes, keys: Sequence[str]) -> tuple[Any] | None:
    """Return the value at a path, alone in a tuple, since it may be `null`; `None` where there is none.

    Args:
        payload: JSON or not.
        keys: Of the objects on the way, and places in arrays, outermost first.
    """
    raw: bytes | msgspec.Raw = payload
    try:
        for key in keys:
            level = _decoder.decode(raw)
            if isinstance(level, dict):
                raw = level[key]
            elif key.isdecimal():
                raw = level[int(key[:_LONGEST_PLACE])]
            else:
                return None
        return (msgspec.json.decode(raw),)
    except (LookupError, ValueError, RecursionError):  # msgspec's own errors are of `ValueError`
        return None


def value_text(value: object) -> str:
    """Return a value as it reads: a text without its quotes, everything else as JSON."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
