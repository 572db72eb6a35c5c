"""Limits on wrong passwords that let nobody lock out another user.

Rules. "Limit" is the host's setting (10 unless set otherwise); failures count and waits grow as
`growing_waits` says.

1. An attempt is counted before it is hashed, and judged as if all attempts had come one after the other:
   when those being judged would use up the limit, the next ones wait for their result. So no more than the
   limit are ever hashed, and right passwords that come together all get in.
2. Strangers have one count for each account. A stranger is an address that the account never logged in
   from. Known and unknown accounts are counted alike, so that nobody learns which exist.
3. An address from which the account has logged in before has a count of its own for that account. So
   strangers cannot keep its owner out, and rules 2 and 5 do not hold for it.
4. A logged-in user who changes the password is counted apart from all logins, by address too: neither
   strangers nor somebody else with the user's token can keep the user from it.
5. An address has a count of the accounts it failed on as a stranger, one for each account, whatever
   the number of failures; its limit is `NAMES_PER_FAILURE` times the limit. It stops guessing one
   password for many names, and lets in the eleventh of a class behind one address when ten have forgotten
   theirs. Wrong invitations count likewise, each code once.
6. A right password ends the count it was judged under, and those of rules 2 to 4 for this address; never
   that of rule 5, or whoever has one account could clear what the address did to others.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from authws_desktop.accounts.errors import Throttled
from authws_desktop.accounts.growing_waits import PAIR_SEPARATOR, GrowingWaits, Lockout, LockoutKind
from authws_desktop.accounts.networks import network_of

Listener = Callable[[LockoutKind, str, int | None], None]
"""Gets the kind and key of a failure with its limit; with `None`, of failures that are forgotten."""
NAMES_PER_FAILURE = 5
"""50 different names in 15 minutes from one address, unless the limit is set otherwise."""
_NAME_MAX_CHARS = 400
"""A longer name is cut, so that the address behind it is not."""


class Attempt:
    """One password that is to be checked. `begin` and `end` are called by the hashing queue, on the loop.

    Args:
        throttle: Holds the counts.
        books: The kinds and keys it is judged under; each must have room.
        cleared: The kinds and keys that a right password ends.
        pair: The key of account and address; empty where the address is unknown.
        limit: Failures allowed in 15 minutes; 0: no limit.
    """

    def __init__(
        self,
        throttle: LoginThrottle,
        books: list[tuple[LockoutKind, str]],
        cleared: list[tuple[LockoutKind, str]],
        pair: str,
        limit: int,
    ) -> None:
        self._throttle = throttle
        self._books = books
        self._cleared = cleared
        self._pair = pair
        self._limit = limit
        self._begun: list[tuple[LockoutKind, str]] = []

    def check(self) -> None:
        """Refuse the attempt if it has to wait after earlier failures.

        Raises:
            Throttled: It is refused; says for how long.
        """
        waits = self._throttle.waits
        wait_s = max(waits[kind].wait_s(key, limit_of(kind, self._limit)) for kind, key in self._books)
        if wait_s:
            raise Throttled(wait_s)

    def begin(self) -> bool:
        """Count the attempt, which is to be hashed next.

        Returns:
            `False` if it must wait for the result of attempts that are being hashed; then nothing is counted.

        Raises:
            Throttled: It is refused; says for how long.
        """
        self.check()
        waits = self._throttle.waits
        books = [(kind, key) for kind, key in self._books if not self._is_counted(kind)]
        if not all(waits[kind].has_room(key, limit_of(kind, self._limit)) for kind, key in books):
            return False
        for kind, key in books:
            waits[kind].open(key)
        # Kept, as rule 5 may count differently once the result is there: what was opened must be closed.
        self._begun = books
        return True

    def end(self, is_right: bool | None) -> None:
        """Note its result; `None` if it was not judged."""
        for kind, key in self._begun:
            self._throttle.waits[kind].close(key)
            if is_right is False and not self._is_counted(kind):
                self._throttle.record(kind, key, self._limit)
        if is_right is False and self._pair and (LockoutKind.PAIR, self._pair) not in self._begun:
            self._throttle.record(LockoutKind.PAIR, self._pair, 0)  # for rule 5: it failed here
        if is_right:
            for kind, key in self._cleared:
                self._throttle.clear(kind, key)
        self._begun = []

    def _is_counted(self, kind: LockoutKind) -> bool:
        """Tell whether the address was counted for this account before (rule 5)."""
        is_address = kind is LockoutKind.ADDRESS
        return is_address and self._throttle.waits[LockoutKind.PAIR].has_failed(self._pair)


class LoginThrottle:
    """Counts failures by the rules above. Lives on one event loop.

    Attributes:
        waits: The counts, by kind.

    Args:
        now: The clock, seconds since the epoch.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self.waits = {kind: GrowingWaits(kind, now) for kind in LockoutKind}
        self._observers: list[Callable[[Lockout], None]] = []
        self._listeners: list[Listener] = []

    def observe(self, callback: Callable[[Lockout], None]) -> None:
        """Have a function called whenever a wait begins."""
        self._observers.append(callback)

    def login(self, address: str, account_key: str, known: Collection[str], limit: int) -> Attempt:
        """Return an attempt to log in.

        Args:
            address: The client's IP address; empty if unknown.
            account_key: The folded username, whether an account has it or not.
            known: The networks from which that account has logged in before.
            limit: Failures allowed in 15 minutes; 0 switches the limit off.
        """
        network = network_of(address) if address else ""
        pair = _pair(account_key, network) if network else ""
        books = [(LockoutKind.ACCOUNT, account_key)]
        cleared = list(books)
        if network:
            cleared = [(LockoutKind.PAIR, pair), (LockoutKind.PASSWORD_CHANGE, pair)]
            # Rule 3: a known address does not use up, nor wait for, the strangers' count.
            if network in known:
                books = [(LockoutKind.PAIR, pair)]
            else:
                cleared += books
                books = [*books, (LockoutKind.ADDRESS, network)]
        return Attempt(self, books, cleared, pair, limit)

    def password_change(self, address: str, account_key: str, limit: int) -> Attempt:
        """Return an attempt of a logged-in user to change the password; as for `login`."""
        pair = _pair(account_key, network_of(address) if address else "")
        books = [(LockoutKind.PASSWORD_CHANGE, pair)]
        return Attempt(self, books, books, "", limit)

    def check_address(self, address: str, limit: int) -> None:
        """Refuse an attempt that concerns no account.

        Raises:
            Throttled: It is refused; says for how long.
        """
        kind = LockoutKind.ADDRESS
        if address and (wait_s := self.waits[kind].wait_s(network_of(address), limit_of(kind, limit))):
            raise Throttled(wait_s)

    def record_wrong_code(self, address: str, code: str, limit: int) -> None:
        """Count a wrong invitation, once for each code."""
        if not address:
            return
        network = network_of(address)
        pair = _pair(code, network)
        if not self.waits[LockoutKind.PAIR].has_failed(pair):
            self.record(LockoutKind.ADDRESS, network, limit)
        self.record(LockoutKind.PAIR, pair, 0)

    def forget(self, account_key: str, known: Collection[str]) -> None:
        """Forget the failures on an account whose password was reset.

        Args:
            account_key: The folded username.
            known: The networks from which it has logged in before.
        """
        self.clear(LockoutKind.ACCOUNT, account_key)
        for network in known:
            for kind in (LockoutKind.PAIR, LockoutKind.PASSWORD_CHANGE):
                self.clear(kind, _pair(account_key, network))

    def lockouts(self) -> list[Lockout]:
        """Return the accounts and addresses that have to wait now, the longest first."""
        found = [lockout for waits in self.waits.values() for lockout in waits.waiting()]
        return sorted(found, key=lambda lockout: -lockout.until)

    def lift(self, lockout: Lockout) -> bool:
        """End a wait and forget what led to it; `False` if it was over already."""
        is_known = lockout.key in {each.key for each in self.waits[lockout.kind].waiting()}
        return self.clear(lockout.kind, lockout.key) and is_known

    def record(self, kind: LockoutKind, key: str, limit: int) -> None:
        """Count one failure, and tell of the wait that begins with it."""
        self._count(kind, key, limit)
        for listener in self._listeners:
            listener(kind, key, limit)

    def clear(self, kind: LockoutKind, key: str) -> bool:
        """Forget the failures on a key; return whether there were any."""
        is_found = self.waits[kind].clear(key)
        for listener in self._listeners:
            listener(kind, key, None)
        return is_found

    # Other nodes

    def listen(self, listener: Listener) -> None:
        """Have a function called with what is counted and forgotten here."""
        self._listeners.append(listener)

    def follow(self, kind: LockoutKind, key: str, limit: int | None) -> None:
        """Count or forget what another server of the same accounts did; see `Listener`."""
        if limit is not None:
            self._count(kind, key, limit)
        else:
            self.waits[kind].clear(key)

    def _count(self, kind: LockoutKind, key: str, limit: int) -> None:
        lockout = self.waits[kind].record(key, limit_of(kind, limit))
        if lockout is not None:
            for observer in self._observers:
                observer(lockout)


def limit_of(kind: LockoutKind, limit: int) -> int:
    """Return how many failures of a kind the host's limit allows."""
    return limit * NAMES_PER_FAILURE if kind is LockoutKind.ADDRESS else limit


def _pair(account_key: str, network: str) -> str:
    return f"{account_key[:_NAME_MAX_CHARS]}{PAIR_SEPARATOR}{network}"
