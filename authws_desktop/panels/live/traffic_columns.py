"""The columns of the traffic table: what each says of a record, and by what it sorts. No Qt.

Behind the columns that are always there stand those that the person added: paths into the payload's JSON,
written as in the filter (`content.player.name`).
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable
from enum import IntEnum
from functools import partial

from authws_desktop.panels.kit.escape import visible
from authws_desktop.panels.kit.words import size_text, time_text
from authws_desktop.panels.live import record_text
from authws_desktop.traffic.filter_checks import node_name
from authws_desktop.traffic.json_path import value_at, value_text
from authws_desktop.traffic.record import Record

MOST_PATHS = 8
MOST_PATH_CHARS = 200
MAX_KNOWN = 2000
"""Cached values; a full cache is emptied, as most of it is of rows long out of view."""

_DIGITS = re.compile(r"\d+")
_LONGEST_NUMBER = 12
_FLOAT, _BITS = struct.Struct(">d"), struct.Struct(">Q")
_SIGN, _ALL = 1 << 63, (1 << 64) - 1


class TrafficColumn(IntEnum):
    """The columns that are always there."""

    TIME = 0
    DIFFERENCE = 1
    DIRECTION = 2
    WHO = 3
    TYPE = 4
    TO = 5
    SIZE = 6
    NODE = 7
    CONTENT = 8


TO_THE_RIGHT = (TrafficColumn.DIFFERENCE, TrafficColumn.SIZE)
_TEXT: dict[int, Callable[[Record], str]] = {
    TrafficColumn.TIME: lambda record: time_text(record.time_s),
    TrafficColumn.DIFFERENCE: lambda _record: "",
    TrafficColumn.DIRECTION: record_text.direction,
    TrafficColumn.WHO: record_text.who,
    TrafficColumn.TYPE: lambda record: record_text.chip(record).text,
    TrafficColumn.TO: record_text.recipient,
    TrafficColumn.SIZE: lambda record: size_text(record.size_bytes) if record.size_bytes else "",
    TrafficColumn.NODE: lambda record: node_name(record.identity),
    TrafficColumn.CONTENT: record_text.content,
}


_ALWAYS_THERE = len(TrafficColumn)


# A key is one plain string: a hundred thousand tuples would set the collector of garbage going, which holds
# up the loop for longer than the sorting does.
def number_key(value: float) -> str:
    """Return what a number is sorted by, in front of all texts."""
    try:
        number = float(value)
    except OverflowError:  # whole numbers of JSON have no bound
        number = math.inf if value > 0 else -math.inf
    (bits,) = _BITS.unpack(_FLOAT.pack(number))
    # As a whole number, the bits of a float are in its order; those of negative ones in the opposite.
    return f"0{bits | _SIGN:016x}" if bits < _SIGN else f"0{bits ^ _ALL:016x}"


def text_key(text: str) -> str | None:
    """Return what a text is sorted by: numbers in it count as such; `None` where there is none."""
    if not text:
        return None
    return "1" + _DIGITS.sub(lambda digits: digits[0].zfill(_LONGEST_NUMBER), text.casefold())


class TrafficColumns:
    """The columns of one table.

    Attributes:
        paths: Into the JSON; each is a column behind the others.
        read_values: How many values were looked for in a payload, so far.
    """

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.read_values = 0
        # Rows are painted at each refresh and hover; a payload is read once, while its row is in view.
        self._known: dict[tuple[str, int], str] = {}

    def __len__(self) -> int:
        return _ALWAYS_THERE + len(self.paths)

    def reader(self, column: int) -> Callable[[Record], str]:
        """Return what tells a column's text of a record; of `DIFFERENCE`, which takes two, nothing."""
        if column < _ALWAYS_THERE:
            return _TEXT[column]
        return partial(self._at_path, self.paths[column - _ALWAYS_THERE])

    def _at_path(self, path: str, record: Record) -> str:
        key = (path, record.number)
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= MAX_KNOWN:
                self._known.clear()
            found = self._value(record, path)
            known = "" if found is None else visible(value_text(found[0])[: record_text.PREVIEW_BYTES])
            self._known[key] = known
        return known

    def key(self, record: Record, column: int) -> str | None:
        """Return what a record is sorted by in a column; `None` where the column says nothing of it."""
        if column == TrafficColumn.TIME:
            return number_key(record.time_s)
        if column == TrafficColumn.SIZE:
            return number_key(record.size_bytes) if record.size_bytes else None
        if column < _ALWAYS_THERE:
            return text_key(_TEXT[column](record))
        found = self._value(record, self.paths[column - _ALWAYS_THERE])
        if found is None:
            return None
        value = found[0]
        if isinstance(value, int | float) and not isinstance(value, bool):
            return number_key(value)
        return text_key(value_text(value)[: record_text.PREVIEW_BYTES])

    def forget(self) -> None:
        """Forget values: other records have the same numbers."""
        self._known.clear()

    def _value(self, record: Record, path: str) -> tuple[object] | None:
        self.read_values += 1
        return value_at(record.payload, path.split("."))
