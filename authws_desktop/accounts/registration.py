"""How people become users: by themselves, with an invitation, or with the host's approval."""

from __future__ import annotations

import dataclasses
import math
import uuid

from authws_desktop.accounts import names
from authws_desktop.accounts.administration import Administration, check_role
from authws_desktop.accounts.audit import REGISTRATION, Actor, Note
from authws_desktop.accounts.errors import InvalidField, InviteInvalid, InviteRequired, UsernameTaken
from authws_desktop.accounts.invite_codes import fold_code, in_groups, new_code
from authws_desktop.accounts.records import Account, Invite, IssuedToken, PendingAccount, Role
from authws_desktop.accounts.store_steps import require_usable

MAX_INVITE_USES = 1_000_000


class Registration(Administration):
    """Registering, and what the host does about it."""

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
        hashed = await self._hashing.hash(password)
        account = self._new_account(username, Role.MEMBER, self._now())
        issued, session = self._new_token(account, self.token_life_s, address, app)
        note = Note(REGISTRATION, self._now())
        code = None if invite is None else fold_code(invite)
        change = await self._write(
            lambda: self._store.add_user(account, key, hashed, note, session=session, invite=code)
        )
        return dataclasses.replace(issued, account=change.account)

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
        hashed = await self._hashing.hash(password)
        address, app = names.clean_label(address), names.clean_label(app)
        pending = PendingAccount(str(uuid.uuid4()), username, self._now(), address, app)
        await self._write(lambda: self._store.add_applicant(pending, key, hashed))
        return pending

    async def _admit(self, username: str, password: str, address: str, invite: str | None) -> str:
        """Check all that needs no hash; return the name's key.

        The invitation is looked at before the name: without one, nobody learns which names are taken.
        """
        key = names.check_username(username)
        names.check_password(password)
        self._register_throttle.check(address, self.register_rate)
        self._hashing.require_room()
        if invite is not None:
            await self._check_invite(invite, address)
        self._register_throttle.record(address)
        if self._mirror.find(key) is not None:
            raise UsernameTaken(username)
        return key

    async def _check_invite(self, typed: str, address: str) -> None:
        self._login_throttle.check_address(address, self.auth_rate)
        code = fold_code(typed)
        if not code:
            raise InviteRequired
        if code not in self._mirror.invites:
            await self._follow_database()  # it may have been made by another process a moment ago
        try:
            require_usable(self._mirror.invites.get(code), self._now())
        except InviteInvalid:
            self._login_throttle.record_address_failure(address, self.auth_rate)
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
        *,
        actor: Actor | None = None,
    ) -> Invite:
        """Make an invitation.

        Args:
            label: What it is for.
            max_uses: How many accounts can be made with it; `None` for any number.
            expires_at: Seconds since the epoch; `None` if it does not expire.
            actor: Who acts.

        Raises:
            InvalidField: A value is out of range, or there are too many invitations.
        """
        now = self._now()
        if max_uses is not None and not 1 <= max_uses <= MAX_INVITE_USES:
            raise InvalidField("maxUses", f"The number of uses must be from 1 to {MAX_INVITE_USES:,}.")
        if expires_at is not None and not (math.isfinite(expires_at) and expires_at > now):
            raise InvalidField("expiresAt", "The expiry must be in the future.")
        code = new_code()
        invite = Invite(in_groups(code), names.clean_label(label), 0, max_uses, expires_at, now)
        note = self._note("create invite", invite.label or invite.code[:4], actor)
        await self._write(lambda: self._store.add_invite(code, invite, note))
        return invite

    async def revoke_invite(self, code: str, *, actor: Actor | None = None) -> None:
        """End an invitation; accounts made with it stay. One that is gone already does not matter."""
        key = fold_code(code)
        invite = self._mirror.invites.get(key)
        note = self._note("revoke invite", (invite.label if invite else "") or key[:4], actor)
        await self._write(lambda: self._store.remove_invite(key, note))

    # Approval

    def pending(self) -> list[PendingAccount]:
        """Return who waits for approval, oldest first."""
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
        note = self._note("approve user", self._name_of_pending(pending_id), actor)
        return (await self._act(note, lambda: self._store.approve(pending_id, checked_role, note))).account

    async def deny(self, pending_id: str, *, actor: Actor | None = None) -> None:
        """Forget somebody who waits; the name is free again.

        Raises:
            UnknownAccount: Nobody waits by this id any more.
        """
        note = self._note("deny user", self._name_of_pending(pending_id), actor)
        await self._act(note, lambda: self._store.deny(pending_id, note))

    def _name_of_pending(self, pending_id: str) -> str:
        pending = self._mirror.pending.get(pending_id)
        return pending_id if pending is None else pending.username
