"""What all writes and reads of the database share: transactions, the whole state, the audit."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from sqlalchemy import Connection, select, update
from sqlalchemy.orm import Session as OrmSession

from authws_desktop.accounts.audit import DONE, AuditEntry, Note
from authws_desktop.accounts.changes import Change, Credentials, Snapshot
from authws_desktop.accounts.database import Database
from authws_desktop.accounts.models import ApplicantRow, AuditRow, InviteRow, MetaRow, SessionRow, UserRow
from authws_desktop.accounts.rows import (
    account_of,
    audit_entry_of,
    audit_row,
    invite_of,
    pending_of,
    session_of,
)


class StoreBase:
    """The database's state, and how it is written.

    Args:
        database: Where it is; opened and closed by its owner.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def revision(self) -> int:
        """Return the number that grows with every write of any process."""
        with self._database.reading() as connection:
            return connection.execute(select(MetaRow.revision)).scalar_one()

    def snapshot(self) -> Snapshot:
        """Return all accounts and sessions."""
        with self._database.reading() as connection, OrmSession(connection) as db:
            revision = db.execute(select(MetaRow.revision)).scalar_one()
            users = db.scalars(select(UserRow).order_by(UserRow.created_at))
            sessions = db.scalars(select(SessionRow).order_by(SessionRow.issued_at))
            return Snapshot(
                revision,
                [account_of(row) for row in users],
                [session_of(row) for row in sessions],
                {row.code: invite_of(row) for row in db.scalars(select(InviteRow))},
                {row.id: pending_of(row) for row in db.scalars(select(ApplicantRow))},
            )

    def credentials(self, key: str) -> Credentials | None:
        """Return what a login with this folded username is checked against.

        Applicants are always asked for too, so that nobody's answer takes longer.
        """
        with self._database.reading() as connection, OrmSession(connection) as db:
            user = db.scalars(select(UserRow).where(UserRow.username_key == key)).one_or_none()
            waiting = db.scalars(select(ApplicantRow).where(ApplicantRow.username_key == key)).one_or_none()
            if user is not None:
                return Credentials(account_of(user)[0], user.password_hash)
            return None if waiting is None else Credentials(None, waiting.password_hash)

    def add_note(self, note: Note, outcome: str) -> Change:
        """Write of an act that changed nothing in these tables."""
        with self._writing() as (db, change):
            db.add(audit_row(note, outcome))
        return change

    def audit(self, before_id: int | None, limit: int) -> list[AuditEntry]:
        """Return acts, newest first, from the one before an id on; all if the limit is negative."""
        query = select(AuditRow).order_by(AuditRow.id.desc()).limit(None if limit < 0 else limit)
        if before_id is not None:
            query = query.where(AuditRow.id < before_id)
        with self._database.reading() as connection, OrmSession(connection) as db:
            return [audit_entry_of(row) for row in db.scalars(query)]

    @contextlib.contextmanager
    def _writing(self, note: Note | None = None) -> Iterator[tuple[OrmSession, Change]]:
        with self._database.writing() as connection, OrmSession(connection) as db:
            change = Change(_next_revision(connection), note=note)
            yield db, change
            if note is not None and note.act:
                db.add(audit_row(note, DONE))
            db.flush()


def _next_revision(connection: Connection) -> int:
    # The first statement of every write: writers queue for this row, so that what they check stays true.
    connection.execute(update(MetaRow).values(revision=MetaRow.revision + 1))
    return connection.execute(select(MetaRow.revision)).scalar_one()
