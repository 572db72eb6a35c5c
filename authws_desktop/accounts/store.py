"""What is asked of the database: one method, one transaction. Blocking; used by one thread."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence

from sqlalchemy import delete
from sqlalchemy.orm import Session as OrmSession

from authws_desktop.accounts.audit import Note
from authws_desktop.accounts.changes import Change, Credentials, NewUser
from authws_desktop.accounts.errors import AccountDisabled, InvalidCredentials, TokenRefused
from authws_desktop.accounts.models import AuditRow, SessionRow, UserRow
from authws_desktop.accounts.records import Account, EndReason, Role, Session
from authws_desktop.accounts.registration_store import RegistrationStore
from authws_desktop.accounts.rows import account_of, user_row
from authws_desktop.accounts.store_steps import (
    add_many,
    changed,
    end,
    note_uses,
    require_all_free,
    require_free,
    require_user,
    start,
    use_invite,
)
from authws_desktop.protocol.codes import AuthReason

_CHUNK = 1000
"""Rows in one statement."""


class Store(RegistrationStore):
    """The tables of accounts and sessions, besides those of registration and audit."""

    def credentials_of(self, user_id: str) -> Credentials | None:
        """Return what a password of this account is checked against."""
        with self._database.reading() as connection, OrmSession(connection) as db:
            row = db.get(UserRow, user_id)
            return None if row is None else Credentials(account_of(row)[0], row.password_hash)

    def add_user(
        self,
        account: Account,
        key: str,
        password_hash: str,
        note: Note,
        *,
        session: Session | None = None,
        invite: str | None = None,
    ) -> Change:
        """Add an account.

        Args:
            account: The account.
            key: The key of its name.
            password_hash: Its password's hash.
            note: Who does it, and what is written of it.
            session: Its first session, where it logs in at once.
            invite: The folded code of the invitation that it uses up.

        Raises:
            UsernameTaken: Another one has this key.
            InviteInvalid: The invitation cannot be used any more.
        """
        with self._writing(note) as (db, change):
            require_free(db, key, account.username)
            if invite is not None:
                use_invite(db, invite, note.time, change)
            row = user_row(account, key, password_hash)
            db.add(row)
            changed(db, row, change)
            if session is not None:
                start(db, session, change)
        return change

    def add_users(self, users: Sequence[NewUser], note: Note) -> Change:
        """Add many accounts, or none. Each is an act of its own.

        Raises:
            UsernameTaken: Another one has one of these keys.
        """
        with self._writing(dataclasses.replace(note, act="")) as (db, change):
            require_all_free(db, users)
            for start in range(0, len(users), _CHUNK):
                part = users[start : start + _CHUNK]
                add_many(db, part, note, change)
        return change

    def start_session(
        self,
        session: Session,
        *,
        drop: Collection[str] = (),
        login_hash: str | None = None,
        renewed_jti: str | None = None,
        note: Note | None = None,
    ) -> Change:
        """Add a session.

        Args:
            session: The session.
            drop: Ids of sessions that make room for it.
            login_hash: For a login: the hash the password was checked against, which must still be the
                account's.
            renewed_jti: For a renewal: the session that asks, which must still be live.
            note: Who does it, where that is an administrative act.

        Raises:
            UnknownAccount: The account is gone.
            InvalidCredentials: The password was changed meanwhile.
            TokenRefused: The session that asks has ended meanwhile.
            AccountDisabled: The account is disabled.
        """
        with self._writing(note) as (db, change):
            row = require_user(db, session.user_id)
            if row.is_disabled:
                raise AccountDisabled
            if login_hash is not None and row.password_hash != login_hash:
                raise InvalidCredentials
            if renewed_jti is not None and db.get(SessionRow, renewed_jti) is None:
                raise TokenRefused(AuthReason.REVOKED)
            if login_hash is not None:
                row.last_login_at = session.issued_at
            start(db, session, change)
            end(db, SessionRow.jti.in_(list(drop)), change, EndReason.REVOKED)
            change.accounts.append(account_of(row))  # a login is no change that an editor must be told of
        return change

    def set_password(
        self,
        user_id: str,
        password_hash: str,
        note: Note,
        *,
        old_hash: str | None = None,
        session: Session | None = None,
        expected: int | None = None,
    ) -> Change:
        """Give an account another password and end its sessions.

        Args:
            user_id: The account.
            password_hash: The new hash.
            note: Who does it, and what is written of it.
            old_hash: The hash the current password was checked against, which must still be the account's.
            session: The one session it has afterwards.
            expected: The revision that the account must still have.

        Raises:
            UnknownAccount: The account is gone.
            ChangedMeanwhile: It has another revision.
            InvalidCredentials: The password was changed meanwhile.
            AccountDisabled: The account is disabled, and a session was asked for.
        """
        with self._writing(note) as (db, change):
            row = require_user(db, user_id, expected)
            if old_hash is not None and row.password_hash != old_hash:
                raise InvalidCredentials
            if session is not None and row.is_disabled:
                raise AccountDisabled
            row.password_hash = password_hash
            end(db, SessionRow.user_id == user_id, change, EndReason.PASSWORD_CHANGED)
            change.all_of = user_id if session is None else None
            if session is not None:
                start(db, session, change)
            changed(db, row, change)
        return change

    def update_user(
        self,
        user_id: str,
        note: Note,
        *,
        username: str | None = None,
        key: str | None = None,
        role: Role | None = None,
        expected: int | None = None,
    ) -> Change:
        """Rename an account or give it another role.

        Raises:
            UnknownAccount: The account is gone.
            ChangedMeanwhile: It has another revision than `expected`.
            UsernameTaken: Another one has this key.
        """
        with self._writing(note) as (db, change):
            row = require_user(db, user_id, expected)
            if username is not None and key is not None:
                if key != row.username_key:
                    require_free(db, key, username)
                row.username, row.username_key = username, key
            if role is not None:
                row.role = role.value
            changed(db, row, change)
        return change

    def set_disabled(
        self, user_id: str, is_disabled: bool, note: Note, *, expected: int | None = None
    ) -> Change:
        """Disable an account, which ends its sessions, or enable it.

        Raises:
            UnknownAccount: The account is gone.
            ChangedMeanwhile: It has another revision than `expected`.
        """
        with self._writing(note) as (db, change):
            row = require_user(db, user_id, expected)
            row.is_disabled = is_disabled
            if is_disabled:
                end(db, SessionRow.user_id == user_id, change, EndReason.DISABLED)
                change.all_of = user_id
            changed(db, row, change)
        return change

    def delete_user(self, user_id: str, note: Note, *, expected: int | None = None) -> Change:
        """Delete an account and its sessions.

        Raises:
            UnknownAccount: The account is gone already.
            ChangedMeanwhile: It has another revision than `expected`.
        """
        with self._writing(note) as (db, change):
            row = require_user(db, user_id, expected)
            end(db, SessionRow.user_id == user_id, change, EndReason.DELETED)
            change.all_of = user_id
            change.deleted.append(user_id)
            db.delete(row)
        return change

    def end_sessions(self, jtis: Collection[str], why: EndReason, note: Note | None = None) -> Change:
        """End sessions by id; those that are gone already do not matter."""
        with self._writing(note) as (db, change):
            end(db, SessionRow.jti.in_(list(jtis)), change, why)
        return change

    def end_sessions_of(self, user_id: str, except_jti: str | None, note: Note) -> Change:
        """End all sessions of a user but one."""
        with self._writing(note) as (db, change):
            condition = (SessionRow.user_id == user_id) & (SessionRow.jti != (except_jti or ""))
            end(db, condition, change, EndReason.REVOKED)
            change.all_of = user_id if except_jti is None else None
        return change

    def end_sessions_by_key(self, key_ids: Collection[str], note: Note | None = None) -> Change:
        """End all sessions of keys that no longer count; that they do not is known by then."""
        with self._writing(note) as (db, change):
            end(db, SessionRow.key_id.in_(list(key_ids)), change, None)
        return change

    def tidy(self, used: Collection[Session], now: float, audit_since: float) -> Change:
        """Note how sessions were last used; forget those that have expired, and old acts."""
        with self._writing() as (db, change):
            note_uses(db, used)
            end(db, SessionRow.expires_at <= now, change, None)
            db.execute(delete(AuditRow).where(AuditRow.time < audit_since))
        return change
