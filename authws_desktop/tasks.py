"""The one way this program starts a task: named, referenced, and its failure logged."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

log = logging.getLogger(__name__)

_running: set[asyncio.Task[Any]] = set()


def start_task(coroutine: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
    """Start a task on the running loop.

    The task is kept from garbage collection until it ends; an exception other than cancellation is
    logged with its traceback.

    Args:
        coroutine: What to run.
        name: Shown in logs and by debuggers.
    """
    task = asyncio.get_running_loop().create_task(coroutine, name=name)
    _running.add(task)
    task.add_done_callback(_on_done)
    return task


def _on_done(task: asyncio.Task[Any]) -> None:
    _running.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("Task %s failed", task.get_name(), exc_info=error)
