"""Rows of the tables as the immutable values that the program works with."""

from __future__ import annotations

from typing import Any

from authws_desktop.accounts.audit import AUDIT_TEXT_MAX_CHARS, AuditEntry, Note
from authws_desktop.accounts.invite_codes import in_groups
from authws_desktop.accounts.models import Account, Invite, PendingAccount, Role, Session
from authws_desktop.accounts.names import LABEL_MAX_CHARS
from authws_desktop.accounts.networks import as_networks, as_text
from authws_desktop.accounts.store.tables import ApplicantRow, AuditRow, InviteRow, SessionRow, UserRow


def account_of(row: UserRow) -> tuple[Account, str]:
    """Return an account, and the key of its name."""
    account = Account(
        row.id,
        row.username,
        _role(row.role),
        row.created_at,
        row.last_login_at,
        row.is_disabled,
        row.revision,
        row.changed_by,
        row.changed_at,
        as_networks(row.login_networks),
    )
    return account, row.username_key


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        return Role.MEMBER  # what is not known gives no rights


def user_row(account: Account, key: str, password_hash: str) -> UserRow:
    """Return the row of a new account."""
    return UserRow(**user_values(account, key, password_hash))


def user_values(account: Account, key: str, password_hash: str) -> dict[str, Any]:
    """Return the columns of a new account."""
    return {
        "id": account.id,
        "username": account.username,
        "username_key": key,
        "password_hash": password_hash,
        "role": account.role.value,
        "created_at": account.created_at,
        "last_login_at": account.last_login_at,
        "is_disabled": account.is_disabled,
        "login_networks": as_text(account.login_networks),
    }


def session_of(row: SessionRow) -> Session:
    """Return a session."""
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


def session_row(session: Session) -> SessionRow:
    """Return the row of a new session."""
    return SessionRow(
        jti=session.jti,
        user_id=session.user_id,
        issued_at=session.issued_at,
        expires_at=session.expires_at,
        last_used_at=session.last_used_at,
        address=session.address,
        app=session.app,
        key_id=session.key_id,
    )


def invite_of(row: InviteRow) -> Invite:
    """Return an invitation, with its code as it is shown."""
    return Invite(in_groups(row.code), row.label, row.uses, row.max_uses, row.expires_at, row.created_at)


def pending_of(row: ApplicantRow) -> PendingAccount:
    """Return an applicant."""
    return PendingAccount(row.id, row.username, row.asked_at, row.address, row.app)


def audit_row(note: Note, outcome: str) -> AuditRow:
    """Return the row of an act."""
    return AuditRow(**audit_values(note, outcome))


def audit_values(note: Note, outcome: str) -> dict[str, Any]:
    """Return the columns of an act; texts that are too long are cut."""
    return {
        "time": note.time,
        "actor": note.actor.name[:AUDIT_TEXT_MAX_CHARS],
        "act": note.act[:AUDIT_TEXT_MAX_CHARS],
        "target": note.target[:AUDIT_TEXT_MAX_CHARS],
        "address": note.actor.address[:LABEL_MAX_CHARS],
        "outcome": outcome[:AUDIT_TEXT_MAX_CHARS],
    }


def audit_entry_of(row: AuditRow) -> AuditEntry:
    """Return an act."""
    return AuditEntry(row.id, row.time, row.actor, row.act, row.target, row.address, row.outcome)
