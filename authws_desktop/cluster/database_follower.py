"""Looking at the shared database when another node has written to it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from authws_desktop.tasks import end_task, start_task


class DatabaseFollower:
    """Follows the shared database: one look for all that was told while the last one ran.

    Args:
        looks: Awaited one after the other, each of which takes over what is new for its own part.
    """

    def __init__(self, looks: Sequence[Callable[[], Awaitable[None]]]) -> None:
        self._looks = looks
        self._task: asyncio.Task[None] | None = None
        self._is_behind = False

    def look_soon(self) -> None:
        """Look, or look once more behind the look that is under way."""
        self._is_behind = True
        if self._task is None or self._task.done():
            self._task = start_task(self._follow(), "follow what another node wrote")

    async def _follow(self) -> None:
        while self._is_behind:
            # Before the looks: what is written during one is seen by the next round.
            self._is_behind = False
            for look in self._looks:
                await look()

    async def close(self) -> None:
        """End a look that is under way; may be called again."""
        await end_task(self._task)
        self._task = None
