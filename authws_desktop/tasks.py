"""The one way this program starts a task: named, referenced, and its failure logged; and a timer's type."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, NoReturn, Protocol

log = logging.getLogger(__name__)

_running: set[asyncio.Task[Any]] = set()


class Timer(Protocol):
    """What `CallLater` returns."""

    def cancel(self) -> None:
        """Call it off."""


CallLater = Callable[[float, Callable[[], None]], Timer]
"""As a loop's `call_later`: in how many seconds, and what is called then."""


def start_task(coroutine: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
    """Start a task on the running loop.

    The task is kept from garbage collection until it ends; an exception other than cancellation is
    logged with its traceback.

    Args:
        coroutine: The task's work.
        name: Shown in logs and by debuggers.
    """
    task = asyncio.get_running_loop().create_task(coroutine, name=name)
    # The loop keeps weak references only (asyncio, `create_task`): a task that nobody holds may vanish in the
    # middle.
    _running.add(task)
    task.add_done_callback(_on_done)
    return task


def _on_done(task: asyncio.Task[Any]) -> None:
    _running.discard(task)
    # Asked for in any case: asyncio logs a second time what nobody has looked at.
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("Task %s failed", task.get_name(), exc_info=error)


async def repeat(interval_s: float, act: Callable[[], Awaitable[object]]) -> NoReturn:
    """Await something again and again, each time after a pause, until cancelled.

    Args:
        interval_s: The pause, seconds.
        act: Is called anew each time; what it raises ends the repetition.
    """
    while True:
        await asyncio.sleep(interval_s)
        await act()


async def end_task(task: asyncio.Task[None] | None) -> None:
    """Cancel a task, if there is one, and wait until it is gone."""
    if task is not None:
        task.cancel()
        await asyncio.wait([task])
