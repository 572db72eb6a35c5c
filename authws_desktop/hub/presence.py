"""When to send the user list: changes close together become one list, and its cost is bounded.

Sending the list to everyone on every join would cost N x N x list. Up to `PRESENCE_SMALL_CLIENTS`
clients the list follows a change within `PRESENCE_MAX_INTERVAL_S`; beyond, the pause after a list is as
long as presence needs to stay within `PRESENCE_SHARE` of the server's time and of a gigabit link.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from authws_desktop.protocol.limits import (
    PRESENCE_MAX_INTERVAL_S,
    PRESENCE_MIN_INTERVAL_S,
    PRESENCE_SHARE,
    PRESENCE_SMALL_CLIENTS,
)
from authws_desktop.tasks import CallLater, Timer

LINK_BYTES_PER_S = 125_000_000
"""One gigabit a second: what a LAN carries. Loopback receivers do not count against it."""
SLICE_S = 0.004
"""Longest stretch of writing lists before other work gets its turn."""


class SendRound(Protocol):
    """One sending of the list to everyone.

    Iterating writes to one receiver a step.
    """

    remote_bytes: int
    receivers: int

    def __iter__(self) -> Iterator[None]: ...


class PresenceScheduler:
    """Decides when the next user list goes out.

    Args:
        now: Monotonic seconds.
        call_later: Runs a callback after so many seconds.
        start_round: Makes the list and the round that writes it.
    """

    def __init__(
        self, now: Callable[[], float], call_later: CallLater, start_round: Callable[[], SendRound]
    ) -> None:
        self._now = now
        self._call_later = call_later
        self._start_round = start_round
        self._timer: Timer | None = None
        self._steps: Iterator[None] | None = None
        self._round: SendRound | None = None
        self._spent_s = 0.0
        self._not_before_s = 0.0
        self._is_changed = False

    def changed(self) -> None:
        """Note that somebody came, went or was renamed; a list follows soon."""
        self._is_changed = True
        # While a timer or a round is under way nothing is armed: `_finish` sees the change.
        if self._timer is None:
            self._arm()

    def cancel(self) -> None:
        """Drop the round under way and the next one; may be called again."""
        self._is_changed = False
        self._steps = self._round = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        # Even a first change waits a little: joins rarely come alone.
        wait_s = max(PRESENCE_MIN_INTERVAL_S, self._not_before_s - self._now())
        self._timer = self._call_later(wait_s, self._begin)

    def _begin(self) -> None:
        self._is_changed = False
        started_s = self._now()
        self._round = self._start_round()
        self._steps = iter(self._round)
        self._spent_s = self._now() - started_s
        self._write_slice()

    def _write_slice(self) -> None:
        if self._steps is None:
            return
        started_s = self._now()
        # A receiver a step, and the clock asked after each: a list to thousands would hold up messages and
        # window.
        for _ in self._steps:
            if self._now() - started_s > SLICE_S:
                self._spent_s += self._now() - started_s
                self._timer = self._call_later(0, self._write_slice)
                return
        self._spent_s += self._now() - started_s
        self._finish()

    def _finish(self) -> None:
        assert self._round is not None  # noqa: S101 - set by _begin
        self._not_before_s = self._now() + self.interval_s(
            self._round.receivers, self._spent_s, self._round.remote_bytes
        )
        self._timer = self._steps = self._round = None
        if self._is_changed:
            self._arm()

    @staticmethod
    def interval_s(receivers: int, spent_s: float, remote_bytes: int) -> float:
        """Return how long to wait after a list, seconds.

        Args:
            receivers: Connections that it was written to.
            spent_s: The server's time it took.
            remote_bytes: Bytes it sent over the network.
        """
        # Time and bandwidth are used side by side: the scarcer one decides.
        cost_s = max(spent_s, remote_bytes / LINK_BYTES_PER_S)
        pause_s = max(PRESENCE_MIN_INTERVAL_S, cost_s * (1 / PRESENCE_SHARE - 1))
        return min(pause_s, PRESENCE_MAX_INTERVAL_S) if receivers <= PRESENCE_SMALL_CLIENTS else pause_s
