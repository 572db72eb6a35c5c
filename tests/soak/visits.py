"""How long a client stays, and how it leaves: drawn by lot, the same for the same seed."""

from __future__ import annotations

import random
from enum import Enum, auto
from typing import NamedTuple

RUDE_SHARE = 0.3
"""Of those who leave, so many do without a goodbye."""
STAY_S = (3.0, 20.0)
STUCK_S = (5.0, 40.0)
"""A stuck client's queues in the kernel, some 3 MB, fill up within this time, or nearly."""


class Way(Enum):
    """How a client leaves."""

    GOODBYE = auto()
    """With a closing handshake."""
    RESET = auto()
    """It vanishes."""
    HALF_CLOSE = auto()
    """It ends its sending side and goes on reading until the server ends the connection."""
    STUCK_RESET = auto()
    """It does not read for a while, then vanishes."""
    STUCK_HALF_CLOSE = auto()
    """It does not read for a while, then ends its sending side, and does not read on."""

    @property
    def is_stuck(self) -> bool:
        """Whether it stops reading first."""
        return self in (Way.STUCK_RESET, Way.STUCK_HALF_CLOSE)

    @property
    def is_reset(self) -> bool:
        """Whether it ends in a reset by the client."""
        return self in (Way.RESET, Way.STUCK_RESET)


RUDE_WAYS = (Way.RESET, Way.HALF_CLOSE, Way.STUCK_RESET, Way.STUCK_HALF_CLOSE)


class Visit(NamedTuple):
    """What one client is going to do.

    Attributes:
        way: How it leaves.
        stay_s: How long it talks.
        stuck_s: How long it then reads nothing before it leaves.
    """

    way: Way
    stay_s: float
    stuck_s: float


STEADY = Visit(Way.GOODBYE, float("inf"), 0.0)


def draw_visit(lot: random.Random) -> Visit:
    """Return what a new client is going to do."""
    way = lot.choice(RUDE_WAYS) if lot.random() < RUDE_SHARE else Way.GOODBYE
    return Visit(way, lot.uniform(*STAY_S), lot.uniform(*STUCK_S) if way.is_stuck else 0.0)
