"""Opening a database: its file, its transactions, its schema, and its errors in words.

SQLite runs in WAL mode with explicit transactions: a write takes the lock at its start (BEGIN IMMEDIATE),
so that two processes wait for each other rather than fail halfway, and creating or upgrading tables is
all or nothing. Nothing is written to a file that is corrupt, foreign or from a newer version.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from sqlalchemy import Connection, Engine, MetaData, create_engine, event, inspect, select, text, update
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from authws_desktop.accounts.errors import StoreError, StoreFailure
from authws_desktop.accounts.models import SCHEMA_VERSION, UPGRADES, Base, MetaRow

BUSY_TIMEOUT_S = 5.0
"""How long a write waits for another process."""

_SQLITE_FILE = "sqlite:///"
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
    "or choose another data folder.",
    StoreFailure.CORRUPT: "{what} is damaged or is not a database. Restore it from a backup, "
    "or move it away to start with no accounts.",
    StoreFailure.NEWER: "{what} was written by a newer version of this program. Use the newer program, "
    "or choose another data folder.",
    StoreFailure.FOREIGN: "{what} belongs to another program. Choose another file or database.",
    StoreFailure.UNREACHABLE: "{what} cannot be opened ({detail}). Check that it can be reached and written, "
    "or choose another one.",
    StoreFailure.FULL: "{what} cannot grow: the disk is full. Make room, then try again.",
    StoreFailure.OTHER: "{what} cannot be used ({detail}).",
}


def sqlite_url(file: Path) -> str:
    """Return the database URL of a SQLite file, whatever characters its path has."""
    return _SQLITE_FILE + quote(str(file), safe="/:\\ ")


def _parse(text: str) -> URL:
    """Parse a URL; of SQLite paths, SQLAlchemy 2.0 and 2.1 read `%` and `?` differently."""
    path = text.removeprefix(_SQLITE_FILE)
    if path != text and "?" not in path:
        return URL.create("sqlite", database=unquote(path))
    return make_url(text)


class Database:
    """One database, from opening to closing. Used by one thread at a time.

    Args:
        url: An SQLAlchemy URL.
        busy_timeout_s: How long a write waits for another process.
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
        self._what = "The accounts database"

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
        url = self._parse_url()
        try:
            with self.errors_in_words():
                self._make_file(url)
                self._engine = self._make_engine(url)
                with self.writing() as connection:
                    self._prepare(connection)
                if url.get_backend_name() == "sqlite":
                    self._use_wal()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the database; may be called twice."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that reads one consistent state.

        Raises:
            StoreError: The database cannot be used.
        """
        with self.errors_in_words(), self._opened().begin() as connection:
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction that may write; an error undoes all of it.

        Raises:
            StoreError: The database cannot be used.
        """
        engine = self._opened().execution_options(is_writing=True)
        with self.errors_in_words(), engine.begin() as connection:
            yield connection

    @contextlib.contextmanager
    def errors_in_words(self) -> Iterator[None]:
        """Turn the driver's errors into `StoreError`s, which hold no values of any statement."""
        try:
            yield
        except DBAPIError as error:
            raise self._explain(error.orig) from None
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            raise self._explain(error) from None

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
        if url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        where = url.database if url.get_backend_name() == "sqlite" else url.render_as_string()
        self._what = f"The accounts database {where}"
        return url

    def _make_file(self, url: URL) -> None:
        """Make the folder and an empty file that only this user may read (it holds password hashes)."""
        name = url.database
        if url.get_backend_name() != "sqlite" or not name or name == ":memory:" or name.startswith("file:"):
            return
        file = Path(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))

    def _make_engine(self, url: URL) -> Engine:
        is_sqlite = url.get_backend_name() == "sqlite"
        arguments: dict[str, Any] = {"timeout": self._busy_timeout_s} if is_sqlite else {}
        try:
            engine = create_engine(
                url, connect_args=arguments, hide_parameters=True, pool_pre_ping=not is_sqlite
            )
        except (NoSuchModuleError, ImportError) as error:
            raise StoreError(
                StoreFailure.OTHER,
                f"The driver for '{url.drivername}' is not installed ({error}). For PostgreSQL install "
                "authws-desktop[postgresql].",
            ) from None
        if is_sqlite:
            event.listen(engine, "connect", _set_up_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
        return engine

    def _prepare(self, connection: Connection) -> None:
        tables = set(inspect(connection).get_table_names())
        if not tables:
            self._create(connection)
            return
        if not {"meta", "users"} <= tables:
            raise self._failed(StoreFailure.FOREIGN)
        version = connection.execute(text("SELECT schema_version FROM meta")).scalar_one_or_none()
        if not isinstance(version, int):
            raise self._failed(StoreFailure.CORRUPT)
        if version > self._schema_version:
            raise self._failed(StoreFailure.NEWER)
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
            raise self._failed(StoreFailure.CORRUPT)
        connection.execute(select(MetaRow)).one()

    def _use_wal(self) -> None:
        """Switch to WAL; a file system that cannot (a network share) keeps the journal it has."""
        raw = self._opened().raw_connection()
        try:
            raw.cursor().execute("PRAGMA journal_mode=WAL").close()
        finally:
            raw.close()

    def _failed(self, failure: StoreFailure, detail: str = "") -> StoreError:
        return StoreError(failure, _SENTENCES[failure].format(what=self._what, detail=detail))

    def _explain(self, error: BaseException | None) -> StoreError:
        if isinstance(error, OSError):
            return self._failed(StoreFailure.UNREACHABLE, error.strerror or type(error).__name__)
        detail = (str(error).strip() or type(error).__name__).splitlines()[0]
        code = getattr(error, "sqlite_errorcode", None)
        if code is not None:
            return self._failed(_FAILURES.get(code & 0xFF, StoreFailure.OTHER), detail)
        is_lost = type(error).__name__ in ("OperationalError", "InterfaceError")
        return self._failed(StoreFailure.UNREACHABLE if is_lost else StoreFailure.OTHER, detail)


def _set_up_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # this module begins transactions itself
    try:
        connection.execute("PRAGMA foreign_keys=ON").close()
        # A commit is on the disk when it returns: power loss leaves the old state or the new.
        connection.execute("PRAGMA synchronous=FULL").close()
    except sqlite3.Error:
        connection.close()  # the pool does not know it yet
        raise


def _begin_sqlite(connection: Connection) -> None:
    is_writing = connection.get_execution_options().get("is_writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")
