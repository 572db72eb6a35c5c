"""One transaction: its tables, and the record of its effect that the functions of this folder add to."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, select, update
from sqlalchemy.orm import Session as OrmSession

from authws_desktop.accounts.audit import DONE, Note
from authws_desktop.accounts.store import change_log
from authws_desktop.accounts.store.changes import MAX_ENDED, Change, Snapshot
from authws_desktop.accounts.store.database import Database
from authws_desktop.accounts.store.rows import account_of, audit_row, invite_of, pending_of, session_of
from authws_desktop.accounts.store.tables import (
    ApplicantRow,
    EndedTokenRow,
    InviteRow,
    MetaRow,
    SessionRow,
    UserRow,
)


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction that writes.

    Attributes:
        db: The tables.
        change: The effect so far, for the copy in memory; functions add to it.
    """

    db: OrmSession
    change: Change


@contextlib.contextmanager
def writing(database: Database, note: Note | None = None) -> Iterator[Transaction]:
    """Open a transaction that writes; an error undoes all of it.

    Args:
        database: An open database.
        note: Who does it; an act that is audited is written with what it changes.

    Raises:
        StoreError: The database cannot be used.
    """
    with database.writing() as connection, OrmSession(connection) as db:
        change = Change(_next_revision(connection), note=note)
        yield Transaction(db, change)
        if note is not None and note.act:
            db.add(audit_row(note, DONE))
        # A session that is closed drops what it has not written yet; the connection commits only afterwards.
        db.flush()
        change_log.note(connection, change)


@contextlib.contextmanager
def reading(database: Database) -> Iterator[OrmSession]:
    """Open a transaction that reads one consistent state.

    Raises:
        StoreError: The database cannot be used.
    """
    with database.reading() as connection, OrmSession(connection) as db:
        yield db


def revision(db: OrmSession) -> int:
    """Return the number that grows with every write of any process."""
    return db.execute(select(MetaRow.revision)).scalar_one()


def snapshot(db: OrmSession) -> Snapshot:
    """Return the content of all tables but the audit."""
    newest_ended = select(EndedTokenRow).order_by(EndedTokenRow.expires_at.desc()).limit(MAX_ENDED)
    return Snapshot(
        revision(db),
        [account_of(row) for row in db.scalars(select(UserRow).order_by(UserRow.created_at))],
        [session_of(row) for row in db.scalars(select(SessionRow).order_by(SessionRow.issued_at))],
        {row.code: invite_of(row) for row in db.scalars(select(InviteRow))},
        {row.id: pending_of(row) for row in db.scalars(select(ApplicantRow))},
        {row.jti: row.expires_at for row in db.scalars(newest_ended)},
    )


def since(db: OrmSession, known: int) -> list[Change] | Snapshot:
    """Return what was written after a revision; everything, if that cannot be told."""
    newest = revision(db)
    if newest == known:
        return []
    changes = change_log.since(db, known, newest)
    return snapshot(db) if changes is None else changes


def _next_revision(connection: Connection) -> int:
    # The first statement of every write: writers queue for this row, so that what they check stays true.
    connection.execute(update(MetaRow).values(revision=MetaRow.revision + 1))
    return connection.execute(select(MetaRow.revision)).scalar_one()
