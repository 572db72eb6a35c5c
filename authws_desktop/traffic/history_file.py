"""The file of the history: traffic of this launch and those before, in SQLite, bounded by its size.

Everything here blocks: it is for worker threads. A file that is broken, foreign or newer is left as it is.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec

from authws_desktop.errors import ServiceError
from authws_desktop.files import WatchedFile
from authws_desktop.traffic.record import Record
from authws_desktop.traffic.ring import TrafficRing
from authws_desktop.traffic.rows import as_row, from_row

# "AWSH" in ASCII: SQLite keeps it in the file's head, so that another program's database is never written to.
APPLICATION_ID = 0x41575348
VERSION = 1
# A reader (the window, a copy of the file in use) holds the lock for one query; longer than this, another
# program has it, and the writer's thread must not hang.
BUSY_TIMEOUT_S = 5.0
PAGE_ROWS = 10_000
PAGE_BYTES = 64 * 1024 * 1024
"""Read at once; the rest of a run is asked for page by page."""
_ROW_OVERHEAD_BYTES = 64
"""Counted for a row's numbers, in its table and its index."""
_SCHEMA = (
    "CREATE TABLE records (id INTEGER PRIMARY KEY, run INTEGER NOT NULL, number INTEGER NOT NULL,"
    " time_s REAL NOT NULL, row BLOB NOT NULL)",
    "CREATE UNIQUE INDEX records_of_run ON records (run, number)",
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {VERSION}",
)
_RUNS = """
    SELECT found.run, oldest.time_s, newest.time_s, found.count, found.last - found.first + 1 - found.count
    FROM (SELECT run, min(number) AS first, max(number) AS last, count(*) AS count
          FROM records GROUP BY run) AS found
    JOIN records AS oldest ON oldest.run = found.run AND oldest.number = found.first
    JOIN records AS newest ON newest.run = found.run AND newest.number = found.last
    ORDER BY found.run DESC
"""
_DAMAGED = "The file {file} is damaged or is no history. Move it away to begin a new one."
_SENTENCES = {
    sqlite3.SQLITE_BUSY: "The file {file} is locked by another program. Close that program.",
    sqlite3.SQLITE_LOCKED: "The file {file} is locked by another program. Close that program.",
    sqlite3.SQLITE_READONLY: "The file {file} is read-only. Allow writing to the file and its folder.",
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_FULL: "The file {file} cannot grow: the disk is full. Make room.",
}


class HistoryError(ServiceError):
    """The file cannot be used; says why and what to do."""


class Run(msgspec.Struct, frozen=True):
    """One stretch of time during which the history was on.

    Attributes:
        id: Running number.
        first_at, last_at: Times of the oldest and newest row kept, seconds since the epoch.
        rows: How many rows are kept.
        missing: How many rows between those two passed too fast to be kept.
    """

    id: int
    first_at: float
    last_at: float
    rows: int
    missing: int


class RunPage(msgspec.Struct, frozen=True):
    """Some rows of a run, as records that a view can show.

    Attributes:
        run: The run's number.
        records: The rows, numbered from 1.
        first, last: The numbers they had when they passed.
        has_older, has_newer: Whether the run goes on before and after.
    """

    run: int
    records: TrafficRing
    first: int
    last: int
    has_older: bool
    has_newer: bool


class HistoryFile:
    """The file while it is written to. For one thread at a time.

    Attributes:
        written_number: Number of the newest record written since it was opened.

    Args:
        file: Made, with its folder, where it does not exist.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._watched = WatchedFile(file)
        self._connection: sqlite3.Connection | None = None
        self._run = 0
        self.written_number = 0

    def open(self) -> None:
        """Open the file and see that it is a history.

        Raises:
            HistoryError: It cannot be used; it is as it was.
        """
        with _in_words(self._file):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            # Made here and not by SQLite, whose files others may read: what people said is the host's alone.
            os.close(os.open(self._file, os.O_CREAT | os.O_RDWR, 0o600))
            self._watched.note(self._watched.look())
            self._connection = connect(self._file)
            if _is_new(self._connection, self._file):
                self._make_tables(self._connection)

    def _make_tables(self, connection: sqlite3.Connection) -> None:
        # Only before the first table: later it would take a VACUUM, which rewrites the whole file.
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        with _transaction(connection):
            for statement in _SCHEMA:
                connection.execute(statement)

    def close(self) -> None:
        """Let go of the file; may be called again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def check(self) -> None:
        """See that the file still stands where it was opened.

        SQLite does not look: it goes on writing to a file that was deleted, and all of it is lost at the end.

        Raises:
            HistoryError: It was deleted, moved away or replaced.
        """
        with _in_words(self._file):
            seen, opened = self._watched.look(), self._watched.noted
        if seen is None:
            raise HistoryError(
                f"The file {self._file} was deleted or moved away. Put it back, or begin a new one."
            )
        if opened is None or not seen.is_same_file(opened):
            raise HistoryError(f"The file {self._file} was replaced by another program.")

    def write(self, records: Iterable[Record], max_bytes: int) -> None:
        """Add records; the oldest ones make room.

        Args:
            records: Oldest first; all that are written after one `open` are one run.
            max_bytes: What the file may take on the disk.

        Raises:
            HistoryError: They cannot all be written; see `written_number`. What was there stays.
        """
        assert self._connection is not None  # noqa: S101 - as opened
        self.check()
        # One transaction adds at most an eighth of the limit, so that making room for it never empties the
        # file.
        largest = max_bytes // 8
        rows: list[tuple[int, float, bytes]] = []
        size = 0
        with _in_words(self._file):
            for record in records:
                row = _encode(record, largest)
                if rows and size + len(row) > largest:
                    self._insert(self._connection, rows, size, max_bytes)
                    rows, size = [], 0
                rows.append((record.number, record.time_s, row))
                size += len(row) + _ROW_OVERHEAD_BYTES
            if rows:
                self._insert(self._connection, rows, size, max_bytes)

    def _insert(
        self,
        connection: sqlite3.Connection,
        rows: list[tuple[int, float, bytes]],
        size: int,
        max_bytes: int,
    ) -> None:
        with _transaction(connection):
            # Records that spill into pages of their own take up to twice their size.
            _make_room(connection, max_bytes - max_bytes // 16 - 2 * size)
            run = self._run or 1 + (_number(connection, "SELECT max(run) FROM records") or 0)
            connection.executemany(
                f"INSERT INTO records (run, number, time_s, row) VALUES ({run}, ?, ?, ?)",  # noqa: S608
                rows,
            )
        # After the commit only: a failed transaction leaves no run and no row behind.
        self._run, self.written_number = run, rows[-1][0]
        # Outside the transaction, in which SQLite gives no page back.
        _give_back(connection, max_bytes)


def read_runs(file: Path) -> list[Run]:
    """Return what the file holds, newest first; nothing if there is no file.

    Raises:
        HistoryError: It cannot be read.
    """
    if not file.exists():
        return []
    with _in_words(file), closing(connect(file)) as connection:
        if _is_new(connection, file):
            return []
        return [Run(*found) for found in connection.execute(_RUNS)]


def read_page(file: Path, run: int, *, before: int = 0, after: int = 0) -> RunPage:
    """Return up to `PAGE_ROWS` rows of a run, or fewer that fill `PAGE_BYTES`.

    Args:
        file: The file.
        run: The run's number.
        before: The newest rows before this number; 0 for the run's newest.
        after: The oldest rows after this number instead, where it is not 0.

    Raises:
        HistoryError: It cannot be read, or these rows made room for newer ones.
    """
    with _in_words(file), closing(connect(file)) as connection:
        bound, order = ("number > ?", "ASC") if after else ("number < ?", "DESC")
        rows = connection.execute(
            f"SELECT number, row FROM records WHERE run = ? AND {bound} ORDER BY number {order} LIMIT ?",  # noqa: S608
            # With neither bound: any number is below this one, which still fits SQLite's 64-bit integer.
            (run, after or before or 2**62, PAGE_ROWS),
        )
        found = _up_to_size(rows)
        if not found:
            raise HistoryError("These rows made room for newer ones.")
        # The newest come first from the database where `before` was asked; views take the oldest first.
        found.sort()
        first, last = found[0][0], found[-1][0]
        edges = "SELECT min(number) < ?, max(number) > ? FROM records WHERE run = ?"
        has_older, has_newer = connection.execute(edges, (first, last, run)).fetchone()
    # The page is bounded by `PAGE_BYTES` of encoded rows; the ring must not drop any of them for its own
    # count.
    ring = TrafficRing(PAGE_ROWS, 2**31)
    try:
        for _number_then, row in found:
            ring.append(from_row(row, ring.next_number))
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise HistoryError(_DAMAGED.format(file=file)) from None
    return RunPage(run, ring, first, last, bool(has_older), bool(has_newer))


def _up_to_size(rows: Iterable[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    found, size = [], 0
    for number, row in rows:
        found.append((number, row))
        size += len(row)
        if size >= PAGE_BYTES:
            break
    return found


def connect(file: Path) -> sqlite3.Connection:
    """Open a file that exists. Transactions are explicit; threads take turns."""
    connection = sqlite3.connect(
        f"{file.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=BUSY_TIMEOUT_S,
        # Otherwise Python's module opens transactions by itself, before some statements and not before
        # others.
        isolation_level=None,
        # The pool gives each batch any of its threads; `HistoryFile` is used by one at a time.
        check_same_thread=False,
    )
    try:
        # FULL syncs the journal once more with every batch; the power failure that it guards against is rare
        # (SQLite, PRAGMA synchronous), and these are rows of a log.
        connection.execute("PRAGMA synchronous = NORMAL")
    except sqlite3.Error:
        connection.close()  # nobody has it yet
        raise
    return connection


def _is_new(connection: sqlite3.Connection, file: Path) -> bool:
    """Tell whether there is nothing in a file yet; raise if there is something else than a history."""
    if not _number(connection, "SELECT count(*) FROM sqlite_master"):
        return True
    if _number(connection, "PRAGMA application_id") != APPLICATION_ID:
        raise HistoryError(_DAMAGED.format(file=file))
    if (_number(connection, "PRAGMA user_version") or 0) > VERSION:
        raise HistoryError(
            f"The file {file} was written by a newer version of this program. "
            "Use the newer program, or move the file away."
        )
    return False


def _number(connection: sqlite3.Connection, statement: str) -> int | None:
    found: int | None = connection.execute(statement).fetchone()[0]
    return found


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    # The write lock at once: a deferred transaction that reads first fails with SQLITE_BUSY, without waiting,
    # when it comes to write after another writer.
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def _in_words(file: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        # Extended codes carry the primary one in their low byte.
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        sentence = _SENTENCES.get(code, "The file {file} cannot be used ({error}).")
        raise HistoryError(sentence.format(file=file, error=error)) from None
    except OSError as error:
        raise HistoryError(f"The file {file} cannot be used ({error.strerror}).") from None


def _encode(record: Record, largest: int) -> bytes:
    """Return a record as a line of an exported file; one that would fill the history loses its payload."""
    row = msgspec.json.encode(as_row(record))
    if len(row) <= largest:
        return row
    detail = f"{record.detail[:200]} (too large for the history)".strip()
    return msgspec.json.encode(
        as_row(msgspec.structs.replace(record, payload=b"", claims=b"", delivery=None, detail=detail))
    )


# Size


def _pages(connection: sqlite3.Connection) -> tuple[int, int, int]:
    """Return the size of a page, how many the file has, and how many of them are free."""
    names = ("page_size", "page_count", "freelist_count")
    size, count, free = (_number(connection, f"PRAGMA {name}") or 0 for name in names)
    return size, count, free


def _make_room(connection: sqlite3.Connection, target_bytes: int) -> None:
    """Delete the oldest rows until no more than this is in use."""
    while True:
        size, count, free = _pages(connection)
        used = (count - free) * size
        first, last = connection.execute("SELECT min(id), max(id) FROM records").fetchone()
        if used <= target_bytes or first is None:
            return
        # Rows differ in size: this is an estimate, and the loop asks again; by one more, so that each round
        # deletes a row at the least.
        average = used / (last - first + 1)
        some = int((used - target_bytes) / average) + 1
        connection.execute("DELETE FROM records WHERE id < ?", (first + some,))


def _give_back(connection: sqlite3.Connection, max_bytes: int) -> None:
    """Return free pages to the disk after the limit was lowered."""
    size, count, free = _pages(connection)
    if free and count * size > max_bytes:
        pages = min(free, count - max_bytes // size)
        connection.executescript(f"PRAGMA incremental_vacuum({pages})")  # `execute` would take one step only
