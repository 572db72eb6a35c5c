"""The history across launches: writes what passes to a file, while the host wants that.

It follows the ring at its own pace and works in other threads: whatever happens to the file, the server
does not wait for it, and goes on without it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from pathlib import Path

from authws_desktop.tasks import start_task
from authws_desktop.traffic.history_file import HistoryError, HistoryFile, Run, RunPage, read_page, read_runs
from authws_desktop.traffic.record import Record
from authws_desktop.traffic.ring import TrafficRing

log = logging.getLogger(__name__)
INTERVAL_S = 0.5
"""Between two looks at the ring: so much of the newest a crash may cost, seconds."""
BATCH_ROWS = 1000
"""Records taken from the ring at once; the window goes on between two batches."""
MIB = 1024 * 1024


class _Stretch:
    """The records passed between switching the history on and off, and how far they are written.

    Used on the loop only.

    Attributes:
        max_mib: Largest size of the file, MiB.
        seen: Number of the newest record written; at first, of the last record before the stretch.
        until: Number of the last record that belongs to the stretch; `None` while the history is on.
        ended: Set together with `until`; wakes the writer.
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
        """Let the stretch end with this record; the first call counts.

        Args:
            number: Of the last record to be written.
        """
        if self.until is None:
            self.until = number
            self.ended.set()


class History:
    """Writes the records of the ring to a file while the host wants a history.

    To be called on the loop; files are read and written in worker threads.

    Attributes:
        file: The SQLite file.
        trouble: Why nothing is written although the history is on, a sentence; empty if all is well.

    Args:
        file: The SQLite file; it is neither made nor opened while the history is off.
        ring: The source of the records, which were redacted when they were made.
    """

    def __init__(self, file: Path, ring: TrafficRing) -> None:
        self.file = file
        self.trouble = ""
        self._ring = ring
        self._max_mib = 0
        self._stretch = _Stretch(0, 0)
        self._task: asyncio.Task[None] | None = None
        # One stretch writes at a time: switched off and on again, the next one waits until the file of the
        # last is closed, so that rows stay in order.
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
            # What has passed up to this call is still written; the writer closes the file after it.
            self._stretch.end(self._ring.last_number)
        elif not old:
            self._start(self._ring.last_number)
        elif old != max_mib:
            # The writer reads it before each batch, so a running stretch needs no new file.
            self._stretch.max_mib = max_mib
            self.retry()

    def retry(self) -> None:
        """Begin again after trouble, with what the ring still has since then."""
        # Called after every change of the size, too: a writer that is at work must not get a second one
        # beside it.
        if self._max_mib and (self.trouble or self._task is None or self._task.done()):
            self._start(self._stretch.seen)

    async def close(self) -> None:
        """Write what is new, and let go of the file; may be called again."""
        self.apply(0)
        if self._task is not None:
            # Not cancelled: what passed last would be lost. `wait` does not raise the task's error, which was
            # logged.
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
                # A batch is written in several transactions: those that succeeded must not be written again
                # by `retry`, or their rows would stand in two runs.
                stretch.seen = max(stretch.seen, file.written_number)
                self.trouble = str(error) if self.is_on else ""
                log.warning("The history stopped: %s", error)
            finally:
                await asyncio.to_thread(file.close)

    async def _write(self, stretch: _Stretch, file: HistoryFile) -> None:
        while True:
            # Asked before the ring is read: a record that comes between the last read and the end would be
            # missed if it were asked afterwards.
            is_last = stretch.ended.is_set()
            # Waiting for the thread is the hand-over: records are immutable, and only this task moves `seen`.
            while found := stretch.next_of(self._ring):
                await asyncio.to_thread(file.write, found, stretch.max_mib * MIB)
                stretch.seen = found[-1].number
            if is_last:
                return
            # Also while nothing passes: the host should hear of a lost file before the next message does.
            await asyncio.to_thread(file.check)
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

    async def page(self, run: int, *, before: int = 0, after: int = 0) -> RunPage:
        """Return rows of a run; see `read_page`.

        Raises:
            HistoryError: They cannot be read.
        """
        return await asyncio.to_thread(read_page, self.file, run, before=before, after=after)
