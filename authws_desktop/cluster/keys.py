"""The signing keys of a cluster: a table in the database that all nodes share, not each its file.

The node that comes first takes over the keys of its own file, which is left as it is. Rotation has two steps,
as a token may be shown to a node that has not heard of its key yet: all accept the new key, then it signs.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Boolean, Column, Double, MetaData, String, Table, Text, delete, insert, select
from sqlalchemy.engine import Connection

from authws_desktop.accounts.errors import KeysError, StoreError
from authws_desktop.accounts.keys import SigningKey, SigningKeys
from authws_desktop.accounts.store.database import Database
from authws_desktop.cluster.shared_tables import TableLock, made_now, take_lock

_TABLE = Table(
    "signing_keys",
    MetaData(),
    Column("id", String(64), primary_key=True),
    Column("secret", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("accepted_until", Double),
    Column("is_signing", Boolean, nullable=False),
)


class TableKeys(SigningKeys):
    """Signing keys in a table that all nodes share. Until `connect` they are those of this server's file.

    Args:
        url: The database's.
        file: The secret's file of this server while it was alone.
    """

    is_shared = True

    def __init__(self, url: str, file: Path) -> None:
        super().__init__(file)
        self._database = Database(url)
        self._announced = ""

    def connect(self) -> None:
        """Open the database, make the table if it is missing, and take over what is in it.

        Raises:
            KeysError: That cannot be done.
        """
        try:
            self._database.open()
            with self._database.writing() as connection:
                if made_now(connection, _TABLE, TableLock.KEYS):
                    _insert(connection, *self._keys)
                self._keys = _read(connection)
        except StoreError as error:
            raise _unusable("read", error) from None

    def close(self) -> None:
        """Close the database; may be called again."""
        self._database.close()

    def reload_if_changed(self) -> bool:
        """Follow what another node wrote.

        Returns:
            Whether the keys are others now.

        Raises:
            KeysError: They cannot be read; they stay as they were, and the next call tries again.
        """
        try:
            with self._database.reading() as connection:
                found = _read(connection)
        except StoreError as error:
            raise _unusable("read", error) from None
        before, self._keys = self._keys, found
        return found != before

    def announce(self, secret: str | None) -> bool:
        """Let all nodes accept the key that `rotate` will sign with.

        Args:
            secret: The secret; a random one if `None`.

        Returns:
            Whether others need a moment to hear of it: always, here.

        Raises:
            InvalidField: The secret is weak.
            KeysError: The table cannot be written.
        """
        key = self._new_key(secret)
        try:
            with self._database.writing() as connection:
                take_lock(connection, TableLock.KEYS)
                self._keys = _read(connection)
                connection.execute(insert(_TABLE), [_row(key, is_signing=False)])
        except StoreError as error:
            raise _unusable("written", error) from None
        self._keys = (*self._keys, key)
        self._announced = key.id
        return True

    def rotate(self, *, keep_until: float | None, secret: str | None = None) -> None:
        """Sign with the announced key from now on; without one, see `SigningKeys.rotate`."""
        try:
            with self._database.writing() as connection:
                # Another node may rotate at the same time: its keys are kept, too.
                take_lock(connection, TableLock.KEYS)
                self._keys = _read(connection)
                announced = [key for key in self._keys if key.id == self._announced]
                new = announced[0] if announced else self._new_key(secret)
                kept = [key for key in self._kept(keep_until) if key.id != new.id]
                connection.execute(delete(_TABLE))
                _insert(connection, new, *kept)
        except StoreError as error:
            raise _unusable("written", error) from None
        self._keys, self._announced = (new, *kept), ""


def _read(connection: Connection) -> tuple[SigningKey, ...]:
    """Return the keys, the one that signs first."""
    rows = connection.execute(select(_TABLE).order_by(_TABLE.c.is_signing.desc(), _TABLE.c.created_at)).all()
    if not rows or not rows[0].is_signing:
        raise KeysError(
            "The cluster's table of signing keys is empty. Restore the database from a backup, or drop the "
            "table 'signing_keys' with all nodes stopped: then everyone logs in again."
        )
    return tuple(SigningKey(row.id, row.secret.encode(), row.created_at, row.accepted_until) for row in rows)


def _insert(connection: Connection, signing: SigningKey, *others: SigningKey) -> None:
    rows = [_row(signing, is_signing=True), *(_row(key, is_signing=False) for key in others)]
    connection.execute(insert(_TABLE), rows)


def _row(key: SigningKey, *, is_signing: bool) -> dict[str, str | float | bool | None]:
    return {
        "id": key.id,
        "secret": key.secret.decode(),
        "created_at": key.created_at,
        "accepted_until": key.accepted_until,
        "is_signing": is_signing,
    }


def _unusable(done: str, error: StoreError) -> KeysError:
    return KeysError(f"The cluster's signing keys cannot be {done}. {error}")
