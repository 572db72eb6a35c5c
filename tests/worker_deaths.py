"""What is told of a test that hangs and of a worker that dies, neither of which can speak for itself."""

from __future__ import annotations

import faulthandler
import os
from typing import Any

import pytest

from devtools.commands import WORKER_DIED

_STANDARD_ERROR = pytest.StashKey[int]()
_HAS_DIED = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    """Keep the real standard error: while a test runs, pytest has another in its place."""
    config.stash[_STANDARD_ERROR] = os.dup(2)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Close it."""
    os.close(config.stash[_STANDARD_ERROR])


def pytest_timeout_set_timer(item: pytest.Item, settings: Any) -> bool:
    """End a test that hangs with the stacks of all threads, in place of pytest-timeout's own way.

    That writes to the standard output, which a worker has not: it would die without a word.
    """
    faulthandler.dump_traceback_later(settings.timeout, exit=True, file=item.config.stash[_STANDARD_ERROR])
    return True


def pytest_timeout_cancel_timer() -> bool:
    """The test has ended in time."""
    faulthandler.cancel_dump_traceback_later()
    return True


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Say how a worker died: -9 is a kill from outside, -6 and -11 are crashes, 1 a test that hung."""
    if error:
        node.config.stash[_HAS_DIED] = True
        print(f"\n{node.gateway.id} ended with exit code {node.gateway._io.wait()}: {error}", flush=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let who started the tests know that a worker died."""
    if session.config.stash.get(_HAS_DIED, False):
        session.exitstatus = WORKER_DIED
