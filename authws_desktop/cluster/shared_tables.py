"""Tables that the nodes of a cluster share, beside the accounts': made once, changed by one at a time."""

from __future__ import annotations

from enum import IntEnum

from sqlalchemy import Table, text
from sqlalchemy.engine import Connection


class TableLock(IntEnum):
    """Numbers of PostgreSQL's advisory locks, one a table; the accounts' tables have number 1 of this row."""

    BANS = 0x61757468_77730002
    KEYS = 0x61757468_77730003
    MARK = 0x61757468_77730004
    SETTINGS = 0x61757468_77730005


def take_lock(connection: Connection, lock: TableLock) -> None:
    """Wait until no other node makes or changes a table; the transaction's end gives the lock back."""
    # Not a lock on the table: it may not be there yet.
    connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": int(lock)})


def made_now(connection: Connection, table: Table, lock: TableLock) -> bool:
    """Make a table if it is missing; return whether it was, and so is still to be filled.

    Args:
        connection: A transaction that writes.
        table: The table.
        lock: Its lock, held from here on: of nodes that start together one makes and fills the table.
    """
    take_lock(connection, lock)
    if connection.dialect.has_table(connection, table.name):
        return False
    table.create(connection)
    return True
