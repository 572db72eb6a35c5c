"""Invitations and applicants in the database. Each function works inside the transaction of its caller."""

from __future__ import annotations

from sqlalchemy import func, select

from authws_desktop.accounts.errors import InvalidField, InviteInvalid, TooManyPending, UnknownAccount
from authws_desktop.accounts.models import Account, Invite, PendingAccount, Role
from authws_desktop.accounts.store import users
from authws_desktop.accounts.store.rows import invite_of, pending_of, user_row
from authws_desktop.accounts.store.tables import ApplicantRow, InviteRow
from authws_desktop.accounts.store.transaction import Transaction

MAX_INVITES = 1000
"""Every server holds all of them in memory (`mirror`), and the window lists them."""
MAX_PENDING = 500
"""People who may wait for approval at the same time; more would only fill the disk."""


def add(tx: Transaction, code: str, invite: Invite) -> None:
    """Add an invitation.

    Raises:
        InvalidField: There are too many.
    """
    if (tx.db.scalar(select(func.count()).select_from(InviteRow)) or 0) >= MAX_INVITES:
        text = f"There are {MAX_INVITES:,} invitations already. Revoke some that are no longer needed."
        raise InvalidField("label", text)
    row = InviteRow(
        code=code,
        label=invite.label,
        uses=invite.uses,
        max_uses=invite.max_uses,
        expires_at=invite.expires_at,
        created_at=invite.created_at,
    )
    tx.db.add(row)
    tx.change.invites[code] = invite_of(row)


def use(tx: Transaction, code: str, now: float) -> None:
    """Count one use of an invitation.

    Raises:
        InviteInvalid: It cannot be used.
    """
    row = tx.db.get(InviteRow, code)
    invite = None if row is None else invite_of(row)
    # Again, though `Registrations` has looked: its look was in the copy, before the hash.
    require_usable(invite, now)
    if row is not None:
        row.uses += 1
        tx.change.invites[code] = invite_of(row)


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


def remove(tx: Transaction, code: str) -> None:
    """Remove an invitation; one that is gone already does not matter."""
    row = tx.db.get(InviteRow, code)
    if row is not None:
        tx.db.delete(row)
    tx.change.invites[code] = None


def add_applicant(tx: Transaction, pending: PendingAccount, key: str, password_hash: str) -> None:
    """Add somebody who waits for approval.

    Raises:
        UsernameTaken: The name is somebody's, or another applicant's.
        TooManyPending: Too many wait.
    """
    users.require_free(tx.db, key, pending.username)
    # Counted inside the transaction, which holds the write lock: no two can take the last place.
    if (tx.db.scalar(select(func.count()).select_from(ApplicantRow)) or 0) >= MAX_PENDING:
        raise TooManyPending
    row = ApplicantRow(
        id=pending.id,
        username=pending.username,
        username_key=key,
        password_hash=password_hash,
        asked_at=pending.asked_at,
        address=pending.address,
        app=pending.app,
    )
    tx.db.add(row)
    tx.change.pending[row.id] = pending_of(row)


def approve(tx: Transaction, applicant_id: str, role: Role, now: float) -> None:
    """Make an applicant a user.

    Raises:
        UnknownAccount: The applicant is gone.
        UsernameTaken: The name is somebody's by now.
    """
    row = _require_applicant(tx, applicant_id)
    users.require_free(tx.db, row.username_key, row.username, applicant_id=row.id)
    account = Account(row.id, row.username, role, now, None, False)
    user = user_row(account, row.username_key, row.password_hash)
    tx.db.delete(row)
    tx.db.add(user)
    tx.change.pending[applicant_id] = None
    users.changed(tx, user)


def deny(tx: Transaction, applicant_id: str) -> None:
    """Remove an applicant.

    Raises:
        UnknownAccount: The applicant is gone.
    """
    tx.db.delete(_require_applicant(tx, applicant_id))
    tx.change.pending[applicant_id] = None


def _require_applicant(tx: Transaction, applicant_id: str) -> ApplicantRow:
    row = tx.db.get(ApplicantRow, applicant_id)
    if row is None:
        raise UnknownAccount(applicant_id)
    return row
