"""Growing waits after failed logins."""

from __future__ import annotations

import pytest

from authws_desktop.accounts.errors import Throttled
from authws_desktop.accounts.waits import (
    FORGET_AFTER_S,
    LONGEST_WAIT_S,
    GrowingWaits,
    Lockout,
    LockoutKind,
    LoginThrottle,
)

from .conftest import Clock

LIMIT = 10


def fail(throttle: LoginThrottle, count: int, address: str = "192.0.2.1", account: str = "ana") -> None:
    """Fail some logins."""
    for _ in range(count):
        throttle.check(address, account, LIMIT)
        throttle.record_failure(address, account, LIMIT)


def wait_of(throttle: LoginThrottle, address: str = "", account: str = "ana") -> int:
    """Return how long an attempt is told to wait."""
    try:
        throttle.check(address, account, LIMIT)
    except Throttled as refused:
        return refused.retry_after_s
    return 0


def test_waits_double_up_to_an_hour(clock: Clock) -> None:
    """Ten failures, then 1, 2, 4 … minutes, one guess after each, never more than an hour."""
    throttle = LoginThrottle(clock)
    fail(throttle, 10)
    waits = []
    for _ in range(9):
        waits.append(wait_of(throttle))
        clock.advance(waits[-1] - 1)
        assert wait_of(throttle) == 1
        clock.advance(1)
        fail(throttle, 1)
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


def test_failures_outside_the_window_do_not_count(clock: Clock) -> None:
    """Nine failures, a quiet quarter of an hour, nine more: nobody waits."""
    throttle = LoginThrottle(clock)
    for _ in range(2):
        fail(throttle, 9)
        clock.advance(15 * 60)
    assert wait_of(throttle) == 0


def test_attempts_while_waiting_do_not_lengthen_the_wait(clock: Clock) -> None:
    """Whoever keeps knocking waits no longer for it."""
    throttle = LoginThrottle(clock)
    fail(throttle, 10)
    for _ in range(100):
        assert wait_of(throttle) == 60
    clock.advance(60)
    assert wait_of(throttle) == 0


def test_a_quiet_day_starts_anew(clock: Clock) -> None:
    """After 24 hours without a failure ten more are allowed."""
    throttle = LoginThrottle(clock)
    fail(throttle, 10)
    clock.advance(FORGET_AFTER_S)
    fail(throttle, 9)
    assert wait_of(throttle) == 0


def test_an_account_is_protected_from_many_addresses(clock: Clock) -> None:
    """Failures from anywhere count against the account."""
    throttle = LoginThrottle(clock)
    for number in range(10):
        fail(throttle, 1, f"192.0.2.{number}")
    assert wait_of(throttle, "198.51.100.1") == 60
    assert wait_of(throttle, "198.51.100.1", "bob") == 0


def test_an_address_is_held_off_from_many_accounts(clock: Clock) -> None:
    """Failures on any account, known or not, count against the address; loopback counts too."""
    throttle = LoginThrottle(clock)
    for number in range(10):
        fail(throttle, 1, "127.0.0.1", f"nobody{number}")
    assert wait_of(throttle, "127.0.0.1") == 60
    with pytest.raises(Throttled):
        throttle.check_address("127.0.0.1", LIMIT)
    assert wait_of(throttle, "") == 0


def test_a_right_password_clears_the_account_only(clock: Clock) -> None:
    """Logging in to an own account does not clear what the address did to others."""
    throttle = LoginThrottle(clock)
    fail(throttle, 10)
    throttle.record_success("ana")
    assert wait_of(throttle, "198.51.100.1") == 0
    assert wait_of(throttle, "192.0.2.1") == 60


def test_zero_switches_the_limit_off(clock: Clock) -> None:
    """With a limit of 0 nothing is refused and nobody is told of."""
    throttle = LoginThrottle(clock)
    for _ in range(50):
        throttle.record_failure("192.0.2.1", "ana", 0)
    throttle.check("192.0.2.1", "ana", 0)
    assert throttle.lockouts() == []


def test_waits_are_announced_listed_and_lifted(clock: Clock) -> None:
    """Each wait is told once when it begins; the host sees it until it ends or lifts it."""
    throttle = LoginThrottle(clock)
    told: list[Lockout] = []
    throttle.observe(told.append)
    fail(throttle, 9)
    assert told == throttle.lockouts() == []
    fail(throttle, 1)
    now = clock.now
    account = Lockout(LockoutKind.ACCOUNT, "ana", 10, now, now + 60)
    address = Lockout(LockoutKind.ADDRESS, "192.0.2.1", 10, now, now + 60)
    assert told == throttle.lockouts() == [account, address]
    assert throttle.lift(account)
    assert not throttle.lift(account)
    assert throttle.lockouts() == [address]
    assert wait_of(throttle) == 0
    assert wait_of(throttle, "192.0.2.1") == 60
    clock.advance(60)
    assert throttle.lockouts() == []
    assert not throttle.lift(address)


@pytest.mark.parametrize("waits", [0, 3, 6])
def test_a_clock_that_jumps_back_makes_nobody_wait_longer(clock: Clock, waits: int) -> None:
    """After the clock was set back by a day the wait is what it was, and the count still holds."""
    throttle = LoginThrottle(clock)
    fail(throttle, 10)
    for _ in range(waits):
        clock.advance(wait_of(throttle, "192.0.2.1"))
        fail(throttle, 1)
    wait_s = wait_of(throttle, "192.0.2.1")
    clock.advance(-86_400)
    assert wait_of(throttle, "192.0.2.1") == wait_s <= LONGEST_WAIT_S
    clock.advance(wait_s)
    assert wait_of(throttle, "192.0.2.1") == 0
    fail(throttle, 1)
    assert wait_of(throttle, "192.0.2.1") == min(LONGEST_WAIT_S, wait_s * 2)


def test_many_names_do_not_grow_memory(clock: Clock) -> None:
    """The number of keys and of failures is bounded, huge keys are cut, quiet ones go first."""
    waits = GrowingWaits(LockoutKind.ACCOUNT, clock, max_keys=100, max_failures=150)
    for number in range(1000):
        waits.record(f"{number}-" + "x" * 10_000, 100_000)
    assert len(waits) == 100
    for _ in range(1000):
        waits.record("one", 100_000)
    assert len(waits) == 1
    assert waits._kept == len(waits._states["one"].recent) == 150
    assert waits.clear("one")
    assert waits._kept == 0
