"""What every test gets: the product's own event loop, and a complaint about anything left behind."""

from __future__ import annotations

import asyncio
import inspect
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import hypothesis
from PySide6.QtWidgets import QApplication

from authws_desktop.eventloop import new_event_loop

# The same examples in each run, and none fails for being slow.
hypothesis.settings.load_profile("ci")
# Kept here: Qt must not lose its application while a test still uses it.
_app = QApplication.instance() or QApplication([])
_loop_errors: list[dict[str, Any]] = []


def _new_loop() -> asyncio.AbstractEventLoop:
    assert isinstance(_app, QApplication)
    _app.setQuitOnLastWindowClosed(False)
    loop = new_event_loop(_app)
    loop.set_exception_handler(lambda _loop, context: _loop_errors.append(context))
    return loop


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run every async test on the loop the window runs on."""
    return {"window": _new_loop}


@pytest.fixture(autouse=True)
def nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves tasks or threads, or whose loop met an error nobody handled."""
    if inspect.iscoroutinefunction(getattr(request.node, "obj", None)):
        request.getfixturevalue("no_tasks_left")
    threads = set(threading.enumerate())
    _loop_errors.clear()
    yield
    assert not _loop_errors, f"unhandled in the loop: {_loop_errors}"
    left = [each for each in set(threading.enumerate()) - threads if each.is_alive() and not _is_loops(each)]
    assert not left, f"threads left behind: {left}"


def _is_loops(thread: threading.Thread) -> bool:
    """Tell whether a thread ends with the loop, after the fixtures (its default executor)."""
    return thread.name.startswith(("asyncio", "Dummy"))


@pytest.fixture
async def no_tasks_left() -> AsyncIterator[None]:
    """Fail an async test that leaves tasks."""
    yield
    left = asyncio.all_tasks() - {asyncio.current_task()}
    assert not left, f"tasks left behind: {left}"


@pytest.fixture(autouse=True)
def environment_of_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the developer's own settings out of the tests."""
    for name in list(os.environ):
        if name in ("PORT", "HOST", "JWT_SECRET", "NODE_ENV") or name.startswith("AUTHWS_"):
            monkeypatch.delenv(name)
