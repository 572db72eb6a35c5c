"""Failures by key, and waits that grow with them.

The source is the OWASP Authentication Cheat Sheet, "Login Throttling": a number of failures within an
observation window, then a lock-out whose length doubles with each further failure. Here: as many failures
as the limit allows within 15 minutes; then a wait of 1 minute, and after each failure that follows 2, 4,
8 … minutes, at most an hour. A key is forgotten 24 hours after its last failure.

Attempts made while waiting are refused unseen and do not lengthen the wait. Memory is bounded however many
keys an attacker brings. What is counted under which key: see `login_throttle`.
"""

from __future__ import annotations

import math
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from authws_desktop.accounts.registration_throttle import MAX_KEYS, WINDOW_S

FIRST_WAIT_S = 60.0
LONGEST_WAIT_S = 60 * 60.0
FORGET_AFTER_S = 24 * 60 * 60.0
MAX_FAILURES_KEPT = 200_000
"""Over all keys."""
KEY_MAX_CHARS = 512
"""Longer keys are cut: what strangers send must not decide how much memory one takes."""
PAIR_SEPARATOR = " from "
"""Between name and address; no address has a blank."""


class LockoutKind(StrEnum):
    """What has to wait."""

    ACCOUNT = "account"
    """An account, for logins from addresses it never logged in from."""
    PAIR = "account at address"
    """An account, for logins from one address it has logged in from before."""
    PASSWORD_CHANGE = "password change"  # noqa: S105 - a kind
    """An account's own change of its password, from one address."""
    ADDRESS = "address"
    """An address, for logins to accounts that never logged in from it, and for invitations."""


@dataclass(frozen=True, slots=True)
class Lockout:
    """What has to wait, and until when.

    Attributes:
        kind: The kind of key that waits.
        key: The username as logins compare it, whether an account has it or not; the address; or both, as
            "ana from 192.0.2.1".
        failures: Failures in a row that count.
        since: When the wait began, seconds since the epoch.
        until: When it ends.
    """

    kind: LockoutKind
    key: str
    failures: int
    since: float
    until: float

    @property
    def username(self) -> str:
        """The account concerned; empty where it is an address."""
        if self.kind is LockoutKind.ADDRESS:
            return ""
        return self.key if self.kind is LockoutKind.ACCOUNT else self.key.rpartition(PAIR_SEPARATOR)[0]

    @property
    def address(self) -> str:
        """The address that has to wait; empty where all addresses do."""
        if self.kind is LockoutKind.ACCOUNT:
            return ""
        return self.key if self.kind is LockoutKind.ADDRESS else self.key.rpartition(PAIR_SEPARATOR)[2]


@dataclass(slots=True)
class _State:
    """Failures of one key: the recent ones until the first wait, afterwards the waits."""

    recent: deque[float] = field(default_factory=deque)
    waits: int = 0
    failures: int = 0
    last: float = 0.0
    until: float = 0.0


class GrowingWaits:
    """Failures by key, and how long each key waits.

    When there are too many keys or failures, the keys that were quiet longest are forgotten.

    Args:
        kind: The kind of all keys in this count.
        now: The clock, seconds since the epoch.
        max_keys: Keys remembered at most.
        max_failures: Failures remembered at most, over all keys.
    """

    def __init__(
        self,
        kind: LockoutKind,
        now: Callable[[], float],
        *,
        max_keys: int = MAX_KEYS,
        max_failures: int = MAX_FAILURES_KEPT,
    ) -> None:
        self._kind = kind
        self._now = now
        self._max_keys = max_keys
        self._max_failures = max_failures
        self._states: OrderedDict[str, _State] = OrderedDict()
        self._kept = 0
        self._open: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._states)

    def wait_s(self, key: str, limit: int) -> int:
        """Return how long `key` has to wait, in whole seconds; 0 if it need not, or without a limit."""
        state = self._current(key[:KEY_MAX_CHARS])
        if limit <= 0 or state is None or state.until <= self._now():
            return 0
        return math.ceil(state.until - self._now())

    def has_failed(self, key: str) -> bool:
        """Tell whether failures of this key count now."""
        return self._current(key[:KEY_MAX_CHARS]) is not None

    def has_room(self, key: str, limit: int) -> bool:
        """Tell whether one more attempt may be judged now, beside those that are being judged.

        Were all of them wrong, they must not be more than the limit: so many may be judged at the same
        time, and after the first wait one.
        """
        if limit <= 0:
            return True
        state = self._current(key[:KEY_MAX_CHARS])
        allowed = limit if state is None else 1 if state.waits else limit - len(state.recent)
        return self._open[key[:KEY_MAX_CHARS]] < max(1, allowed)

    def open(self, key: str) -> None:
        """Count an attempt that is about to be judged; `close` follows."""
        self._open[key[:KEY_MAX_CHARS]] += 1

    def close(self, key: str) -> None:
        """Count it no longer: its failure is recorded, or it was none."""
        key = key[:KEY_MAX_CHARS]
        self._open[key] -= 1
        if not self._open[key]:
            del self._open[key]

    def record(self, key: str, limit: int) -> Lockout | None:
        """Count one failure.

        Args:
            key: The account, address or pair that failed.
            limit: Failures allowed in 15 minutes before the first wait; 0 for no waits.

        Returns:
            The wait that begins with it.
        """
        key, now = key[:KEY_MAX_CHARS], self._now()
        state = self._current(key) or self._states.setdefault(key, _State())
        # The order of the dictionary is that of the last failures: `_trim` forgets from its head.
        self._states.move_to_end(key)
        state.failures += 1
        state.last = now
        if not state.waits:
            state.recent.append(now)
            self._kept += 1
        lockout = self._begin_wait(key, state) if limit > 0 and self._is_due(state, limit) else None
        self._trim()
        return lockout

    def clear(self, key: str) -> bool:
        """Forget the failures of a key; `False` if there were none."""
        state = self._states.pop(key[:KEY_MAX_CHARS], None)
        self._kept -= len(state.recent) if state is not None else 0
        return state is not None

    def waiting(self) -> list[Lockout]:
        """Return the keys that have to wait now, the longest first."""
        now = self._now()
        maybe = [key for key, state in self._states.items() if state.until > now]
        states = [(key, state) for key in maybe if (state := self._current(key)) is not None]
        found = [self._lockout(key, state) for key, state in states]
        return sorted(found, key=lambda lockout: -lockout.until)

    def _is_due(self, state: _State, limit: int) -> bool:
        return bool(state.waits) or len(state.recent) >= limit

    def _begin_wait(self, key: str, state: _State) -> Lockout:
        # The exponent is bounded, as a float overflows at 2**1024.
        state.until = state.last + min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(state.waits, 32))
        state.waits += 1
        self._kept -= len(state.recent)
        # From the first wait on, each failure waits by itself; their times are not needed any more.
        state.recent.clear()
        return self._lockout(key, state)

    def _lockout(self, key: str, state: _State) -> Lockout:
        return Lockout(self._kind, key, state.failures, state.last, state.until)

    def _current(self, key: str) -> _State | None:
        """Return a key's state without what is too old; none: `None`."""
        state = self._states.get(key)
        if state is None:
            return None
        now = self._now()
        if state.last > now:
            # The clock jumped back: nobody waits longer than the wait was.
            state.until = now + max(0.0, state.until - state.last)
            state.recent = deque(min(time, now) for time in state.recent)
            state.last = now
        self._drop_old(state, now)
        is_over = not state.recent if not state.waits else state.last <= now - FORGET_AFTER_S
        if is_over:
            self.clear(key)
            return None
        return state

    def _drop_old(self, state: _State, now: float) -> None:
        while state.recent and state.recent[0] <= now - WINDOW_S:
            state.recent.popleft()
            self._kept -= 1
            state.failures -= 1

    def _trim(self) -> None:
        while len(self._states) > 1 and (
            len(self._states) > self._max_keys or self._kept > self._max_failures
        ):
            self.clear(next(iter(self._states)))
        if self._kept > self._max_failures:  # one key alone holds them all
            next(iter(self._states.values())).recent.popleft()
            self._kept -= 1
