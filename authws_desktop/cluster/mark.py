"""What tells one cluster's database from another's: a random text in it, made by the first node."""

from __future__ import annotations

import secrets

from sqlalchemy import Column, Integer, MetaData, String, Table, insert, select

from authws_desktop.accounts.store.database import Database
from authws_desktop.cluster.shared_tables import TableLock, made_now

_TABLE = Table(
    "cluster",
    MetaData(),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("mark", String(32), nullable=False),
)


def read_mark(database: Database) -> str:
    """Return the mark of an open database.

    Raises:
        StoreError: The database cannot be used.
    """
    with database.writing() as connection:
        if made_now(connection, _TABLE, TableLock.MARK):
            connection.execute(insert(_TABLE), {"id": 1, "mark": secrets.token_hex(8)})
        mark: str = connection.execute(select(_TABLE.c.mark)).scalar_one()
        return mark
