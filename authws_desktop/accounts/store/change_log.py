"""What each write changed, for the other processes on the same database: they load that, not everything.

1. Each write leaves one row with its revision and the ids of what it touched, in its own transaction. So the
   rows after a revision are complete, or one is missing and everything is loaded: an older version of this
   program wrote, the rows are too old to be there, or the write touched too much to be listed.
2. The rows hold ids, no values: who follows reads what these are by now, in the same transaction as the
   revision. What was changed and then removed is simply not found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.orm import Session as OrmSession

from authws_desktop.accounts.models import EndReason
from authws_desktop.accounts.store.changes import Change
from authws_desktop.accounts.store.rows import account_of, invite_of, pending_of, session_of
from authws_desktop.accounts.store.tables import (
    ApplicantRow,
    Base,
    ChangeRow,
    EndedTokenRow,
    InviteRow,
    SessionRow,
    UserRow,
)

T = TypeVar("T", bound=Base)
KEPT = 1000
"""Rows that are kept; who is further behind loads everything."""
TIDY_EVERY = 100
"""After so many revisions rows that are too old go."""
MAX_IDS = 20_000
"""Ids that one row, or all that are followed at once, may list; beyond, loading everything costs no more."""
_CHUNK = 1000
"""Values in one statement."""
_INSERT = insert(ChangeRow.__table__)  # type: ignore[arg-type]


class _Ids(msgspec.Struct, array_like=True):
    """What one write touched; see `changes.Change`."""

    accounts: list[str]
    deleted: list[str]
    started: list[str]
    used: list[str]
    ended: dict[str, str]
    why: EndReason | None
    all_of: str | None
    invites: list[str]
    pending: list[str]

    def count(self) -> int:
        """Return how many ids these are."""
        lists = (self.accounts, self.deleted, self.started, self.used, self.ended, self.invites, self.pending)
        return sum(map(len, lists))


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Ids)


def note(connection: Connection, change: Change) -> None:
    """Write what a transaction changed; its last statement."""
    ids = _Ids(
        [account.id for account, _ in change.accounts],
        change.deleted,
        [session.jti for session in change.started],
        change.used,
        change.ended,
        change.why,
        change.all_of,
        list(change.invites),
        list(change.pending),
    )
    content = _encoder.encode(ids) if ids.count() <= MAX_IDS else None
    connection.execute(_INSERT, {"revision": change.revision, "content": content})
    if change.revision % TIDY_EVERY == 0:
        connection.execute(delete(ChangeRow).where(ChangeRow.revision <= change.revision - KEPT))


def since(db: OrmSession, known: int, newest: int) -> list[Change] | None:
    """Return what was written after a revision.

    Args:
        db: A transaction that reads one state.
        known: The revision of who asks.
        newest: That of this state.

    Returns:
        The changes in their order, with all values as they are in this state; `None` if everything must be
        loaded (rule 1).
    """
    if not 0 < newest - known <= KEPT:
        return None
    rows = db.execute(
        select(ChangeRow.revision, ChangeRow.content)
        .where(ChangeRow.revision > known)
        .order_by(ChangeRow.revision)
    ).all()
    if [row.revision for row in rows] != list(range(known + 1, newest + 1)):
        return None
    try:
        logged = [_decoder.decode(row.content) for row in rows if row.content is not None]
    # Written by another version, which lists something else: everything is loaded.
    except msgspec.DecodeError:
        return None
    if len(logged) != len(rows) or sum(each.count() for each in logged) > MAX_IDS:
        return None
    return list(_with_values(db, known, logged))


def _with_values(db: OrmSession, known: int, logged: Sequence[_Ids]) -> Iterator[Change]:
    users = {row.id: row for row in _rows(db, UserRow.id, (i for each in logged for i in each.accounts))}
    live = {
        row.jti: session_of(row)
        for row in _rows(db, SessionRow.jti, (i for each in logged for i in (*each.started, *each.used)))
    }
    told = (jti for each in logged if each.why is not None for jti in each.ended)
    dead = {row.jti: row.expires_at for row in _rows(db, EndedTokenRow.jti, told)}
    invites = {
        row.code: row for row in _rows(db, InviteRow.code, (i for each in logged for i in each.invites))
    }
    pending = {
        row.id: row for row in _rows(db, ApplicantRow.id, (i for each in logged for i in each.pending))
    }
    for revision, ids in enumerate(logged, known + 1):
        yield Change(
            revision,
            accounts=[account_of(users[each]) for each in ids.accounts if each in users],
            deleted=ids.deleted,
            started=[live[each] for each in (*ids.started, *ids.used) if each in live],
            ended=ids.ended,
            why=ids.why,
            remembered={jti: dead[jti] for jti in ids.ended if jti in dead},
            all_of=ids.all_of,
            invites={each: invite_of(invites[each]) if each in invites else None for each in ids.invites},
            pending={each: pending_of(pending[each]) if each in pending else None for each in ids.pending},
        )


def _rows(db: OrmSession, key: InstrumentedAttribute[Any], ids: Iterable[str]) -> Iterator[Any]:
    wanted = list(dict.fromkeys(ids))
    # In parts: databases bound how many values one statement may have.
    for start in range(0, len(wanted), _CHUNK):
        yield from db.scalars(select(key.class_).where(key.in_(wanted[start : start + _CHUNK])))
