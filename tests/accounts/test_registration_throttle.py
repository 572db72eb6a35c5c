"""How often somebody may try."""

from __future__ import annotations

import pytest

from authws_desktop.accounts.errors import Throttled
from authws_desktop.accounts.registration_throttle import (
    WINDOW_S,
    RegisterThrottle,
    SlidingWindow,
)

from .conftest import Clock


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


def test_zero_switches_the_limit_off(clock: Clock) -> None:
    """With a limit of 0 nothing is refused."""
    registrations = RegisterThrottle(clock)
    registrations.record("192.0.2.1")
    registrations.check("192.0.2.1", 0)


def test_a_clock_that_jumps_back_makes_nobody_wait_longer(clock: Clock) -> None:
    """After the clock was set back by a day the wait is a window at most, and the count still holds."""
    throttle = RegisterThrottle(clock)
    for _ in range(3):
        throttle.record("192.0.2.1")
    clock.advance(-86_400)
    with pytest.raises(Throttled) as refused:
        throttle.check("192.0.2.1", 3)
    assert refused.value.retry_after_s == WINDOW_S
