"""Each test of this folder runs on both loops: the one that every system can run, and Linux's own."""

import asyncio
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from authws_desktop.eventloop import LOOP_VARIABLE, new_event_loop

LOOPS = ("portable", "epoll") if sys.platform == "linux" else ("portable",)


@pytest.fixture(autouse=True, params=LOOPS)
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Which loop `new_event_loop` makes."""
    monkeypatch.setenv(LOOP_VARIABLE, request.param)
    return str(request.param)


@pytest.fixture
def app(qapp: QApplication) -> QApplication:
    """The application as the program sets it up."""
    qapp.setQuitOnLastWindowClosed(False)
    return qapp


@pytest.fixture
def errors() -> list[dict[str, Any]]:
    """What reached the loop's exception handler; a test that expects something clears it."""
    return []


@pytest.fixture
def runner(app: QApplication, errors: list[dict[str, Any]]) -> Iterator[asyncio.Runner]:
    """A runner on our loop that fails the test on errors nobody handled."""
    with asyncio.Runner(loop_factory=lambda: new_event_loop(app)) as runner:
        runner.get_loop().set_exception_handler(lambda _loop, context: errors.append(context))
        yield runner
    assert not errors


@pytest.fixture
def loop(runner: asyncio.Runner) -> Any:
    """The runner's loop, untyped for its private names."""
    return runner.get_loop()
