"""Accounts in the database. Each function works inside the transaction of its caller."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from sqlalchemy import delete as delete_rows
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session as OrmSession

from authws_desktop.accounts.audit import DONE, Note
from authws_desktop.accounts.errors import (
    AccountDisabled,
    ChangedMeanwhile,
    InvalidCredentials,
    InvalidField,
    TooManyGuests,
    UnknownAccount,
    UsernameTaken,
)
from authws_desktop.accounts.models import Account, EndReason, Role, Session
from authws_desktop.accounts.store import sessions
from authws_desktop.accounts.store.changes import NewAccount, StoredPassword
from authws_desktop.accounts.store.rows import account_of, audit_values, user_row, user_values
from authws_desktop.accounts.store.tables import ApplicantRow, Base, MessageRow, SessionRow, UserRow
from authws_desktop.accounts.store.transaction import Transaction

_USERS, _AUDIT = Base.metadata.tables["users"], Base.metadata.tables["audit"]
_CHUNK = 1000
"""Rows in one statement."""
MAX_GUESTS = 10_000
"""Strangers make guests: they must not fill the database. As many as there may be connections by default."""


def credentials(db: OrmSession, key: str) -> StoredPassword | None:
    """Return what a login with this folded username is checked against.

    Applicants are always asked for too, so that nobody's answer takes longer.
    """
    user = db.scalars(select(UserRow).where(UserRow.username_key == key)).one_or_none()
    waiting = db.scalars(select(ApplicantRow).where(ApplicantRow.username_key == key)).one_or_none()
    if user is not None:
        return StoredPassword(account_of(user)[0], user.password_hash)
    return None if waiting is None else StoredPassword(None, waiting.password_hash)


def credentials_of(db: OrmSession, user_id: str) -> StoredPassword | None:
    """Return what a password of this account is checked against."""
    row = db.get(UserRow, user_id)
    return None if row is None else StoredPassword(account_of(row)[0], row.password_hash)


def add(tx: Transaction, account: Account, key: str, password_hash: str) -> None:
    """Add an account.

    Args:
        tx: The transaction.
        account: The account.
        key: The key of its name.
        password_hash: Its password's hash.

    Raises:
        UsernameTaken: Another one has this key.
    """
    require_free(tx.db, key, account.username)
    row = user_row(account, key, password_hash)
    tx.db.add(row)
    changed(tx, row)


def add_guest(tx: Transaction, account: Account, key: str) -> None:
    """Add a guest, whom no password lets in.

    Raises:
        UsernameTaken: Somebody has this key.
        TooManyGuests: There are `MAX_GUESTS`.
    """
    count = tx.db.scalar(select(func.count()).select_from(UserRow).where(UserRow.role == Role.GUEST.value))
    if count is not None and count >= MAX_GUESTS:
        raise TooManyGuests
    add(tx, account, key, "")


def add_many(tx: Transaction, users: Sequence[NewAccount], note: Note) -> None:
    """Add many accounts, or none. Each is an act of its own.

    Raises:
        UsernameTaken: Another one has one of these keys.
    """
    _require_all_free(tx.db, users)
    by = {"revision": tx.change.revision, "changed_by": note.actor.name, "changed_at": note.time}
    connection = tx.db.connection()  # plain statements: objects for each row would take ten times as long
    for start in range(0, len(users), _CHUNK):
        part = users[start : start + _CHUNK]
        rows = [user_values(each.account, each.key, each.password_hash) | by for each in part]
        connection.execute(insert(_USERS), rows)
        notes = (Note(note.actor, note.time, note.act, each.account.username) for each in part)
        connection.execute(insert(_AUDIT), [audit_values(each, DONE) for each in notes])
    for user in users:
        account = dataclasses.replace(
            user.account, revision=tx.change.revision, changed_by=note.actor.name, changed_at=note.time
        )
        tx.change.accounts.append((account, user.key))


def set_password(
    tx: Transaction,
    user_id: str,
    password_hash: str,
    *,
    old_hash: str | None = None,
    session: Session | None = None,
    expected: int | None = None,
) -> None:
    """Give an account another password and end its sessions.

    Args:
        tx: The transaction.
        user_id: The account.
        password_hash: The new hash.
        old_hash: The hash the current password was checked against, which must still be the account's.
        session: The one session it has afterwards.
        expected: The revision that the account must still have.

    Raises:
        UnknownAccount: The account is gone.
        ChangedMeanwhile: It has another revision.
        InvalidCredentials: The password was changed meanwhile.
        AccountDisabled: The account is disabled, and a session was asked for.
        InvalidField: It is a guest's, which has no password.
    """
    row = require(tx.db, user_id, expected)
    _require_no_guest(row, "password")
    if old_hash is not None and row.password_hash != old_hash:
        raise InvalidCredentials
    if session is not None and row.is_disabled:
        raise AccountDisabled
    row.password_hash = password_hash
    # Whoever learned the old password may hold a token made with it.
    sessions.end_where(tx, SessionRow.user_id == user_id, EndReason.PASSWORD_CHANGED)
    tx.change.all_of = user_id if session is None else None
    if session is not None:
        sessions.add(tx, session)
    changed(tx, row)


def update(
    tx: Transaction,
    user_id: str,
    *,
    username: str | None = None,
    key: str | None = None,
    role: Role | None = None,
    expected: int | None = None,
) -> None:
    """Rename an account or give it another role.

    Raises:
        UnknownAccount: The account is gone.
        ChangedMeanwhile: It has another revision than `expected`.
        UsernameTaken: Another one has this key.
        InvalidField: A guest is to have another role.
    """
    row = require(tx.db, user_id, expected)
    if role is not None and role.value != row.role:
        _require_no_guest(row, "role")
    if username is not None and key is not None:
        if key != row.username_key:
            require_free(tx.db, key, username)
        row.username, row.username_key = username, key
    if role is not None:
        row.role = role.value
    changed(tx, row)


def set_disabled(tx: Transaction, user_id: str, is_disabled: bool, *, expected: int | None = None) -> None:
    """Disable an account, which ends its sessions, or enable it.

    Raises:
        UnknownAccount: The account is gone.
        ChangedMeanwhile: It has another revision than `expected`.
    """
    row = require(tx.db, user_id, expected)
    row.is_disabled = is_disabled
    if is_disabled:
        sessions.end_where(tx, SessionRow.user_id == user_id, EndReason.DISABLED)
        tx.change.all_of = user_id
    changed(tx, row)


def delete(tx: Transaction, user_id: str, *, expected: int | None = None) -> None:
    """Delete an account, its sessions, and what it wrote or was written to.

    Raises:
        UnknownAccount: The account is gone already.
        ChangedMeanwhile: It has another revision than `expected`.
    """
    row = require(tx.db, user_id, expected)
    sessions.end_where(tx, SessionRow.user_id == user_id, EndReason.DELETED)
    tx.change.all_of = user_id
    tx.change.deleted.append(user_id)
    messages = MessageRow.__table__
    tx.db.execute(
        messages.delete().where((MessageRow.sender == user_id) | (MessageRow.recipient == user_id))  # type: ignore[attr-defined]
    )
    tx.db.delete(row)


def delete_guests(tx: Transaction, *, only_without_session: bool = False) -> None:
    """Delete all guests and their sessions, or only those who can never come back. What they said stays.

    Args:
        tx: The transaction.
        only_without_session: Whether those who still have a token stay.
    """
    condition = UserRow.role == Role.GUEST.value
    if only_without_session:
        condition &= UserRow.id.not_in(select(SessionRow.user_id))
    ids = list(tx.db.scalars(select(UserRow.id).where(condition)))
    # In parts: databases bound how many values one statement may have.
    for start in range(0, len(ids), _CHUNK):
        part = ids[start : start + _CHUNK]
        if not only_without_session:
            sessions.end_where(tx, SessionRow.user_id.in_(part), EndReason.GUEST_ENDED)
        tx.db.execute(delete_rows(UserRow).where(UserRow.id.in_(part)))
    tx.change.deleted.extend(ids)


def _require_no_guest(row: UserRow, field: str) -> None:
    if row.role == Role.GUEST.value:
        raise InvalidField(
            field, f"'{row.username}' is a guest, who has neither a password nor another role."
        )


def require(db: OrmSession, user_id: str, expected: int | None = None) -> UserRow:
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


def changed(tx: Transaction, row: UserRow) -> None:
    """Note that an account was changed, and by whom."""
    row.revision = tx.change.revision
    if tx.change.note is not None:
        row.changed_by, row.changed_at = tx.change.note.actor.name, tx.change.note.time
    tx.db.flush()
    tx.change.accounts.append(account_of(row))


def _require_all_free(db: OrmSession, users: Sequence[NewAccount]) -> None:
    # All names at once: one question for each of 100,000 lines would be as many round trips to PostgreSQL.
    taken = {*db.scalars(select(UserRow.username_key)), *db.scalars(select(ApplicantRow.username_key))}
    for user in users:
        if user.key in taken:
            raise UsernameTaken(user.account.username)
        taken.add(user.key)
