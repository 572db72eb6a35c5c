"""What is asked of the database: one method, one transaction. Blocking; used by one thread."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Connection, delete, select, update
from sqlalchemy.orm import Session as OrmSession

from authws_desktop.accounts.database import Database
from authws_desktop.accounts.errors import (
    AccountDisabled,
    InvalidCredentials,
    TokenRefused,
    UnknownAccount,
    UsernameTaken,
)
from authws_desktop.accounts.models import MetaRow, SessionRow, UserRow
from authws_desktop.accounts.records import Account, EndReason, Role, Session
from authws_desktop.protocol.codes import AuthReason


@dataclass(frozen=True)
class Credentials:
    """What a login is checked against. The repr leaves the hash out."""

    account: Account
    password_hash: str = field(repr=False)


@dataclass(frozen=True)
class Snapshot:
    """All there is, at one revision. Sessions that have expired may be among them."""

    revision: int
    accounts: list[tuple[Account, str]]
    sessions: list[Session]


@dataclass
class Change:
    """What one write did.

    Attributes:
        revision: The database's revision after it; the one before was one less.
        accounts: Accounts as they are now, each with its key.
        deleted: Ids of accounts that are gone.
        started: Sessions that began.
        ended: Sessions that ended: id and whose.
        why: Why they ended; `None` if there is nobody to tell.
        all_of: The user all of whose sessions ended, also those nobody knew of.
        used: When sessions were last used, by id.
    """

    revision: int
    accounts: list[tuple[Account, str]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    started: list[Session] = field(default_factory=list)
    ended: dict[str, str] = field(default_factory=dict)
    why: EndReason | None = None
    all_of: str | None = None

    @property
    def account(self) -> Account:
        """The one account concerned."""
        return self.accounts[0][0]


class Store:
    """The tables of accounts and sessions.

    Args:
        database: Where they are; opened and closed by its owner.
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
            return Snapshot(revision, [_account(row) for row in users], [_session(row) for row in sessions])

    def credentials(self, key: str) -> Credentials | None:
        """Return what a login with this folded username is checked against."""
        return self._credentials(UserRow.username_key == key)

    def credentials_of(self, user_id: str) -> Credentials | None:
        """Return what a password of this account is checked against."""
        return self._credentials(UserRow.id == user_id)

    def _credentials(self, condition: ColumnElement[bool]) -> Credentials | None:
        with self._database.reading() as connection, OrmSession(connection) as db:
            row = db.scalars(select(UserRow).where(condition)).one_or_none()
            return None if row is None else Credentials(_account(row)[0], row.password_hash)

    def add_user(
        self, account: Account, key: str, password_hash: str, session: Session | None = None
    ) -> Change:
        """Add an account, and its first session where it logs in at once.

        Raises:
            UsernameTaken: Another one has this key.
        """
        with self._writing() as (db, change):
            _require_free(db, key, account.username)
            row = UserRow(
                id=account.id,
                username=account.username,
                username_key=key,
                password_hash=password_hash,
                role=account.role.value,
                created_at=account.created_at,
                last_login_at=account.last_login_at,
                is_disabled=account.is_disabled,
            )
            db.add(row)
            _changed(db, row, change)
            if session is not None:
                _start(db, session, change)
        return change

    def start_session(
        self,
        session: Session,
        *,
        drop: Collection[str] = (),
        login_hash: str | None = None,
        renewed_jti: str | None = None,
    ) -> Change:
        """Add a session.

        Args:
            session: The session.
            drop: Ids of sessions that make room for it.
            login_hash: For a login: the hash the password was checked against, which must still be the
                account's.
            renewed_jti: For a renewal: the session that asks, which must still be live.

        Raises:
            UnknownAccount: The account is gone.
            InvalidCredentials: The password was changed meanwhile.
            TokenRefused: The session that asks has ended meanwhile.
            AccountDisabled: The account is disabled.
        """
        with self._writing() as (db, change):
            row = _require_user(db, session.user_id)
            if row.is_disabled:
                raise AccountDisabled
            if login_hash is not None and row.password_hash != login_hash:
                raise InvalidCredentials
            if renewed_jti is not None and db.get(SessionRow, renewed_jti) is None:
                raise TokenRefused(AuthReason.REVOKED)
            if login_hash is not None:
                row.last_login_at = session.issued_at
            _start(db, session, change)
            _end(db, SessionRow.jti.in_(list(drop)), change, EndReason.REVOKED)
            change.accounts.append(_account(row))  # a login is no change that an editor must be told of
        return change

    def set_password(
        self, user_id: str, password_hash: str, *, old_hash: str | None = None, session: Session | None = None
    ) -> Change:
        """Give an account another password and end its sessions.

        Args:
            user_id: The account.
            password_hash: The new hash.
            old_hash: The hash the current password was checked against, which must still be the account's.
            session: The one session it has afterwards.

        Raises:
            UnknownAccount: The account is gone.
            InvalidCredentials: The password was changed meanwhile.
            AccountDisabled: The account is disabled, and a session was asked for.
        """
        with self._writing() as (db, change):
            row = _require_user(db, user_id)
            if old_hash is not None and row.password_hash != old_hash:
                raise InvalidCredentials
            if session is not None and row.is_disabled:
                raise AccountDisabled
            row.password_hash = password_hash
            _end(db, SessionRow.user_id == user_id, change, EndReason.PASSWORD_CHANGED)
            change.all_of = user_id if session is None else None
            if session is not None:
                _start(db, session, change)
            _changed(db, row, change)
        return change

    def update_user(
        self, user_id: str, *, username: str | None = None, key: str | None = None, role: Role | None = None
    ) -> Change:
        """Rename an account or give it another role.

        Raises:
            UnknownAccount: The account is gone.
            UsernameTaken: Another one has this key.
        """
        with self._writing() as (db, change):
            row = _require_user(db, user_id)
            if username is not None and key is not None:
                if key != row.username_key:
                    _require_free(db, key, username)
                row.username, row.username_key = username, key
            if role is not None:
                row.role = role.value
            _changed(db, row, change)
        return change

    def set_disabled(self, user_id: str, is_disabled: bool) -> Change:
        """Disable an account, which ends its sessions, or enable it.

        Raises:
            UnknownAccount: The account is gone.
        """
        with self._writing() as (db, change):
            row = _require_user(db, user_id)
            row.is_disabled = is_disabled
            if is_disabled:
                _end(db, SessionRow.user_id == user_id, change, EndReason.DISABLED)
                change.all_of = user_id
            _changed(db, row, change)
        return change

    def delete_user(self, user_id: str) -> Change:
        """Delete an account and its sessions.

        Raises:
            UnknownAccount: The account is gone already.
        """
        with self._writing() as (db, change):
            row = _require_user(db, user_id)
            _end(db, SessionRow.user_id == user_id, change, EndReason.DELETED)
            change.all_of = user_id
            change.deleted.append(user_id)
            db.delete(row)
        return change

    def end_sessions(self, jtis: Collection[str], why: EndReason) -> Change:
        """End sessions by id; those that are gone already do not matter."""
        with self._writing() as (db, change):
            _end(db, SessionRow.jti.in_(list(jtis)), change, why)
        return change

    def end_sessions_of(self, user_id: str, except_jti: str | None) -> Change:
        """End all sessions of a user but one."""
        with self._writing() as (db, change):
            condition = (SessionRow.user_id == user_id) & (SessionRow.jti != (except_jti or ""))
            _end(db, condition, change, EndReason.REVOKED)
            change.all_of = user_id if except_jti is None else None
        return change

    def end_sessions_by_key(self, key_ids: Collection[str]) -> Change:
        """End all sessions of keys that no longer count; that they do not is known by then."""
        with self._writing() as (db, change):
            _end(db, SessionRow.key_id.in_(list(key_ids)), change, None)
        return change

    def tidy(self, used: Mapping[str, float], now: float) -> Change:
        """Note when sessions were last used, and forget those that have expired."""
        with self._writing() as (db, change):
            for jti, time in used.items():
                db.execute(update(SessionRow).where(SessionRow.jti == jti).values(last_used_at=time))
            _end(db, SessionRow.expires_at <= now, change, None)
        return change

    @contextlib.contextmanager
    def _writing(self) -> Iterator[tuple[OrmSession, Change]]:
        with self._database.writing() as connection, OrmSession(connection) as db:
            change = Change(_next_revision(connection))
            yield db, change
            db.flush()


def _next_revision(connection: Connection) -> int:
    # The first statement of every write: writers queue for this row, so that what they check stays true.
    connection.execute(update(MetaRow).values(revision=MetaRow.revision + 1))
    return connection.execute(select(MetaRow.revision)).scalar_one()


def _require_user(db: OrmSession, user_id: str) -> UserRow:
    row = db.get(UserRow, user_id)
    if row is None:
        raise UnknownAccount(user_id)
    return row


def _require_free(db: OrmSession, key: str, username: str) -> None:
    if db.scalar(select(UserRow.id).where(UserRow.username_key == key)) is not None:
        raise UsernameTaken(username)


def _changed(db: OrmSession, row: UserRow, change: Change) -> None:
    row.revision = change.revision
    db.flush()
    change.accounts.append(_account(row))


def _start(db: OrmSession, session: Session, change: Change) -> None:
    db.add(
        SessionRow(
            jti=session.jti,
            user_id=session.user_id,
            issued_at=session.issued_at,
            expires_at=session.expires_at,
            last_used_at=session.last_used_at,
            address=session.address,
            app=session.app,
            key_id=session.key_id,
        )
    )
    change.started.append(session)


def _end(db: OrmSession, condition: ColumnElement[bool], change: Change, why: EndReason | None) -> None:
    """Delete sessions; `why` is `None` where nobody needs to be told."""
    found = db.execute(select(SessionRow.jti, SessionRow.user_id).where(condition)).all()
    change.ended.update((jti, user_id) for jti, user_id in found)
    change.why = why
    if found:
        db.execute(delete(SessionRow).where(condition))


def _account(row: UserRow) -> tuple[Account, str]:
    account = Account(
        row.id,
        row.username,
        _role(row.role),
        row.created_at,
        row.last_login_at,
        row.is_disabled,
        row.revision,
    )
    return account, row.username_key


def _role(text: str) -> Role:
    return Role.HOST if text == Role.HOST else Role.MEMBER  # what is not known gives no rights


def _session(row: SessionRow) -> Session:
    return Session(
        row.jti,
        row.user_id,
        row.issued_at,
        row.expires_at,
        row.last_used_at,
        row.address,
        row.app,
        row.key_id,
    )
