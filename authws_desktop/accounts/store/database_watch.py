"""Noticing that a SQLite file is deleted, replaced, truncated or overwritten while the program uses it.

SQLite itself does not: it goes on with the file it opened and with the pages in its memory, and what it
acknowledges from then on is gone at the next start. Rules:

1. Before each transaction, and twice a second, the file and its companions (`-wal`, `-shm`) must be the same
   files as when they were opened. That is three looks at the folder, no reading.
2. What this program writes itself is noted right after the commit, in the same thread.
3. Any other change of the file's content is read and checked once: another copy of this program (the command
   line) may write too, but then all pages are sound and the revision has not gone back.
4. The file is never opened and closed by Python: closing it would drop the locks that SQLite holds on it
   (POSIX locks belong to the process; see "How To Corrupt An SQLite Database File", section 2.2). A
   connection of SQLite's own knows that.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from pathlib import Path
from urllib.parse import quote

from authws_desktop.accounts.errors import StoreFailure
from authws_desktop.files import FileStamp, WatchedFile, stamp_of

_TRIES = 5
_TRY_AGAIN_S = 0.05
"""How long a file must stay as it is to be judged: another process may be moving pages from its log."""


class DatabaseWatch:
    """The file of one open database. Used by the database's thread.

    Args:
        file: The database's file, opened already.
    """

    def __init__(self, file: Path) -> None:
        self._watched = WatchedFile(file)
        self._companions = [file.with_name(file.name + suffix) for suffix in ("-wal", "-shm")]
        self._companion_stamps: list[FileStamp | None] = [None, None]
        self._revision = 0
        self._refused: FileStamp | None = None

    def note(self) -> None:
        """Take what the files hold now for good: they were opened, or this program wrote them.

        That they are others than before, or gone, is never taken for good: it may have happened meanwhile.
        """
        pairs = zip(self._companions, self._companion_stamps, strict=True)
        self._companion_stamps = [noted or stamp_of(each) for each, noted in pairs]
        seen, noted = self._watched.look(), self._watched.noted
        if noted is not None and (seen is None or not seen.is_same_file(noted)):
            return
        if seen != noted:
            self._watched.note(seen)
            found = self._revision_in_file(is_checked=False)
            self._revision = found if found is not None else self._revision

    def forget_companions(self) -> None:
        """Expect new companions: SQLite removes them with its last connection."""
        self._companion_stamps = [None, None]

    def failure(self) -> StoreFailure | None:
        """Return what happened to the file; `None` if nothing did.

        Raises:
            OSError: The folder cannot be looked at.
        """
        return self.failure_of_file() or self._failure_of_companions()

    def failure_of_file(self) -> StoreFailure | None:
        """Return what happened to the file itself, its companions aside."""
        seen, noted = self._watched.look(), self._watched.noted
        if seen == noted or noted is None:
            return None
        if seen is None:
            return StoreFailure.GONE
        if not seen.is_same_file(noted):
            return StoreFailure.REPLACED
        return StoreFailure.REPLACED if seen == self._refused else self._judge_content()

    def _failure_of_companions(self) -> StoreFailure | None:
        for file, noted in zip(self._companions, self._companion_stamps, strict=True):
            seen = stamp_of(file) if noted is not None else None
            if noted is not None and (seen is None or not seen.is_same_file(noted)):
                return StoreFailure.GONE
        return None

    def _judge_content(self) -> StoreFailure | None:
        """Read what somebody else wrote."""
        seen = self._watched.look()
        for _ in range(_TRIES):
            revision = self._revision_in_file(is_checked=True)
            if self._watched.look() != seen:
                return None  # it is still being written: the next look decides
            if revision is not None and revision >= self._revision:
                self._watched.note(seen)
                self._revision = revision
                return None
            time.sleep(_TRY_AGAIN_S)
        self._refused = seen
        return StoreFailure.REPLACED

    def _revision_in_file(self, *, is_checked: bool) -> int | None:
        """Return the revision in the file itself, without the log; `None` if the file is not sound.

        Args:
            is_checked: Whether every page is looked at (0.1 s for 100,000 accounts).
        """
        # "immutable" leaves the log out and takes no locks: what counts is what is in this file.
        url = f"file:{quote(str(self._watched.file))}?mode=ro&immutable=1"
        try:
            with contextlib.closing(sqlite3.connect(url, uri=True)) as connection:
                if is_checked and connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                    return None
                found = connection.execute("SELECT revision FROM meta").fetchone()
        except sqlite3.Error:
            return None
        return found[0] if found is not None and isinstance(found[0], int) else None
