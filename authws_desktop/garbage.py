"""When Python looks for garbage: objects that hold each other and are used by nobody else.

What is used by nobody goes at once, without any search. The search is for the rest, looks at every object
there is, in one piece, and runs on whatever thread happens to allocate. Both are in the way of a window:

- A widget that is found by the thread of the database dies there, and Qt's widgets must die on Qt's thread.
  So the program with a window keeps Python's own search switched off and searches itself (`GarbageSearch`).
- Among 100,000 accounts that have just been made, which stay, it would run many times and find nothing
  (`held_back`).
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_SEARCHES_A_MIDDLE = 10
_SEARCHES_A_WHOLE = 100
_GROWTH_FOR_WHOLE = 1.25
"""The same as Python's own: a search among all objects costs as many steps as there are, so it must wait
until there are many new ones."""

_holders = 0
_is_to_switch_on = False


@contextmanager
def held_back() -> Iterator[None]:
    """Search for no garbage inside; what is there at the end stays, and is not searched again.

    Among the objects of 100,000 accounts a search stops the server for a tenth of a second. May be used
    inside itself, and by two tasks of one loop at a time: the last to leave lets the search go on.
    """
    global _holders, _is_to_switch_on
    if not _holders:
        _is_to_switch_on = gc.isenabled()
    _holders += 1
    gc.disable()
    try:
        yield
    finally:
        _holders -= 1
        if not _holders:
            gc.freeze()
            if _is_to_switch_on:
                gc.enable()


class GarbageSearch:
    """Searches on the thread that calls it, in place of Python's own search, which must be switched off."""

    def __init__(self) -> None:
        self._searches = 0
        self._left_by_whole = 0

    def refresh(self) -> None:
        """Search if enough objects were made since the last time; not while `held_back` is in force."""
        if _holders or gc.get_count()[0] < gc.get_threshold()[0]:
            return
        self._searches += 1
        if self._searches % _SEARCHES_A_WHOLE == 0 and self._has_grown():
            gc.collect()
            self._left_by_whole = len(gc.get_objects(generation=2))
        else:
            gc.collect(1 if self._searches % _SEARCHES_A_MIDDLE == 0 else 0)

    def _has_grown(self) -> bool:
        return len(gc.get_objects(generation=2)) > self._left_by_whole * _GROWTH_FOR_WHOLE
