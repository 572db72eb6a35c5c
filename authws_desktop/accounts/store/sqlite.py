"""What a database in SQLite needs besides: its connections, transactions and journal."""

from __future__ import annotations

import ctypes
import sqlite3
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

_RETRY_S = 0.02


def leave_open(connection: sqlite3.Connection) -> None:
    """Keep a connection from ever being closed, until the process ends.

    Closing the last one makes SQLite move its log into the file at the database's place and remove
    whatever is called like its log, which may be somebody else's by now. `NO_CKPT_ON_CLOSE` would say so, but
    Python 3.11 cannot set it.
    """
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))


def switch_to_wal(connection: Any) -> None:
    """Switch a database to WAL; a file system that cannot (a network share) keeps the journal it has."""
    connection.cursor().execute("PRAGMA journal_mode=WAL").close()


def retry_while_busy(act: Callable[[], None], within_s: float) -> None:
    """Do what another process's same act may be in the way of.

    Two programs that make one new database at the same moment both read it and both want it alone. SQLite
    does not let them wait for each other for ever: one is refused at once, whatever `timeout` says.

    Args:
        act: What to do.
        within_s: For how long it is tried again, seconds.

    Raises:
        sqlite3.OperationalError: It is refused for another reason, or still.
    """
    until_s = time.monotonic() + within_s
    while True:
        try:
            act()
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() >= until_s:
                raise
        time.sleep(_RETRY_S)  # opening is off the loop


def set_up(connection: Any, _record: object) -> None:
    """Set up a new connection; SQLAlchemy calls it."""
    connection.isolation_level = None  # `begin` begins transactions
    try:
        connection.execute("PRAGMA foreign_keys=ON").close()
        # A commit is on the disk when it returns: power loss leaves the old state or the new.
        connection.execute("PRAGMA synchronous=FULL").close()
    except sqlite3.Error:
        connection.close()  # the pool does not know it yet
        raise


def begin(connection: Connection) -> None:
    """Begin a transaction, with the lock at once where it writes; SQLAlchemy calls it."""
    is_writing = connection.get_execution_options().get("is_writing", False)
    # By the driver itself, which is much quicker here than SQLAlchemy's way to it.
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)  # noqa: S101 - tells the type checker
    driver.execute("BEGIN IMMEDIATE" if is_writing else "BEGIN").close()
