"""One-time addresses that tell whether another device reaches the server, and how fast.

A probe holds no data and gives none away. The device that opens it is sent on at once to a second address;
the time in between is the round trip, without any script on its side.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

PROBE_LIFE_S = 600.0


@dataclass(frozen=True)
class Reached:
    """What a probe found.

    Attributes:
        address: Of the device.
        took_s: The round trip.
        is_own: Whether it was this very computer, which proves nothing about others.
    """

    address: str
    took_s: float
    is_own: bool


class Probes:
    """Gives out one probe at a time and keeps what it found. Used on the loop only.

    Attributes:
        result: The answer of the newest probe; `None` until a device came back.

    Args:
        monotonic: The clock.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._token = ""
        self._made_s = 0.0
        self._sent_s: dict[str, float] = {}
        self.result: Reached | None = None

    def open(self) -> str:
        """Return the token of a new probe; the one before ends."""
        self._token = secrets.token_urlsafe(16)
        self._made_s = self._monotonic()
        self._sent_s.clear()
        self.result = None
        return self._token

    def close(self) -> None:
        """End the probe."""
        self._token = ""
        self._sent_s.clear()

    @property
    def remaining_s(self) -> float:
        """How long the probe can still be used; 0 if there is none."""
        if not self._token:
            return 0.0
        return max(0.0, self._made_s + PROBE_LIFE_S - self._monotonic())

    def is_open(self, token: str) -> bool:
        """Tell whether a token is the one that can be used now."""
        # In constant time: anybody on the network may try tokens.
        return self.remaining_s > 0 and secrets.compare_digest(token.encode(), self._token.encode())

    def begin(self, token: str, address: str) -> bool:
        """Note that a device opened the probe, and start its clock; `False` if there is no such probe."""
        if not self.is_open(token):
            return False
        self._sent_s[address] = self._monotonic()
        return True

    def finish(self, token: str, address: str, *, is_own: bool) -> bool:
        """Note that the device came back; `False` if there is no such probe or it never called `begin`.

        A visit of this computer's own is noted but leaves the probe open for another device.
        """
        sent_s = self._sent_s.pop(address, None)
        if sent_s is None or not self.is_open(token):
            return False
        self.result = Reached(address, self._monotonic() - sent_s, is_own)
        if not is_own:
            self.close()
        return True
