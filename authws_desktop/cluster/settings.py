"""The settings that all nodes of a cluster share: one row in their database, with a revision.

The node that comes first writes its own there; the others take over what they find. What another node's
environment or command line sets stays in force at that node.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Column, Integer, MetaData, Table, Text, insert, select, update
from sqlalchemy.engine import Connection

from authws_desktop.accounts.store.database import Database
from authws_desktop.cluster.shared_tables import TableLock, made_now, take_lock
from authws_desktop.settings import Settings, SettingsError, check_value
from authws_desktop.settings.shared import SHARED

log = logging.getLogger(__name__)
_TABLE = Table(
    "cluster_settings",
    MetaData(),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("revision", Integer, nullable=False),
    Column("values", Text, nullable=False),
)


class SharedSettings(NamedTuple):
    """The settings that all nodes share, as the database has them.

    Attributes:
        revision: Grows with each change, from 1.
        values: By name; those that this version knows.
    """

    revision: int
    values: Mapping[str, Any]


def shared_values(settings: Settings) -> dict[str, Any]:
    """Return what a cluster shares of some settings."""
    return {name: getattr(settings, name) for name in sorted(SHARED)}


def open_row(database: Database, own: Settings) -> None:
    """Have the nodes share a node's settings, if they share none yet.

    Args:
        database: The one that all nodes share, open.
        own: This node's saved settings.

    Raises:
        StoreError: The database cannot be used.
    """
    with database.writing() as connection:
        if made_now(connection, _TABLE, TableLock.SETTINGS):
            connection.execute(insert(_TABLE), {"id": 1, "revision": 1, "values": _text(shared_values(own))})


def read_row(database: Database) -> SharedSettings:
    """Return what the nodes share, after `open_row`.

    Raises:
        StoreError: The database cannot be used.
    """
    with database.reading() as connection:
        return _read(connection)


def change_row(database: Database, changes: Mapping[str, Any]) -> SharedSettings:
    """Change some of the settings for all nodes; what others changed meanwhile stays.

    Raises:
        StoreError: The database cannot be used.
    """
    with database.writing() as connection:
        take_lock(connection, TableLock.SETTINGS)
        # Read under the lock: what another node changes at the same moment is kept.
        found = _read(connection)
        new = SharedSettings(found.revision + 1, {**found.values, **changes})
        connection.execute(update(_TABLE).values({"revision": new.revision, "values": _text(new.values)}))
        return new


def _read(connection: Connection) -> SharedSettings:
    row = connection.execute(select(_TABLE.c.revision, _TABLE.c["values"])).one()
    values = {}
    for name, value in msgspec.json.decode(row[1], type=dict[str, Any]).items():
        try:
            # A newer node may have written what this version does not know.
            if name in SHARED:
                check_value(name, value, f"'{name}' in the settings of the cluster")
                values[name] = value
        except SettingsError as error:
            log.warning("%s", error)
    return SharedSettings(row[0], values)


def _text(values: Mapping[str, Any]) -> str:
    return msgspec.json.encode(values).decode()
