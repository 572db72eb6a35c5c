"""The steps that writes are made of; each works inside the transaction of its caller."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, insert, select, update
from sqlalchemy.orm import Session as OrmSession

from authws_desktop.accounts.audit import DONE, Note
from authws_desktop.accounts.changes import Change, NewUser
from authws_desktop.accounts.errors import ChangedMeanwhile, InviteInvalid, UnknownAccount, UsernameTaken
from authws_desktop.accounts.models import ApplicantRow, Base, InviteRow, SessionRow, UserRow
from authws_desktop.accounts.records import EndReason, Invite, Session
from authws_desktop.accounts.rows import account_of, audit_values, invite_of, session_row, user_values

_USERS, _AUDIT = Base.metadata.tables["users"], Base.metadata.tables["audit"]
_NOTE_USE = (
    update(SessionRow.__table__)  # type: ignore[arg-type]
    .where(SessionRow.jti == bindparam("of_jti"))
    .values(last_used_at=bindparam("used_at"), address=bindparam("used_from"), app=bindparam("used_by"))
)


def require_user(db: OrmSession, user_id: str, expected: int | None = None) -> UserRow:
    """Return an account's row.

    Raises:
        UnknownAccount: There is none.
        ChangedMeanwhile: It has another revision than `expected`.
    """
    row = db.get(UserRow, user_id)
    if row is None:
        raise UnknownAccount(user_id)
    if expected is not None and row.revision != expected:
        raise ChangedMeanwhile(account_of(row)[0])
    return row


def require_free(db: OrmSession, key: str, username: str, *, applicant_id: str = "") -> None:
    """Check that nobody has a name, or only an applicant who is about to become a user.

    Raises:
        UsernameTaken: Somebody does.
    """
    is_taken = db.scalar(select(UserRow.id).where(UserRow.username_key == key)) is not None
    waiting = db.scalar(select(ApplicantRow.id).where(ApplicantRow.username_key == key))
    if is_taken or waiting not in (None, applicant_id):
        raise UsernameTaken(username)


def require_all_free(db: OrmSession, users: Sequence[NewUser]) -> None:
    """Check that nobody has any of these names.

    Raises:
        UsernameTaken: Somebody has; the first one is told.
    """
    taken = {*db.scalars(select(UserRow.username_key)), *db.scalars(select(ApplicantRow.username_key))}
    for user in users:
        if user.key in taken:
            raise UsernameTaken(user.account.username)
        taken.add(user.key)


def add_many(db: OrmSession, users: Sequence[NewUser], note: Note, change: Change) -> None:
    """Add accounts whose names are free, and write of each."""
    by = {"revision": change.revision, "changed_by": note.actor.name, "changed_at": note.time}
    connection = db.connection()  # plain statements: objects for each row would take ten times as long
    connection.execute(insert(_USERS), [user_values(u.account, u.key, u.password_hash) | by for u in users])
    notes = (Note(note.actor, note.time, note.act, user.account.username) for user in users)
    connection.execute(insert(_AUDIT), [audit_values(each, DONE) for each in notes])
    for user in users:
        account = dataclasses.replace(
            user.account, revision=change.revision, changed_by=note.actor.name, changed_at=note.time
        )
        change.accounts.append((account, user.key))


def changed(db: OrmSession, row: UserRow, change: Change) -> None:
    """Note that an account was changed, and by whom."""
    row.revision = change.revision
    if change.note is not None:
        row.changed_by, row.changed_at = change.note.actor.name, change.note.time
    db.flush()
    change.accounts.append(account_of(row))


def use_invite(db: OrmSession, code: str, now: float, change: Change) -> None:
    """Count one use of an invitation.

    Raises:
        InviteInvalid: It cannot be used.
    """
    row = db.get(InviteRow, code)
    require_usable(None if row is None else invite_of(row), now)
    assert row is not None  # noqa: S101 - what is not there is not usable
    row.uses += 1
    change.invites[code] = invite_of(row)


def require_usable(invite: Invite | None, now: float) -> None:
    """Check that one more account can be made with an invitation.

    Raises:
        InviteInvalid: It cannot; says why.
    """
    if invite is None:
        raise InviteInvalid
    if invite.is_expired(now):
        raise InviteInvalid("has expired")
    if invite.is_used_up:
        raise InviteInvalid("was used as often as it may be")


def start(db: OrmSession, session: Session, change: Change) -> None:
    """Add a session."""
    db.add(session_row(session))
    change.started.append(session)


def note_uses(db: OrmSession, sessions: Collection[Session]) -> None:
    """Write when, from where and by which program sessions were last used."""
    if sessions:
        db.connection().execute(_NOTE_USE, [_use_of(session) for session in sessions])


def _use_of(session: Session) -> dict[str, Any]:
    return {
        "of_jti": session.jti,
        "used_at": session.last_used_at,
        "used_from": session.address,
        "used_by": session.app,
    }


def end(db: OrmSession, condition: ColumnElement[bool], change: Change, why: EndReason | None) -> None:
    """Delete sessions; `why` is `None` where nobody needs to be told."""
    found = db.execute(select(SessionRow.jti, SessionRow.user_id).where(condition)).all()
    change.ended.update((jti, user_id) for jti, user_id in found)
    change.why = why
    if found:
        db.execute(delete(SessionRow).where(condition))
