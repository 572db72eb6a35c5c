"""Invitations and applicants in the database."""

from __future__ import annotations

from sqlalchemy import func, select

from authws_desktop.accounts.audit import Note
from authws_desktop.accounts.changes import Change
from authws_desktop.accounts.errors import InvalidField, TooManyPending, UnknownAccount
from authws_desktop.accounts.models import ApplicantRow, InviteRow
from authws_desktop.accounts.records import Account, Invite, PendingAccount, Role
from authws_desktop.accounts.rows import invite_of, pending_of, user_row
from authws_desktop.accounts.store_base import StoreBase
from authws_desktop.accounts.store_steps import changed, require_free

MAX_INVITES = 1000
MAX_PENDING = 500
"""People who may wait for approval at the same time; more would only fill the disk."""


class RegistrationStore(StoreBase):
    """The tables of invitations and applicants."""

    def add_invite(self, code: str, invite: Invite, note: Note) -> Change:
        """Add an invitation.

        Raises:
            InvalidField: There are too many.
        """
        with self._writing(note) as (db, change):
            if (db.scalar(select(func.count()).select_from(InviteRow)) or 0) >= MAX_INVITES:
                text = (
                    f"There are {MAX_INVITES:,} invitations already. Revoke some that are no longer needed."
                )
                raise InvalidField("label", text)
            row = InviteRow(
                code=code,
                label=invite.label,
                uses=invite.uses,
                max_uses=invite.max_uses,
                expires_at=invite.expires_at,
                created_at=invite.created_at,
            )
            db.add(row)
            change.invites[code] = invite_of(row)
        return change

    def remove_invite(self, code: str, note: Note) -> Change:
        """Remove an invitation; one that is gone already does not matter."""
        with self._writing(note) as (db, change):
            row = db.get(InviteRow, code)
            if row is not None:
                db.delete(row)
            change.invites[code] = None
        return change

    def add_applicant(self, pending: PendingAccount, key: str, password_hash: str) -> Change:
        """Add somebody who waits for approval.

        Raises:
            UsernameTaken: The name is somebody's, or another applicant's.
            TooManyPending: Too many wait.
        """
        with self._writing() as (db, change):
            require_free(db, key, pending.username)
            if (db.scalar(select(func.count()).select_from(ApplicantRow)) or 0) >= MAX_PENDING:
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
            db.add(row)
            change.pending[row.id] = pending_of(row)
        return change

    def approve(self, applicant_id: str, role: Role, note: Note) -> Change:
        """Make an applicant a user.

        Raises:
            UnknownAccount: The applicant is gone.
            UsernameTaken: The name is somebody's by now.
        """
        with self._writing(note) as (db, change):
            row = db.get(ApplicantRow, applicant_id)
            if row is None:
                raise UnknownAccount(applicant_id)
            require_free(db, row.username_key, row.username, applicant_id=row.id)
            account = Account(row.id, row.username, role, note.time, None, False)
            user = user_row(account, row.username_key, row.password_hash)
            db.delete(row)
            db.add(user)
            change.pending[applicant_id] = None
            changed(db, user, change)
        return change

    def deny(self, applicant_id: str, note: Note) -> Change:
        """Remove an applicant.

        Raises:
            UnknownAccount: The applicant is gone.
        """
        with self._writing(note) as (db, change):
            row = db.get(ApplicantRow, applicant_id)
            if row is None:
                raise UnknownAccount(applicant_id)
            db.delete(row)
            change.pending[applicant_id] = None
        return change
