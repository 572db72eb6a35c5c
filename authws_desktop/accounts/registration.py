"""Registration: open, with an invitation, or with the host's approval; and invitations and applicants."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import math
import uuid

from authws_desktop.accounts import names
from authws_desktop.accounts.administration import check_role
from authws_desktop.accounts.audit import OWNER, REGISTRATION, Actor, Note
from authws_desktop.accounts.audit_trail import AuditTrail
from authws_desktop.accounts.errors import (
    InvalidField,
    InviteInvalid,
    InviteRequired,
    UnknownAccount,
    UsernameTaken,
)
from authws_desktop.accounts.hashing import HashingQueue
from authws_desktop.accounts.invite_codes import fold_code, in_groups, new_code
from authws_desktop.accounts.ledger import Ledger
from authws_desktop.accounts.login_throttle import LoginThrottle
from authws_desktop.accounts.models import Account, Invite, IssuedToken, PendingAccount, Role, new_account
from authws_desktop.accounts.networks import network_of, with_network
from authws_desktop.accounts.registration_throttle import RegisterThrottle
from authws_desktop.accounts.sessions import Sessions
from authws_desktop.accounts.store import invites as rows
from authws_desktop.accounts.store import sessions as session_rows
from authws_desktop.accounts.store import users as user_rows
from authws_desktop.accounts.store.transaction import Transaction
from authws_desktop.settings import CurrentSettings

log = logging.getLogger(__name__)

MAX_INVITE_USES = 1_000_000


class Registrations:
    """Registers people, and keeps invitations and those who wait for approval.

    Args:
        ledger: Where accounts, invitations and applicants are kept.
        sessions: Starts a session for who registers.
        hashing: Hashes passwords in turn.
        throttle: Counts wrong invitations.
        audit: Takes a note of each act of a host.
        settings: The settings in force, read at each use.
    """

    def __init__(
        self,
        ledger: Ledger,
        sessions: Sessions,
        hashing: HashingQueue,
        throttle: LoginThrottle,
        audit: AuditTrail,
        settings: CurrentSettings,
    ) -> None:
        self._ledger = ledger
        self._mirror = ledger.mirror
        self._sessions = sessions
        self._hashing = hashing
        self._login_throttle = throttle
        self._register_throttle = RegisterThrottle(ledger.now)
        self._audit = audit
        self._settings = settings

    async def register(
        self, username: str, password: str, *, invite: str | None = None, address: str = "", app: str = ""
    ) -> IssuedToken:
        """Add a member's account and log it in.

        Args:
            username: As it shall be shown.
            password: Its password.
            invite: The invitation's code as typed, where one is needed; `None` where none is.
            address: Where the request comes from, for counting; empty if unknown.
            app: The client program's name.

        Raises:
            InvalidField: Username or password break their rules.
            InviteRequired: The code is empty.
            InviteInvalid: The invitation cannot be used; wrong ones count as failed logins of the address.
            UsernameTaken: Another account has this name.
            Throttled: Too many registrations or failures from this address.
            Busy: Too many passwords wait to be hashed.
            StoreError: The database cannot be used.
        """
        key = await self._admit(username, password, address, invite)
        hashed = await self._hashing.hash(password, lane=network_of(address))
        now = self._ledger.now()
        account = new_account(username, Role.MEMBER, now, now, with_network((), address))
        issued, session = self._sessions.new_token(account, address=address, app=app)
        code = None if invite is None else fold_code(invite)

        def add(tx: Transaction) -> None:
            # In one transaction with the account: two registrations cannot share the last use of an
            # invitation.
            if code is not None:
                rows.use(tx, code, now)
            user_rows.add(tx, account, key, hashed)
            session_rows.add(tx, session)

        change = await self._ledger.write(add, Note(REGISTRATION, now))
        log.info("Registered: %s, from %s", username, address or "here")
        return dataclasses.replace(issued, account=change.account)

    async def join_as_guest(self, username: str, *, address: str = "", app: str = "") -> IssuedToken:
        """Add a guest, who has a name and no password, and log it in; it ends with the event.

        Args:
            username: As it shall be shown.
            address: Where the request comes from, for counting; empty if unknown.
            app: The client program's name.

        Raises:
            InvalidField: The username breaks its rules.
            UsernameTaken: An account, somebody who waits or another guest has this name.
            Throttled: Too many registrations from this address.
            TooManyGuests: There are as many as may be.
            StoreError: The database cannot be used.
        """
        key = names.check_username(username)
        self._register_throttle.check(address, self._settings.values.register_rate)
        # Counted whatever comes of it: else names could be tried out without end.
        self._register_throttle.record(address)
        if self._mirror.find(key) is not None:
            raise UsernameTaken(username)
        # Nothing to hash, so no place in that queue: a class comes in at once. What is written waits in the
        # order of the ledger.
        now = self._ledger.now()
        account = new_account(username, Role.GUEST, now, now, with_network((), address))
        issued, session = self._sessions.new_token(account, address=address, app=app)

        def add(tx: Transaction) -> None:
            user_rows.add_guest(tx, account, key)
            session_rows.add(tx, session)

        change = await self._ledger.write(add, Note(REGISTRATION, now))
        log.info("Came in as a guest: %s, from %s", username, address or "here")
        return dataclasses.replace(issued, account=change.account)

    async def leave_as_guest(self, user_id: str) -> None:
        """Delete a guest who logs out, as nobody could ever come back as it; the name is free again."""
        # The host may have ended all guests in the same moment.
        with contextlib.suppress(UnknownAccount):
            await self._ledger.write(
                lambda tx: user_rows.delete(tx, user_id), Note(OWNER, self._ledger.now())
            )

    async def apply(
        self, username: str, password: str, *, address: str = "", app: str = ""
    ) -> PendingAccount:
        """Ask for an account, which the host approves or denies. Until then it cannot log in.

        Args:
            username: As it shall be shown.
            password: Its password.
            address: Where the request comes from; empty if unknown.
            app: The client program's name.

        Raises:
            InvalidField: Username or password break their rules.
            UsernameTaken: Another account, or somebody who waits, has this name.
            TooManyPending: Too many wait already.
            Throttled: Too many registrations from this address.
            Busy: Too many passwords wait to be hashed.
            StoreError: The database cannot be used.
        """
        key = await self._admit(username, password, address, None)
        hashed = await self._hashing.hash(password, lane=network_of(address))
        address, app = names.clean_label(address), names.clean_label(app)
        pending = PendingAccount(str(uuid.uuid4()), username, self._ledger.now(), address, app)
        await self._ledger.write(lambda tx: rows.add_applicant(tx, pending, key, hashed))
        log.info("Asks for an account: %s, from %s", username, address or "here")
        return pending

    async def _admit(self, username: str, password: str, address: str, invite: str | None) -> str:
        """Check all that needs no hash; return the name's key.

        The invitation is looked at before the name: without one, nobody learns which names are taken.
        """
        key = names.check_username(username)
        names.check_password(password, least_chars=self._settings.values.min_password)
        self._register_throttle.check(address, self._settings.values.register_rate)
        # Before anything is counted: who is told to come again must not have used up an attempt.
        self._hashing.require_room(network_of(address))
        if invite is not None:
            await self._check_invite(invite, address)
        self._register_throttle.record(address)
        if self._mirror.find(key) is not None:
            raise UsernameTaken(username)
        return key

    async def _check_invite(self, typed: str, address: str) -> None:
        self._login_throttle.check_address(address, self._settings.values.auth_rate)
        code = fold_code(typed)
        if not code:
            raise InviteRequired
        if code not in self._mirror.invites:
            await self._ledger.follow_database()  # it may have been made by another process a moment ago
        try:
            rows.require_usable(self._mirror.invites.get(code), self._ledger.now())
        except InviteInvalid:
            self._login_throttle.record_wrong_code(address, code, self._settings.values.auth_rate)
            raise

    # Invitations

    def invites(self) -> list[Invite]:
        """Return all invitations, newest first, those that cannot be used any more included."""
        return sorted(self._mirror.invites.values(), key=lambda invite: -invite.created_at)

    async def create_invite(
        self,
        label: str = "",
        max_uses: int | None = None,
        expires_at: float | None = None,
    ) -> Invite:
        """Make an invitation.

        Args:
            label: A name for the host's own use; may be empty.
            max_uses: How many accounts can be made with it; `None` for any number.
            expires_at: Seconds since the epoch; `None` if it does not expire.

        Raises:
            InvalidField: A value is out of range, or there are too many invitations.
        """
        now = self._ledger.now()
        if max_uses is not None and not 1 <= max_uses <= MAX_INVITE_USES:
            raise InvalidField("maxUses", f"The number of uses must be from 1 to {MAX_INVITE_USES:,}.")
        if expires_at is not None and not (math.isfinite(expires_at) and expires_at > now):
            raise InvalidField("expiresAt", "The expiry must be in the future.")
        code = new_code()
        invite = Invite(in_groups(code), names.clean_label(label), 0, max_uses, expires_at, now)
        note = self._audit.note("create invite", invite.label or invite.code[:4])
        await self._ledger.write(lambda tx: rows.add(tx, code, invite), note)
        return invite

    async def revoke_invite(self, code: str) -> None:
        """End an invitation; accounts made with it stay. One that is gone already does not matter."""
        key = fold_code(code)
        invite = self._mirror.invites.get(key)
        note = self._audit.note("revoke invite", (invite.label if invite else "") or key[:4])
        await self._ledger.write(lambda tx: rows.remove(tx, key), note)

    # Approval

    def pending(self) -> list[PendingAccount]:
        """Return the people who wait for approval, oldest first."""
        return sorted(self._mirror.pending.values(), key=lambda pending: pending.asked_at)

    async def approve(
        self, pending_id: str, role: str = Role.MEMBER, *, actor: Actor | None = None
    ) -> Account:
        """Make an account of somebody who waits; the chosen password is its password.

        Raises:
            InvalidField: There is no such role.
            UnknownAccount: Nobody waits by this id any more.
        """
        checked_role = check_role(role)
        note = self._audit.note("approve user", self._name_of_pending(pending_id), actor)
        change = await self._audit.act(note, lambda tx: rows.approve(tx, pending_id, checked_role, note.time))
        return change.account

    async def deny(self, pending_id: str, *, actor: Actor | None = None) -> None:
        """Forget somebody who waits; the name is free again.

        Raises:
            UnknownAccount: Nobody waits by this id any more.
        """
        note = self._audit.note("deny user", self._name_of_pending(pending_id), actor)
        await self._audit.act(note, lambda tx: rows.deny(tx, pending_id))

    def _name_of_pending(self, pending_id: str) -> str:
        pending = self._mirror.pending.get(pending_id)
        return pending_id if pending is None else pending.username
