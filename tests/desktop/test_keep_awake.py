"""Keeping the computer awake: asked once, ended with us, and never in the window's way."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
import wakepy

from authws_desktop.desktop.keep_awake import KeepAwake
from tests.own_clients import eventually


@pytest.fixture(autouse=True)
def computer_may_sleep() -> None:
    """Here it is really asked; elsewhere in the tests it is not."""


def holding_threads() -> int:
    return sum(each.name == "keep awake" for each in threading.enumerate())


@pytest.fixture
def agreeing_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that agrees to everything."""
    monkeypatch.setenv("WAKEPY_FAKE_SUCCESS", "1")


@pytest.mark.usefixtures("agreeing_system")
async def test_it_is_held_once_however_often_it_is_asked_for() -> None:
    """And can be had again after it was released."""
    awake = KeepAwake()
    for _ in range(2):
        awake.hold()
        awake.hold()
        await eventually(lambda: awake.is_held)
        assert holding_threads() == 1
        awake.release()
        awake.release()
        assert not awake.is_held
        await eventually(lambda: not holding_threads())


@pytest.mark.usefixtures("agreeing_system")
async def test_the_end_of_the_program_lets_it_sleep() -> None:
    """Whoever asked waits until it is so."""
    awake = KeepAwake()
    awake.hold()
    awake.end()
    assert holding_threads() == 0


async def test_a_system_that_refuses_is_not_asked_over_and_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once is enough."""
    asked: list[str] = []

    @contextmanager
    def running(on_fail: str) -> Iterator[SimpleNamespace]:
        asked.append(on_fail)
        yield SimpleNamespace(active=False)

    monkeypatch.setattr(wakepy.keep, "running", running)
    awake = KeepAwake()
    for _ in range(5):
        awake.hold()
        await eventually(lambda: not holding_threads())
        assert not awake.is_held
        awake.release()
    assert asked == ["pass"], "nothing is raised, nothing is warned of"
    awake.end()
