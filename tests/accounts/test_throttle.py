"""How often somebody may try."""

from __future__ import annotations

import pytest

from authws_desktop.accounts.errors import Throttled
from authws_desktop.accounts.throttle import (
    WINDOW_S,
    LoginThrottle,
    RegisterThrottle,
    SlidingWindow,
    network_of,
)

from .conftest import Clock


def fail(throttle: LoginThrottle, count: int, address: str = "192.0.2.1", account: str = "ana") -> None:
    """Fail some logins."""
    for _ in range(count):
        throttle.check(address, account, 10)
        throttle.record_failure(address, account)


def test_the_eleventh_failure_waits_for_the_first_to_leave_the_window(clock: Clock) -> None:
    """Ten failures in 15 minutes are allowed; then the wait is what is left of the first one's window."""
    throttle = LoginThrottle(clock)
    fail(throttle, 1)
    clock.advance(60)
    fail(throttle, 9)
    with pytest.raises(Throttled, match="Try again in 840 s") as refused:
        throttle.check("192.0.2.1", "ana", 10)
    assert refused.value.retry_after_s == 840
    clock.advance(839)
    with pytest.raises(Throttled) as refused:
        throttle.check("192.0.2.1", "ana", 10)
    assert refused.value.retry_after_s == 1
    clock.advance(1)
    throttle.check("192.0.2.1", "ana", 10)


def test_an_account_is_protected_from_many_addresses(clock: Clock) -> None:
    """Failures from anywhere count against the account."""
    throttle = LoginThrottle(clock)
    for number in range(10):
        fail(throttle, 1, f"192.0.2.{number}")
    with pytest.raises(Throttled):
        throttle.check("198.51.100.1", "ana", 10)
    throttle.check("198.51.100.1", "bob", 10)


def test_an_address_is_held_off_from_many_accounts(clock: Clock) -> None:
    """Failures on any account, known or not, count against the address; loopback counts too."""
    throttle = LoginThrottle(clock)
    for number in range(10):
        fail(throttle, 1, "127.0.0.1", f"nobody{number}")
    with pytest.raises(Throttled):
        throttle.check("127.0.0.1", "ana", 10)
    throttle.check("", "ana", 10)


def test_a_right_password_clears_the_account_only(clock: Clock) -> None:
    """Logging in to an own account does not clear what the address did to others."""
    throttle = LoginThrottle(clock)
    fail(throttle, 10)
    throttle.record_success("ana")
    throttle.check("198.51.100.1", "ana", 10)
    with pytest.raises(Throttled):
        throttle.check("192.0.2.1", "ana", 10)


def test_zero_switches_the_limit_off(clock: Clock) -> None:
    """With a limit of 0 nothing is refused."""
    throttle, registrations = LoginThrottle(clock), RegisterThrottle(clock)
    fail(throttle, 10)
    registrations.record("192.0.2.1")
    throttle.check("192.0.2.1", "ana", 0)
    registrations.check("192.0.2.1", 0)


def test_registrations_are_counted_by_address(clock: Clock) -> None:
    """One address may register so many, another one is not concerned."""
    throttle = RegisterThrottle(clock)
    for _ in range(3):
        throttle.check("192.0.2.1", 3)
        throttle.record("192.0.2.1")
    with pytest.raises(Throttled):
        throttle.check("192.0.2.1", 3)
    throttle.check("192.0.2.2", 3)


def test_many_names_do_not_grow_memory(clock: Clock) -> None:
    """The number of keys and of events is bounded, and huge keys are cut."""
    window = SlidingWindow(clock, max_keys=100, max_events=150)
    for number in range(1000):
        window.record(f"{number}-" + "x" * 10_000)
    assert len(window) == 100
    for _ in range(1000):
        window.record("one")
    assert len(window) == 1
    assert window._event_count == len(window._events["one"]) == 150
    assert max(map(len, window._events)) <= 128


def test_quiet_keys_are_forgotten_first(clock: Clock) -> None:
    """A flood of new names pushes out the oldest ones, and time removes the rest."""
    window = SlidingWindow(clock, max_keys=2)
    for key in ("a", "b", "a", "c"):
        window.record(key)
    assert window.wait_s("a", 2) > 0
    assert window.wait_s("b", 1) == 0
    clock.advance(WINDOW_S)
    window.record("d")
    assert len(window) == 1


def test_a_clock_that_jumps_back_makes_nobody_wait_longer(clock: Clock) -> None:
    """After the clock was set back by a day the wait is a window at most, and the count still holds."""
    throttle = LoginThrottle(clock)
    fail(throttle, 10)
    clock.advance(-86_400)
    with pytest.raises(Throttled) as refused:
        throttle.check("", "ana", 10)
    assert refused.value.retry_after_s == WINDOW_S


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2a00:1450:4001:81b::200e", "2a00:1450:4001:81b::/64"),
        ("::1", "::1"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        ("fd00::1", "fd00::1"),
        ("not an address", "not an address"),
    ],
)
def test_what_counts_as_one_address(address: str, network: str) -> None:
    """A public IPv6 network of one customer counts once, hosts of the LAN count one by one."""
    assert network_of(address) == network
