"""Sessions in the database. Each function works inside the transaction of its caller."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, bindparam, delete, insert, select, update
from sqlalchemy.orm import Session as OrmSession

from authws_desktop.accounts.errors import AccountDisabled, InvalidCredentials, TokenRefused, UnknownAccount
from authws_desktop.accounts.models import EndReason, Session
from authws_desktop.accounts.networks import as_networks, as_text, with_network
from authws_desktop.accounts.store.changes import MAX_ENDED
from authws_desktop.accounts.store.rows import account_of, session_row
from authws_desktop.accounts.store.tables import Base, EndedTokenRow, SessionRow, UserRow
from authws_desktop.accounts.store.transaction import Transaction
from authws_desktop.protocol.codes import AuthReason

_ENDED = Base.metadata.tables["ended_tokens"]
_NOTE_USE = (
    update(SessionRow.__table__)  # type: ignore[arg-type]
    .where(SessionRow.jti == bindparam("of_jti"))
    .values(last_used_at=bindparam("used_at"), address=bindparam("used_from"), app=bindparam("used_by"))
)


def log_in(
    tx: Transaction,
    session: Session,
    password_hash: str,
    address: str,
    drop: Collection[str],
    new_hash: str | None = None,
) -> None:
    """Add the session of somebody who gave the right password.

    Args:
        tx: The transaction.
        session: The session.
        password_hash: The hash the password was checked against, which must still be the account's.
        address: Where the login came from, which the account knows from now on; empty if unknown.
        drop: Ids of sessions that make room for it.
        new_hash: The hash to keep from now on, where the old one was made by another server.

    Raises:
        UnknownAccount: The account is gone.
        InvalidCredentials: The password was changed meanwhile.
        AccountDisabled: The account is disabled.
    """
    row = _require_enabled(tx.db, session.user_id)
    # The password was checked before this transaction: it may have been changed while it was hashed.
    if row.password_hash != password_hash:
        raise InvalidCredentials
    row.password_hash = new_hash or row.password_hash
    row.last_login_at = session.issued_at
    row.login_networks = as_text(with_network(as_networks(row.login_networks), address))
    _start(tx, row, session, drop)


def renew(tx: Transaction, session: Session, old_jti: str, drop: Collection[str]) -> None:
    """Add a session beside one that asks for it, which must still be live.

    Raises:
        UnknownAccount: The account is gone.
        TokenRefused: The session that asks has ended meanwhile.
        AccountDisabled: The account is disabled.
    """
    row = _require_enabled(tx.db, session.user_id)
    # The copy in memory said so before; another process may have ended it since.
    if tx.db.get(SessionRow, old_jti) is None:
        raise TokenRefused(AuthReason.REVOKED)
    _start(tx, row, session, drop)


def issue(tx: Transaction, session: Session, drop: Collection[str]) -> None:
    """Add a session that the host asks for.

    Raises:
        UnknownAccount: The account is gone.
        AccountDisabled: The account is disabled.
    """
    _start(tx, _require_enabled(tx.db, session.user_id), session, drop)


def add(tx: Transaction, session: Session) -> None:
    """Add a session of an account that is known to be enabled."""
    tx.db.add(session_row(session))
    tx.change.started.append(session)


def end(tx: Transaction, jtis: Collection[str], why: EndReason) -> None:
    """End sessions by id; those that are gone already do not matter."""
    end_where(tx, SessionRow.jti.in_(list(jtis)), why)


def end_of_user(tx: Transaction, user_id: str, except_jti: str | None) -> None:
    """End all sessions of a user but one."""
    condition = (SessionRow.user_id == user_id) & (SessionRow.jti != (except_jti or ""))
    end_where(tx, condition, EndReason.REVOKED)
    # Connections of tokens that were forgotten here end as well.
    tx.change.all_of = user_id if except_jti is None else None


def end_of_keys(tx: Transaction, key_ids: Collection[str]) -> None:
    """Remove all sessions of keys that no longer count; who was logged in by them was told before."""
    end_where(tx, SessionRow.key_id.in_(list(key_ids)), None)


def end_where(tx: Transaction, condition: ColumnElement[bool], why: EndReason | None) -> None:
    """Delete sessions, and remember that their tokens ended.

    Args:
        tx: The transaction.
        condition: Chooses the rows of `sessions`.
        why: The reason; `None` where nobody needs to be told and nothing need be remembered.
    """
    columns = (SessionRow.jti, SessionRow.user_id, SessionRow.expires_at)
    found = tx.db.execute(select(*columns).where(condition)).all()
    tx.change.ended.update((jti, user_id) for jti, user_id, _ in found)
    tx.change.why = why
    if found:
        tx.db.execute(delete(SessionRow).where(condition))
    if found and why is not None:
        tx.change.remembered.update((jti, expires_at) for jti, _, expires_at in found)
        tx.db.execute(
            insert(_ENDED), [{"jti": jti, "expires_at": expires_at} for jti, _, expires_at in found]
        )


def note_uses(tx: Transaction, used: Collection[Session]) -> None:
    """Write when, from where and by which program sessions were last used."""
    values = [
        {
            "of_jti": session.jti,
            "used_at": session.last_used_at,
            "used_from": session.address,
            "used_by": session.app,
        }
        for session in used
    ]
    if values:
        # One statement for all: it runs every minute over everyone who is connected.
        tx.db.connection().execute(_NOTE_USE, values)
        tx.change.used += [session.jti for session in used]


def forget_expired(tx: Transaction, now: float) -> None:
    """Forget sessions and ended tokens that have expired, and of the latter the oldest beyond `MAX_ENDED`."""
    end_where(tx, SessionRow.expires_at <= now, None)
    tx.db.execute(delete(EndedTokenRow).where(EndedTokenRow.expires_at <= now))
    newest = select(EndedTokenRow.expires_at).order_by(EndedTokenRow.expires_at.desc())
    # By time, the only order the table has: tokens that expire together go together.
    too_old = tx.db.scalar(newest.offset(MAX_ENDED).limit(1))
    if too_old is not None:
        tx.db.execute(delete(EndedTokenRow).where(EndedTokenRow.expires_at <= too_old))


def _require_enabled(db: OrmSession, user_id: str) -> UserRow:
    row = db.get(UserRow, user_id)
    if row is None:
        raise UnknownAccount(user_id)
    if row.is_disabled:
        raise AccountDisabled
    return row


def _start(tx: Transaction, row: UserRow, session: Session, drop: Collection[str]) -> None:
    add(tx, session)
    end(tx, drop, EndReason.REVOKED)
    tx.change.accounts.append(account_of(row))  # a login is no change that an editor must be told of
