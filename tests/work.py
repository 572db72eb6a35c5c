"""Work that is counted instead of timed: the figures are the same on every machine, however busy it is."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


class TickingClock:
    """A clock that goes on by the same step at each look: so many looks fit into a budget of seconds.

    Attributes:
        now_s: What it shows.

    Args:
        step_s: What a look adds; 0 for a clock that stands.
    """

    def __init__(self, step_s: float = 0.0) -> None:
        self.now_s = 0.0
        self._step_s = step_s

    def __call__(self) -> float:
        """Return the time, then go on."""
        now_s = self.now_s
        self.now_s += self._step_s
        return now_s


def calls_of(act: Callable[[], object]) -> int:
    """Return how many functions an act calls in this thread, those written in C and those that Qt calls included.

    Collections of garbage wait: they would go through the whole test run's objects.
    """
    count = 0

    def note(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    was_on = gc.isenabled()
    gc.disable()
    sys.setprofile(note)
    try:
        act()
    finally:
        sys.setprofile(before)
        if was_on:
            gc.enable()
    return count - 1  # setting the profile back


@contextmanager
def nothing_left() -> Iterator[None]:
    """Demand that what is made and dropped inside goes at once, without a search for garbage."""
    gc.freeze()  # what is there already is not searched: some of it goes only after several searches
    flags = gc.get_debug()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield
        gc.collect()
        left = [repr(each) for each in gc.garbage]
    finally:
        gc.set_debug(flags)
        gc.garbage.clear()
        gc.unfreeze()
    assert left == [], left
