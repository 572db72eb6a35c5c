"""Opening a database: its file, its transactions, its schema, and its errors in words.

SQLite runs in WAL mode with explicit transactions: a write takes the lock at its start (BEGIN IMMEDIATE),
so that two processes wait for each other rather than fail halfway, and creating or upgrading tables is
all or nothing. Nothing is written to a file that is corrupt, foreign or from a newer version.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from sqlalchemy import Connection, Engine, MetaData, create_engine, event, inspect, select, text, update
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import PoolProxiedConnection

from authws_desktop.accounts.errors import StoreError, StoreFailure
from authws_desktop.accounts.store import sqlite
from authws_desktop.accounts.store.database_failures import DatabaseFailures, file_of, is_silence
from authws_desktop.accounts.store.database_watch import DatabaseWatch
from authws_desktop.accounts.store.tables import SCHEMA_VERSION, UPGRADES, Base, MetaRow

BUSY_TIMEOUT_S = 5.0
"""How long a write waits for another process."""

_SQLITE_FILE = "sqlite:///"
_AWAY_S = 1.0
"""How long a server that was silent is taken for away: what queued behind the one who found out need not."""


def sqlite_url(file: Path) -> str:
    """Return the database URL of a SQLite file, whatever characters its path has."""
    # Percent signs and question marks mean something in a URL.
    return _SQLITE_FILE + quote(str(file), safe="/:\\ ")


def _parse(text: str) -> URL:
    """Parse a URL; of SQLite paths, SQLAlchemy 2.0 and 2.1 read `%` and `?` differently."""
    path = text.removeprefix(_SQLITE_FILE)
    if path != text and "?" not in path:
        return URL.create("sqlite", database=unquote(path))
    return make_url(text)


class Driver(NamedTuple):
    """A transaction that writes, in the driver's own words.

    Attributes:
        execute: Runs a statement with a value for each `?` in it; returns the cursor.
        is_sqlite: Whether it is SQLite.
    """

    execute: Callable[[str, Sequence[Any]], Any]
    is_sqlite: bool


class Database:
    """One database, from opening to closing. Opened and closed while no other thread uses it.

    Args:
        url: An SQLAlchemy URL.
        busy_timeout_s: How long a write waits for another process's, seconds.
        schema_version: The version of the tables this program knows.
        upgrades: Steps from older versions.
    """

    def __init__(
        self,
        url: str,
        *,
        busy_timeout_s: float = BUSY_TIMEOUT_S,
        schema_version: int = SCHEMA_VERSION,
        upgrades: Mapping[int, Callable[[Connection], None]] = UPGRADES,
    ) -> None:
        self._url_text = url
        self._busy_timeout_s = busy_timeout_s
        self._schema_version = schema_version
        self._upgrades = upgrades
        self._engine: Engine | None = None
        # Made once: making it takes a tenth of a small commit.
        self._writing: Engine | None = None
        self._often: PoolProxiedConnection | None = None
        self._failures = DatabaseFailures()
        self._watch: DatabaseWatch | None = None
        self._connections: list[sqlite3.Connection] = []
        # Two threads write: accounts and messages. What one of them commits is noted before the other looks,
        # or it would take the change for a stranger's and read the whole file (`DatabaseWatch`, rule 3).
        self._lock = threading.Lock()
        self._silence: StoreError | None = None
        self._silent_until_s = 0.0

    def check_url(self) -> None:
        """Tell whether the URL can be read; looks at nothing.

        Raises:
            StoreError: It cannot; says how one is written.
        """
        self._parse_url()

    def open(self) -> None:
        """Open the database, make or upgrade its tables, and see that it can be written.

        Raises:
            StoreError: It cannot be used; says what to do. It is left as it is.
        """
        url = self._failures.url = self._parse_url()
        try:
            with self.errors_in_words():
                self._make_file(url)
                self._engine = self._make_engine(url)
                self._writing = self._engine.execution_options(is_writing=True)
                with self.writing() as connection:
                    self._prepare(connection)
                if url.get_backend_name() == "sqlite":
                    self._use_wal()
                    self._begin_watching(url)
        # Whatever kept it from being opened: no connection to it stays.
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the database; may be called twice. A file that is not ours any more is left as it is."""
        if self._engine is None:
            return
        is_ours = self._watch is None or self._watch.failure_of_file() is None
        if not is_ours:
            for connection in self._connections:
                sqlite.leave_open(connection)
        if self._often is not None:
            self._often.close()  # back to the others
        self._engine.dispose(close=is_ours)
        self._engine = self._writing = self._often = self._watch = None
        self._connections.clear()

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that reads one consistent state.

        Raises:
            StoreError: The database cannot be used.
        """
        engine = self._opened()
        if engine.dialect.name == "postgresql":
            # Its own default lets each statement see what was committed in between.
            engine = engine.execution_options(isolation_level="REPEATABLE READ")
        with self.errors_in_words():
            with self._lock:
                self._require_intact()
            with engine.begin() as connection:
                yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction that may write; an error undoes all of it.

        Raises:
            StoreError: The database cannot be used.
        """
        self._opened()
        with self.errors_in_words(), self._lock:
            self._require_intact()
            assert self._writing is not None  # noqa: S101 - there, as long as the engine is
            with self._writing.begin() as connection:
                yield connection
            if self._watch is not None:
                self._watch.note()

    @contextlib.contextmanager
    def writing_often(self) -> Iterator[Driver]:
        """Open a transaction as `writing` does, at the least cost; for one thread, which commits often.

        SQLAlchemy's way to the driver takes longer than a small commit: on SQLite this goes without, on a
        connection that is kept.

        Raises:
            StoreError: The database cannot be used.
        """
        if self._opened().dialect.name != "sqlite":
            with self.writing() as connection:
                yield Driver(partial(_run, connection), is_sqlite=False)
            return
        with self.errors_in_words(), self._lock:
            self._require_intact()
            if self._often is None:
                self._often = self._opened().raw_connection()
            driver = self._often.driver_connection
            assert isinstance(driver, sqlite3.Connection)  # noqa: S101 - tells the type checker
            driver.execute("BEGIN IMMEDIATE").close()
            with driver:  # commits, or undoes
                yield Driver(driver.execute, is_sqlite=True)
            if self._watch is not None:
                self._watch.note()

    @contextlib.contextmanager
    def errors_in_words(self) -> Iterator[None]:
        """Turn the driver's errors into `StoreError`s, which hold no values of any statement."""
        try:
            yield
        except DBAPIError as error:
            failed = self._failures.explain(error.orig)
            if is_silence(error.orig):
                self._silence, self._silent_until_s = failed, time.monotonic() + _AWAY_S
            raise failed from None
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            raise self._failures.explain(error) from None

    def _opened(self) -> Engine:
        if self._engine is None:
            raise StoreError(StoreFailure.OTHER, "The accounts database is closed.")
        return self._engine

    def _parse_url(self) -> URL:
        try:
            url = _parse(self._url_text)
        except (ArgumentError, ValueError):
            raise StoreError(
                StoreFailure.OTHER,
                "The database address is not valid. Leave it empty for SQLite, "
                "or write postgresql://user:password@host/name.",
            ) from None
        # libpq and most providers write `postgres://`, which SQLAlchemy does not know.
        if url.drivername in ("postgresql", "postgres"):
            url = url.set(drivername="postgresql+psycopg")
        where = url.database if url.get_backend_name() == "sqlite" else url.render_as_string()
        self._failures.what = f"The accounts database {where}"
        return url

    def _make_file(self, url: URL) -> None:
        """Make the folder and an empty file that only this user may read (it holds password hashes)."""
        if (file := file_of(url)) is None:
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        # With its mode from the first moment: between making and chmod another user could open it.
        with contextlib.suppress(FileExistsError):
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))

    def _begin_watching(self, url: URL) -> None:
        if (file := file_of(url)) is not None:
            self._watch = DatabaseWatch(file)
            self._watch.note()

    def _require_intact(self) -> None:
        """Refuse to use a file that somebody deleted, replaced or overwrote, or a server found silent."""
        if self._silence is not None and time.monotonic() < self._silent_until_s:
            raise self._silence
        failure = self._watch.failure() if self._watch is not None else None
        if failure is not None:
            raise self._failures.as_error(failure)

    def _make_engine(self, url: URL) -> Engine:
        is_sqlite = url.get_backend_name() == "sqlite"
        arguments: dict[str, Any] = {}
        if is_sqlite:
            arguments["timeout"] = self._busy_timeout_s
        try:
            engine = create_engine(
                # Parameters are hashes and names, which belong in no error text. The pre-ping finds a server
                # that was restarted; a file needs none.
                url,
                connect_args=arguments,
                hide_parameters=True,
                pool_pre_ping=not is_sqlite,
            )
        except (NoSuchModuleError, ImportError) as error:
            raise StoreError(
                StoreFailure.OTHER,
                f"The driver for '{url.drivername}' is not installed ({error}). For PostgreSQL install "
                "authws-desktop[postgresql].",
            ) from None
        if is_sqlite:
            event.listen(engine, "connect", sqlite.set_up)
            event.listen(engine, "connect", self._on_connected)
            event.listen(engine, "close", self._on_closed)
            event.listen(engine, "begin", sqlite.begin)
        elif url.drivername == "postgresql+psycopg":
            from authws_desktop.accounts.store import postgresql

            postgresql.set_up(engine, self._busy_timeout_s)
        return engine

    def _on_connected(self, connection: sqlite3.Connection, _record: object) -> None:
        self._connections.append(connection)

    def _on_closed(self, connection: sqlite3.Connection, _record: object) -> None:
        with contextlib.suppress(ValueError):
            self._connections.remove(connection)
        if self._watch is not None and not self._connections:
            self._watch.forget_companions()

    def _prepare(self, connection: Connection) -> None:
        if connection.dialect.name == "postgresql":
            from authws_desktop.accounts.store import postgresql

            postgresql.begin_opening(connection)
        tables = set(inspect(connection).get_table_names())
        if not tables:
            self._create(connection)
            return
        if not {"meta", "users"} <= tables:
            raise self._failures.as_error(StoreFailure.FOREIGN)
        version = connection.execute(text("SELECT schema_version FROM meta")).scalar_one_or_none()
        if not isinstance(version, int):
            raise self._failures.as_error(StoreFailure.CORRUPT)
        if version > self._schema_version:
            raise self._failures.as_error(StoreFailure.NEWER)
        if connection.dialect.name == "sqlite":
            self._check_integrity(connection)
        for step in range(version, self._schema_version):
            self._upgrades[step](connection)
        # Written even where it says the same: a read-only database shows itself now, not at the first login.
        connection.execute(update(MetaRow).values(schema_version=self._schema_version))

    def _create(self, connection: Connection) -> None:
        metadata: MetaData = Base.metadata
        metadata.create_all(connection)
        connection.execute(
            MetaRow.__table__.insert().values(id=1, schema_version=self._schema_version, revision=1)  # type: ignore[attr-defined]
        )

    def _check_integrity(self, connection: Connection) -> None:
        if connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one() != "ok":
            raise self._failures.as_error(StoreFailure.CORRUPT)
        connection.execute(select(MetaRow)).one()

    def _use_wal(self) -> None:
        """Switch to WAL; a file system that cannot (a network share) keeps the journal it has."""
        raw = self._opened().raw_connection()
        try:
            # On the driver's own connection: SQLite cannot change this within a transaction, which SQLAlchemy
            # would begin.
            sqlite.retry_while_busy(lambda: sqlite.switch_to_wal(raw), self._busy_timeout_s)
        finally:
            raw.close()


def _run(connection: Connection, text: str, values: Sequence[Any]) -> Any:
    return connection.exec_driver_sql(text.replace("?", "%s"), tuple(values))
