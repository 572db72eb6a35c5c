"""JSON as it is written: what RFC 8259 allows and the decoder does not take is made readable, reversibly.

A byte-order mark in front is skipped (section 8.1 lets a parser do so). Half a surrogate pair in an escape is
valid grammar (section 8.2): scripts that cut a text in the middle of an emoji send it, and others pass it on.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from itertools import accumulate

import msgspec

from authws_desktop.protocol.limits import MAX_DEPTH

_ESCAPE = re.compile(
    rb"\\(?:u[dD][89aAbB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_NO_BRACKETS = bytes(each for each in range(256) if each not in b"[]{}")
_STEPS = [1 if each in b"[{" else -1 for each in range(256)]
_MARKS = range(0xE000, 0xF900)
"""Code points for private use, which stand for the halves while the text is decoded."""


def is_too_deep(data: bytes) -> bool:
    """Tell whether JSON that was decoded holds more arrays and objects within each other than are passed on.

    Most messages are too short for that, or have too few brackets.
    """
    if len(data) <= 2 * MAX_DEPTH or data.count(b"[") + data.count(b"{") <= MAX_DEPTH:
        return False
    brackets = _STRING.sub(b"", data).translate(None, _NO_BRACKETS)
    return max(accumulate(map(_STEPS.__getitem__, brackets)), default=0) > MAX_DEPTH


def make_readable(data: bytes, error: Exception) -> Readable | None:
    """Return what the decoder can read in place of a text that it refused.

    Args:
        data: JSON as it came.
        error: The decoder's exception.

    Returns:
        `None` if the text is as readable as it can be.
    """
    # Only that it is no JSON can be helped; most often it is JSON, but not what was wanted.
    if type(error) is msgspec.DecodeError and (
        b"\\ud" in data or b"\\uD" in data or data.startswith(codecs.BOM_UTF8)
    ):
        return Readable(data)
    return None


class Readable:
    """JSON that the decoder can read, and how its parts are turned back into what was sent.

    Attributes:
        text: UTF-8 JSON without a byte-order mark, each half surrogate replaced by a mark.

    Args:
        data: JSON as it came.
    """

    def __init__(self, data: bytes) -> None:
        self._halves: dict[bytes, bytes] = {}
        # A mark that the sender wrote as well could not be told from ours on the way back.
        self._free_marks = self._marks_not_in(data.lower())
        self.text = _ESCAPE.sub(self._mark, data.removeprefix(codecs.BOM_UTF8))

    def _marks_not_in(self, folded: bytes) -> Iterator[bytes]:
        for code in _MARKS:
            mark = b"\\u%04x" % code
            if mark not in folded:
                yield mark

    def _mark(self, found: re.Match[bytes]) -> bytes:
        if found[1] is None:
            return found[0]
        half = found[0]
        if half not in self._halves:
            # Nobody writes two thousand different halves in earnest; such a text stays unreadable.
            self._halves[half] = next(self._free_marks, half)
        return self._halves[half]

    @property
    def has_halves(self) -> bool:
        """Whether half a surrogate pair stands in it."""
        return bool(self._halves)

    def is_marked(self, part: bytes) -> bool:
        """Tell whether a mark stands in a part of the text that was decoded and encoded again."""
        return any(chr(int(mark[2:], 16)).encode() in part for mark in self._halves.values())

    def as_written(self, part: bytes) -> bytes:
        """Return a part of the text as it came."""
        for half, mark in self._halves.items():
            part = part.replace(mark, half)
        return part
