"""The history across launches: writes what passes to a file, while the host wants that.

It follows the ring at its own pace and works in other threads: whatever happens to the file, the server
does not wait for it, and goes on without it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from pathlib import Path

from authws_desktop.hub.traffic import Record, TrafficRing
from authws_desktop.server.history_file import HistoryError, HistoryFile, Page, Run, read_page, read_runs
from authws_desktop.tasks import start_task

log = logging.getLogger(__name__)
INTERVAL_S = 0.5
BATCH_ROWS = 1000
"""Records taken from the ring at once; the window goes on between two batches."""
MIB = 1024 * 1024


class _Stretch:
    """One stretch of time to be written.

    Attributes:
        max_mib: Size of the file.
        seen: Number of the newest record written, or of the last one that is not to be.
        until: Number of the last one to be written; `None` while it goes on.
        ended: Set when `until` is.
    """

    def __init__(self, max_mib: int, seen: int) -> None:
        self.max_mib = max_mib
        self.seen = seen
        self.until: int | None = None
        self.ended = asyncio.Event()

    def next_of(self, ring: TrafficRing) -> list[Record]:
        """Return some records that are not written yet."""
        limit = BATCH_ROWS if self.until is None else min(BATCH_ROWS, self.until - self.seen)
        found = ring.after(self.seen, limit) if limit > 0 else []
        return [record for record in found if self.until is None or record.number <= self.until]

    def end(self, number: int) -> None:
        """Write no more than this."""
        if self.until is None:
            self.until = number
            self.ended.set()


class History:
    """Keeps the traffic in a file.

    Attributes:
        file: Where.
        trouble: Why nothing is written although it should be, a sentence; empty if all is well.

    Args:
        file: SQLite; nothing touches it while the history is off.
        ring: What is kept; its records hold no secret.
    """

    def __init__(self, file: Path, ring: TrafficRing) -> None:
        self.file = file
        self.trouble = ""
        self._ring = ring
        self._max_mib = 0
        self._stretch = _Stretch(0, 0)
        self._task: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()

    @property
    def is_on(self) -> bool:
        """Whether the host wants a history."""
        return self._max_mib > 0

    @property
    def seen_number(self) -> int:
        """Number of the newest record written."""
        return self._stretch.seen

    def apply(self, max_mib: int) -> None:
        """Go on with another size; what passed while it was off is not kept.

        Args:
            max_mib: Size of the file in MiB; 0 ends the history and leaves the file.
        """
        old, self._max_mib = self._max_mib, max_mib
        if not max_mib:
            self.trouble = ""
            self._stretch.end(self._ring.last_number)
        elif not old:
            self._start(self._ring.last_number)
        elif old != max_mib:
            self._stretch.max_mib = max_mib
            self.retry()

    def retry(self) -> None:
        """Begin again after trouble, with what the ring still has since then."""
        if self._max_mib and (self.trouble or self._task is None or self._task.done()):
            self._start(self._stretch.seen)

    async def close(self) -> None:
        """Write what is new, and let go of the file; may be called again."""
        self.apply(0)
        if self._task is not None:
            await asyncio.wait([self._task])
            self._task = None

    def _start(self, seen: int) -> None:
        self.trouble = ""
        self._stretch = _Stretch(self._max_mib, seen)
        self._task = start_task(self._follow(self._stretch), "write the history")

    # Writing

    async def _follow(self, stretch: _Stretch) -> None:
        async with self._turn:
            file = HistoryFile(self.file)
            try:
                await asyncio.to_thread(file.open)
                await self._write(stretch, file)
            except HistoryError as error:
                stretch.seen = max(stretch.seen, file.written_number)
                self.trouble = str(error) if self.is_on else ""
                log.warning("The history stopped: %s", error)
            finally:
                await asyncio.to_thread(file.close)

    async def _write(self, stretch: _Stretch, file: HistoryFile) -> None:
        while True:
            is_last = stretch.ended.is_set()
            while found := stretch.next_of(self._ring):
                await asyncio.to_thread(file.write, found, stretch.max_mib * MIB)
                stretch.seen = found[-1].number
            if is_last:
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(INTERVAL_S):
                    await stretch.ended.wait()

    # Reading

    async def runs(self) -> list[Run]:
        """Return what is kept, newest first, whether the history is on or not.

        Raises:
            HistoryError: It cannot be read.
        """
        return await asyncio.to_thread(read_runs, self.file)

    async def page(self, run: int, *, before: int = 0, after: int = 0) -> Page:
        """Return rows of a run; see `read_page`.

        Raises:
            HistoryError: They cannot be read.
        """
        return await asyncio.to_thread(read_page, self.file, run, before=before, after=after)
