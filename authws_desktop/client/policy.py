"""What to do when a connection has ended: the contract's table of close codes, and how long to wait."""

from __future__ import annotations

import random
from collections.abc import Callable
from enum import Enum

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 30.0
PAUSE_S = 10.0
"""After being sent away, before coming back."""
REFRESH_AT = 0.8
"""The part of a token's life after which it is renewed."""


class Next(Enum):
    """What to do next."""

    RETRY = "retry"
    PAUSE = "pause"
    """Try again after `PAUSE_S`."""
    LOGIN = "login"
    """Get one new token, then try again; if that one is refused too, end."""
    END = "end"


_PLANS = {
    4003: Next.LOGIN,
    4004: Next.LOGIN,
    4005: Next.PAUSE,
    4006: Next.END,
    4009: Next.PAUSE,
    4010: Next.LOGIN,
}
TOO_BIG = 1009


def after_close(code: int) -> Next:
    """Return what to do after a close code; 1006 is a connection that broke."""
    return _PLANS.get(code, Next.RETRY)


def after_refusal(reason: str) -> Next:
    """Return what to do after an `AUTH_ERROR` with this reason."""
    return Next.END if reason == "banned" else Next.LOGIN


class Backoff:
    """Growing waits: doubling from 1 s to 30 s, each at random down to half.

    Args:
        chance: Returns a number from 0 to 1.
    """

    def __init__(self, chance: Callable[[], float] = random.random) -> None:
        self._chance = chance
        self._attempt = 0

    def next_s(self) -> float:
        """Return how long to wait before the next try, seconds."""
        ceiling_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(self._attempt, 10))
        self._attempt += 1
        # Everybody lost the connection at the same moment; they must not all come back at one.
        return float(ceiling_s * (0.5 + self._chance() / 2))

    def reset(self) -> None:
        """Begin anew: a connection was good."""
        self._attempt = 0
