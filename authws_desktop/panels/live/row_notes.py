"""Marks and comments on rows, for the time of the program: what one wants to find again, and why. No Qt."""

from __future__ import annotations

from collections.abc import Iterable
from weakref import WeakKeyDictionary

from authws_desktop.traffic.ring import TrafficRing

SIGN = "✎"
"""Stands before a comment in the row's content."""


class RowNotes:
    """Notes by number of the record, for each ring: those of a file are not those of the live rows."""

    def __init__(self) -> None:
        self._notes: WeakKeyDictionary[TrafficRing, dict[int, str]] = WeakKeyDictionary()

    def of(self, ring: TrafficRing) -> dict[int, str]:
        """Return the notes on a ring: a comment by number; an empty one is a mark only."""
        return self._notes.setdefault(ring, {})

    def toggle(self, ring: TrafficRing, numbers: Iterable[int]) -> None:
        """Mark these rows; if all of them are marked, take the marks away, and the comments with them."""
        chosen, notes = list(numbers), self.of(ring)
        if all(number in notes for number in chosen):
            for number in chosen:
                del notes[number]
        else:
            for number in chosen:
                notes.setdefault(number, "")

    def comment(self, ring: TrafficRing, number: int, text: str) -> None:
        """Comment a row, which marks it; an empty text leaves the mark."""
        self.of(ring)[number] = " ".join(text.split())
