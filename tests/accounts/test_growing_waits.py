"""Failures by key, and the waits that grow with them."""

from __future__ import annotations

import pytest

from authws_desktop.accounts.growing_waits import (
    FORGET_AFTER_S,
    LONGEST_WAIT_S,
    GrowingWaits,
    Lockout,
    LockoutKind,
)

from .conftest import Clock

LIMIT = 10


def fail(waits: GrowingWaits, count: int, key: str = "ana") -> list[Lockout | None]:
    """Count some failures."""
    return [waits.record(key, LIMIT) for _ in range(count)]


@pytest.fixture
def waits(clock: Clock) -> GrowingWaits:
    """Waits of accounts."""
    return GrowingWaits(LockoutKind.ACCOUNT, clock)


def test_waits_double_up_to_an_hour(waits: GrowingWaits, clock: Clock) -> None:
    """Ten failures, then 1, 2, 4 … minutes, one guess after each, never more than an hour."""
    fail(waits, 10)
    found = []
    for _ in range(9):
        found.append(waits.wait_s("ana", LIMIT))
        clock.advance(found[-1] - 1)
        assert waits.wait_s("ana", LIMIT) == 1
        clock.advance(1)
        fail(waits, 1)
    assert found == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


def test_failures_outside_the_window_do_not_count(waits: GrowingWaits, clock: Clock) -> None:
    """Nine failures, a quiet quarter of an hour, nine more: nobody waits."""
    for _ in range(2):
        fail(waits, 9)
        clock.advance(15 * 60)
    assert waits.wait_s("ana", LIMIT) == 0
    assert not waits.has_failed("ana")


def test_a_quiet_day_starts_anew(waits: GrowingWaits, clock: Clock) -> None:
    """After 24 hours without a failure ten more are allowed."""
    fail(waits, 10)
    clock.advance(FORGET_AFTER_S)
    fail(waits, 9)
    assert waits.wait_s("ana", LIMIT) == 0


def test_as_many_are_judged_at_once_as_may_fail(waits: GrowingWaits, clock: Clock) -> None:
    """Those being judged and those that failed are together never more than the limit; after a wait one."""
    fail(waits, 7)
    for _ in range(3):
        assert waits.has_room("ana", LIMIT)
        waits.open("ana")
    assert not waits.has_room("ana", LIMIT)
    assert waits.has_room("bob", LIMIT)
    waits.close("ana")
    assert waits.has_room("ana", LIMIT)
    waits.close("ana")
    waits.close("ana")
    fail(waits, 3)
    clock.advance(60)
    assert waits.has_room("ana", LIMIT)
    waits.open("ana")
    assert not waits.has_room("ana", LIMIT)
    assert waits.has_room("ana", 0)


def test_zero_switches_the_limit_off(waits: GrowingWaits) -> None:
    """With a limit of 0 nothing is refused and nobody is told of."""
    assert {waits.record("ana", 0) for _ in range(50)} == {None}
    assert waits.wait_s("ana", 0) == 0
    assert waits.waiting() == []


@pytest.mark.parametrize("count", [0, 3, 6])
def test_a_clock_that_jumps_back_makes_nobody_wait_longer(
    waits: GrowingWaits, clock: Clock, count: int
) -> None:
    """After the clock was set back by a day the wait is what it was, and the count still holds."""
    fail(waits, 10)
    for _ in range(count):
        clock.advance(waits.wait_s("ana", LIMIT))
        fail(waits, 1)
    wait_s = waits.wait_s("ana", LIMIT)
    clock.advance(-86_400)
    assert waits.wait_s("ana", LIMIT) == wait_s <= LONGEST_WAIT_S
    clock.advance(wait_s)
    assert waits.wait_s("ana", LIMIT) == 0
    fail(waits, 1)
    assert waits.wait_s("ana", LIMIT) == min(LONGEST_WAIT_S, wait_s * 2)


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


@pytest.mark.parametrize(
    ("kind", "key", "username", "address"),
    [
        (LockoutKind.ACCOUNT, "ana from home", "ana from home", ""),
        (LockoutKind.ADDRESS, "2001:db8::1", "", "2001:db8::1"),
        (LockoutKind.PAIR, "ana from home from 192.0.2.1", "ana from home", "192.0.2.1"),
        (LockoutKind.PASSWORD_CHANGE, "ana from ", "ana", ""),
    ],
)
def test_a_lockout_tells_whom_it_concerns(kind: LockoutKind, key: str, username: str, address: str) -> None:
    """Account and address are told apart again."""
    lockout = Lockout(kind, key, 10, 0.0, 60.0)
    assert (lockout.username, lockout.address) == (username, address)
