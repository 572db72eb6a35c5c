"""The bans of a cluster: one table in the database that all nodes share, in place of each server's file.

A node that opens it first takes over the bans of its own file, which is left as it is.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Column, Double, MetaData, String, Table, delete, insert, select
from sqlalchemy.engine import Connection

from authws_desktop.accounts.errors import StoreError
from authws_desktop.accounts.store.database import Database
from authws_desktop.admission.bans import Ban, BanError, BanList, Subject
from authws_desktop.cluster.shared_tables import TableLock, made_now

Bans = dict[tuple[Subject, str], Ban]
_TABLE = Table(
    "bans",
    MetaData(),
    Column("subject", String(16), primary_key=True),
    Column("value", String(64), primary_key=True),
    Column("id", String(36), nullable=False),
    Column("name", String(320), nullable=False),
    Column("created_at", Double, nullable=False),
    Column("until", Double),
    Column("reason", String(400), nullable=False),
)


class TableBans(BanList):
    """Bans in a table that all nodes share.

    Args:
        url: The database's.
        file: The file of bans of this server while it was alone.
    """

    def __init__(self, url: str, file: Path) -> None:
        super().__init__(file)
        self._database = Database(url)
        self._is_open = False
        self._written: Bans = {}

    def close(self) -> None:
        """Close the database; may be called again."""
        with self._lock:
            self._database.close()
            self._is_open = False

    def load(self) -> None:
        """Read the table.

        Raises:
            BanError: That cannot be done.
        """
        with self._lock:
            self._put_in_force(self._read_table())

    def reload_if_changed(self) -> bool:
        """Follow what another node wrote; return whether anything changed. Never raises."""
        with self._lock:
            try:
                bans = self._read_table()
            except BanError as error:
                self.trouble = str(error)
                return False
            self.trouble = ""
            if bans == self._bans:
                return False
            self._put_in_force(bans)
            return True

    def _put_in_force(self, bans: Bans) -> None:
        # Replaced as a whole: the loop reads it while another thread writes.
        self._bans, self.trouble = bans, ""
        self.revision += 1

    def _read_again(self) -> Bans:
        now_s = self._now()
        self._written = self._read_table()
        return {key: ban for key, ban in self._written.items() if not ban.is_over(now_s)}

    def _write(self, bans: Bans) -> None:
        # Only what differs from what was just read: another node may write another ban at the same time.
        gone = [key for key in self._written if self._written[key] != bans.get(key)]
        new = [ban for key, ban in bans.items() if self._written.get(key) != ban]
        try:
            with self._database.writing() as connection:
                for subject, value in gone:
                    _delete(connection, subject, value)
                for ban in new:
                    _delete(connection, ban.subject, ban.value)
                    connection.execute(insert(_TABLE).values(_row(ban)))
        except StoreError as error:
            raise BanError(f"The bans cannot be saved. {error}") from None
        self._put_in_force(bans)

    def _read_table(self) -> Bans:
        try:
            if not self._is_open:
                self._open()
            with self._database.reading() as connection:
                rows = connection.execute(select(_TABLE)).all()
        except StoreError as error:
            raise BanError(f"The bans cannot be read. {error}") from None
        found = [
            Ban(row.id, Subject(row.subject), row.value, row.name, row.created_at, row.until, row.reason)
            for row in rows
        ]
        return {(ban.subject, ban.value): ban for ban in found}

    def _open(self) -> None:
        self._database.open()
        self._is_open = True
        with self._database.writing() as connection:
            if made_now(connection, _TABLE, TableLock.BANS) and (own := self._read()):
                connection.execute(insert(_TABLE), [_row(ban) for ban in own.values()])


def _delete(connection: Connection, subject: Subject, value: str) -> None:
    connection.execute(delete(_TABLE).where(_TABLE.c.subject == str(subject)).where(_TABLE.c.value == value))


def _row(ban: Ban) -> dict[str, str | float | None]:
    return {
        "subject": str(ban.subject),
        "value": ban.value,
        "id": ban.id,
        "name": ban.name,
        "created_at": ban.created_at,
        "until": ban.until,
        "reason": ban.reason,
    }
