"""Growing waits after failed logins, per address and per account.

The source is the OWASP Authentication Cheat Sheet, "Login Throttling": a number of failures within an
observation window, then a lock-out whose length doubles with each further failure. Here: as many failures
as the host allows (10 unless set otherwise) within 15 minutes; then a wait of 1 minute, and after each
failure that follows 2, 4, 8 … minutes, at most an hour. A right password ends an account's count; else it
is forgotten 24 hours after the last failure.

Attempts made while waiting are refused unseen and do not lengthen the wait. Known and unknown accounts are
counted alike. Memory is bounded however many names and addresses an attacker brings.
"""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from authws_desktop.accounts.errors import Throttled
from authws_desktop.accounts.throttle import KEY_MAX_CHARS, MAX_KEYS, WINDOW_S, network_of

FIRST_WAIT_S = 60.0
LONGEST_WAIT_S = 60 * 60.0
FORGET_AFTER_S = 24 * 60 * 60.0
MAX_FAILURES_KEPT = 200_000
"""Over all names or addresses."""


class LockoutKind(StrEnum):
    """What has to wait."""

    ACCOUNT = "account"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Lockout:
    """An account or an address that has to wait.

    Attributes:
        kind: Which of the two.
        key: The username as logins compare it, whether an account has it or not; or the address.
        failures: Failures in a row that count.
        since: When the wait began, seconds since the epoch.
        until: When it ends.
    """

    kind: LockoutKind
    key: str
    failures: int
    since: float
    until: float


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
        kind: What the keys are.
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

    def __len__(self) -> int:
        return len(self._states)

    def wait_s(self, key: str, limit: int) -> int:
        """Return how long `key` has to wait, in whole seconds; 0 if it need not, or without a limit."""
        state = self._current(key[:KEY_MAX_CHARS])
        if limit <= 0 or state is None or state.until <= self._now():
            return 0
        return math.ceil(state.until - self._now())

    def record(self, key: str, limit: int) -> Lockout | None:
        """Count one failure.

        Args:
            key: Whose.
            limit: Failures allowed in 15 minutes before the first wait; 0 for no waits.

        Returns:
            The wait that begins with it.
        """
        key, now = key[:KEY_MAX_CHARS], self._now()
        state = self._current(key) or self._states.setdefault(key, _State())
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
        """Return who has to wait, the longest first."""
        now = self._now()
        maybe = [key for key, state in self._states.items() if state.until > now]
        states = [(key, state) for key in maybe if (state := self._current(key)) is not None]
        found = [self._lockout(key, state) for key, state in states]
        return sorted(found, key=lambda lockout: -lockout.until)

    def _is_due(self, state: _State, limit: int) -> bool:
        return bool(state.waits) or len(state.recent) >= limit

    def _begin_wait(self, key: str, state: _State) -> Lockout:
        state.until = state.last + min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(state.waits, 32))
        state.waits += 1
        self._kept -= len(state.recent)
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


class LoginThrottle:
    """Failed logins, per address and per account; a right password clears the account's count.

    Args:
        now: The clock, seconds since the epoch.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._waits = {kind: GrowingWaits(kind, now) for kind in LockoutKind}
        self._observers: list[Callable[[Lockout], None]] = []

    def observe(self, callback: Callable[[Lockout], None]) -> None:
        """Have a function called whenever a wait begins."""
        self._observers.append(callback)

    def check(self, address: str, account_key: str, limit: int) -> None:
        """Refuse an attempt after too many failures.

        Args:
            address: Where it comes from; empty if unknown.
            account_key: The folded username, whether an account has it or not.
            limit: Failures allowed in 15 minutes; 0 switches the limit off.

        Raises:
            Throttled: It is refused; says for how long.
        """
        wait_s = self._waits[LockoutKind.ACCOUNT].wait_s(account_key, limit)
        if address:
            wait_s = max(wait_s, self._waits[LockoutKind.ADDRESS].wait_s(network_of(address), limit))
        if wait_s:
            raise Throttled(wait_s)

    def check_address(self, address: str, limit: int) -> None:
        """Refuse an attempt that concerns no account.

        Raises:
            Throttled: It is refused; says for how long.
        """
        if address and (wait_s := self._waits[LockoutKind.ADDRESS].wait_s(network_of(address), limit)):
            raise Throttled(wait_s)

    def record_failure(self, address: str, account_key: str, limit: int) -> None:
        """Count a wrong password."""
        self._record(LockoutKind.ACCOUNT, account_key, limit)
        self.record_address_failure(address, limit)

    def record_address_failure(self, address: str, limit: int) -> None:
        """Count a failure that concerns no account, such as a wrong invitation."""
        if address:
            self._record(LockoutKind.ADDRESS, network_of(address), limit)

    def record_success(self, account_key: str) -> None:
        """Forget the failures on an account; those of the address stay."""
        self._waits[LockoutKind.ACCOUNT].clear(account_key)

    def lockouts(self) -> list[Lockout]:
        """Return who has to wait now, the longest first."""
        found = [lockout for waits in self._waits.values() for lockout in waits.waiting()]
        return sorted(found, key=lambda lockout: -lockout.until)

    def lift(self, lockout: Lockout) -> bool:
        """End a wait and forget what led to it; `False` if it was over already."""
        is_known = lockout.key in {each.key for each in self._waits[lockout.kind].waiting()}
        return self._waits[lockout.kind].clear(lockout.key) and is_known

    def _record(self, kind: LockoutKind, key: str, limit: int) -> None:
        lockout = self._waits[kind].record(key, limit)
        if lockout is not None:
            for observer in self._observers:
                observer(lockout)
