"""What goes wrong with a database, in words: the driver's errors, without any values of a statement."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

from sqlalchemy.engine import URL

from authws_desktop.accounts.errors import StoreError, StoreFailure
from authws_desktop.files import is_disk_full

_LEAST_ROOM_BYTES = 64 * 1024
"""With less, SQLite cannot begin a log (32 KiB of index beside it)."""
_SQL_STATES = {
    "25006": StoreFailure.READ_ONLY,
    "53100": StoreFailure.FULL,
    "55P03": StoreFailure.LOCKED,
}
"""What PostgreSQL calls failures that have words here (its Appendix A)."""
_FAILURES = {
    sqlite3.SQLITE_BUSY: StoreFailure.LOCKED,
    sqlite3.SQLITE_LOCKED: StoreFailure.LOCKED,
    sqlite3.SQLITE_READONLY: StoreFailure.READ_ONLY,
    sqlite3.SQLITE_CORRUPT: StoreFailure.CORRUPT,
    sqlite3.SQLITE_NOTADB: StoreFailure.CORRUPT,
    sqlite3.SQLITE_FULL: StoreFailure.FULL,
    sqlite3.SQLITE_CANTOPEN: StoreFailure.UNREACHABLE,
    sqlite3.SQLITE_PERM: StoreFailure.UNREACHABLE,
    sqlite3.SQLITE_IOERR: StoreFailure.UNREACHABLE,
}
_SENTENCES = {
    StoreFailure.LOCKED: "{what} is locked by another program. Close that program, then try again.",
    StoreFailure.READ_ONLY: "{what} is read-only. Allow writing to the file and its folder, "
    "or choose another data folder; of PostgreSQL, name the server that is no standby.",
    StoreFailure.CORRUPT: "{what} is damaged or is not a database. Restore it from a backup, "
    "or move it away to start with no accounts.",
    StoreFailure.NEWER: "{what} was written by a newer version of this program. Use the newer program, "
    "or choose another data folder.",
    StoreFailure.FOREIGN: "{what} belongs to another program. Choose another file or database.",
    StoreFailure.UNREACHABLE: "{what} cannot be opened ({detail}). Check that it can be reached and written, "
    "or choose another one.",
    StoreFailure.FULL: "{what} cannot grow: the disk is full. Make room, then try again.",
    StoreFailure.GONE: "{what} was deleted or moved away while this program uses it. Nothing is saved any "
    "more. Put the file back, or restart the program to begin with what is there.",
    StoreFailure.REPLACED: "{what} was replaced or overwritten by another program while this one uses it. "
    "Nothing is saved any more, and the file is left as it is. Put the right file in its place, then restart "
    "the program.",
    StoreFailure.OTHER: "{what} cannot be used ({detail}).",
}


class DatabaseFailures:
    """Puts the failures of one database into words.

    Attributes:
        url: Where it is; `None` before the address was read.
        what: What it is called.
    """

    def __init__(self) -> None:
        self.url: URL | None = None
        self.what = "The accounts database"

    def _is_disk_full(self) -> bool:
        file = None if self.url is None else file_of(self.url)
        try:
            return file is not None and shutil.disk_usage(file.parent).free < _LEAST_ROOM_BYTES
        except OSError:
            return False

    def as_error(self, failure: StoreFailure, detail: str = "") -> StoreError:
        """Return a failure as an error with a sentence."""
        return StoreError(failure, _SENTENCES[failure].format(what=self.what, detail=detail))

    def explain(self, error: BaseException | None) -> StoreError:
        """Return what the driver or the system said as an error with a sentence."""
        if isinstance(error, OSError) and is_disk_full(error):
            return self.as_error(StoreFailure.FULL)
        if isinstance(error, OSError):
            return self.as_error(StoreFailure.UNREACHABLE, error.strerror or type(error).__name__)
        detail = (str(error).strip() or type(error).__name__).splitlines()[0]
        code = getattr(error, "sqlite_errorcode", None)
        if code is not None:
            failure = _FAILURES.get(code & 0xFF, StoreFailure.OTHER)
            # A disk without room for the log's index is an input/output error to SQLite.
            if failure is StoreFailure.UNREACHABLE and self._is_disk_full():
                failure = StoreFailure.FULL
            return self.as_error(failure, detail)
        state = getattr(error, "sqlstate", None)
        if state in _SQL_STATES:
            return self.as_error(_SQL_STATES[state], detail)
        is_lost = _is_one_of(error, "OperationalError", "InterfaceError")
        return self.as_error(StoreFailure.UNREACHABLE if is_lost else StoreFailure.OTHER, detail)


def is_silence(error: BaseException | None) -> bool:
    """Tell whether a server said nothing in its time."""
    return _is_one_of(error, "SilentServer", "ConnectionTimeout")


def _is_one_of(error: BaseException | None, *names: str) -> bool:
    """Look at an error's classes by their names: the driver may not be installed."""
    return any(each.__name__ in names for each in type(error).__mro__)


def file_of(url: URL) -> Path | None:
    """Return the file of a SQLite database; `None` if it has none."""
    name = url.database
    if url.get_backend_name() != "sqlite" or not name or name == ":memory:" or name.startswith("file:"):
        return None
    return Path(name)
