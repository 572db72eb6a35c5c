"""What a host does with accounts, sessions and the secret."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import uuid
from collections.abc import Callable

from authws_desktop.accounts import names
from authws_desktop.accounts.audit import DONE, Actor, AuditEntry, Note
from authws_desktop.accounts.changes import Change
from authws_desktop.accounts.core import AccountsCore
from authws_desktop.accounts.errors import (
    AccountDisabled,
    ChangedMeanwhile,
    InvalidField,
    StoreError,
    UnknownAccount,
    UsernameTaken,
)
from authws_desktop.accounts.records import Account, EndReason, IssuedToken, Role
from authws_desktop.accounts.waits import Lockout

MAX_TOKEN_LIFE_S = 365 * 24 * 60 * 60
KEEP_MARGIN_S = 60.0
"""For tokens that another process signs with the old secret before it notices the new one."""
_AUDITED_REFUSALS = (AccountDisabled, ChangedMeanwhile, UnknownAccount, UsernameTaken)


class Administration(AccountsCore):
    """The acts of a host. Each is done, in memory and on disk, when its await returns.

    An act whose await is cancelled is done all the same once its transaction has begun. All of them raise
    `StoreError` when the database cannot be used. Each is written to the audit with its change, under the
    name of `actor`, or of whom the object was made for; what is refused is written too, but for input that
    breaks a rule.

    Where an act takes `expected_revision`, it raises `ChangedMeanwhile`, and does nothing, unless that is
    the `revision` the account still has.
    """

    async def create(
        self, username: str, password: str, role: str = Role.MEMBER, *, actor: Actor | None = None
    ) -> Account:
        """Add an account. Unlike at registration, reserved names such as "admin" are allowed.

        Args:
            username: As it shall be shown.
            password: Its first password.
            role: `host` or `member`.
            actor: Who acts.

        Raises:
            InvalidField: Username, password or role break their rules.
            UsernameTaken: Another account has this name.
            Busy: Too many passwords wait to be hashed.
        """
        key, checked_role = names.check_username(username, allow_reserved=True), check_role(role)
        names.check_password(password)
        note = self._note("create user", username, actor)
        if self._mirror.find(key) is not None:
            await self._note_refusal(note, refusal := UsernameTaken(username))
            raise refusal
        hashed = await self._hashing.hash(password)
        account = self._new_account(username, checked_role, None)
        return (await self._act(note, lambda: self._store.add_user(account, key, hashed, note))).account

    async def update(
        self,
        user_id: str,
        *,
        username: str | None = None,
        role: str | None = None,
        expected_revision: int | None = None,
        actor: Actor | None = None,
    ) -> Account:
        """Rename an account or give it another role; its tokens stay valid.

        Raises:
            InvalidField: Username or role break their rules.
            UsernameTaken: Another account has this name.
            UnknownAccount: The account is gone.
            ChangedMeanwhile: Somebody else changed it.
        """
        key = None if username is None else names.check_username(username, allow_reserved=True)
        checked_role = None if role is None else check_role(role)
        note = self._note("update user", self._name_of(user_id), actor)
        change = await self._act(
            note,
            lambda: self._store.update_user(
                user_id, note, username=username, key=key, role=checked_role, expected=expected_revision
            ),
        )
        return change.account

    async def set_disabled(
        self,
        user_id: str,
        is_disabled: bool,
        *,
        expected_revision: int | None = None,
        actor: Actor | None = None,
    ) -> Account:
        """Disable an account, which ends all its tokens, or enable it.

        Raises:
            UnknownAccount: The account is gone.
            ChangedMeanwhile: Somebody else changed it.
        """
        act = "disable user" if is_disabled else "enable user"
        note = self._note(act, self._name_of(user_id), actor)
        change = await self._act(
            note,
            lambda: self._store.set_disabled(user_id, is_disabled, note, expected=expected_revision),
        )
        return change.account

    async def reset_password(
        self,
        user_id: str,
        password: str,
        *,
        expected_revision: int | None = None,
        actor: Actor | None = None,
    ) -> Account:
        """Give an account another password, which ends all its tokens and the wait after failed logins.

        Raises:
            InvalidField: The password breaks its rules.
            UnknownAccount: The account is gone.
            ChangedMeanwhile: Somebody else changed it.
            Busy: Too many passwords wait to be hashed.
        """
        names.check_password(password)
        hashed = await self._hashing.hash(password)
        note = self._note("reset password", self._name_of(user_id), actor)
        change = await self._act(
            note, lambda: self._store.set_password(user_id, hashed, note, expected=expected_revision)
        )
        self._login_throttle.record_success(names.fold(change.account.username))
        return change.account

    async def delete(
        self, user_id: str, *, expected_revision: int | None = None, actor: Actor | None = None
    ) -> None:
        """Delete an account, which ends all its tokens.

        Raises:
            UnknownAccount: The account is gone already.
            ChangedMeanwhile: Somebody else changed it.
        """
        note = self._note("delete user", self._name_of(user_id), actor)
        await self._act(note, lambda: self._store.delete_user(user_id, note, expected=expected_revision))

    async def revoke_session(self, jti: str, *, actor: Actor | None = None) -> None:
        """End one token; one that is gone already does not matter."""
        session = self.session(jti)
        note = self._note("end session", self._name_of(session.user_id) if session else jti, actor)
        await self._write(lambda: self._store.end_sessions([jti], EndReason.REVOKED, note))

    async def revoke_all(
        self, user_id: str, except_jti: str | None = None, *, actor: Actor | None = None
    ) -> None:
        """End all tokens of a user, but for one if its id is given."""
        note = self._note("end all sessions", self._name_of(user_id), actor)
        await self._write(lambda: self._store.end_sessions_of(user_id, except_jti, note))

    async def issue_token(
        self, user_id: str, life_s: float, app: str = "", *, actor: Actor | None = None
    ) -> IssuedToken:
        """Make a token without a password, for tests and scripts of the host.

        Args:
            user_id: Whose it is.
            life_s: How long it lasts, up to a year.
            app: What it is for, shown among the sessions.
            actor: Who acts.

        Raises:
            InvalidField: The life is out of range.
            UnknownAccount: The account is gone.
            AccountDisabled: The account is disabled.
        """
        if not (math.isfinite(life_s) and 0 < life_s <= MAX_TOKEN_LIFE_S):
            raise InvalidField("life", f"The life of a token must be from 1 to {MAX_TOKEN_LIFE_S} s.")
        account = self.get(user_id)
        if account is None:
            raise UnknownAccount(user_id)
        issued, session = self._new_token(account, life_s, "", app)
        drop = self._surplus_of(user_id)
        note = self._note("issue token", account.username, actor)
        change = await self._act(note, lambda: self._store.start_session(session, drop=drop, note=note))
        return dataclasses.replace(issued, account=change.account)

    async def rotate_secret(
        self, *, keep: bool, secret: str | None = None, actor: Actor | None = None
    ) -> None:
        """Sign with a new secret from now on.

        Args:
            keep: Whether tokens signed with the old one stay valid until they expire; otherwise all end.
            secret: The new secret; a random one if omitted.
            actor: Who acts.

        Raises:
            InvalidField: The secret is weak; the message says why.
            KeysError: The secret comes from outside, or its file cannot be read or written.
        """
        keep_until = self._last_expiry() + KEEP_MARGIN_S if keep else None

        def rotate() -> frozenset[str]:
            before = self.keys.accepted_ids()
            self.keys.rotate(keep_until=keep_until, secret=secret)
            return before - self.keys.accepted_ids()

        gone = await self._sql.run(rotate, self._drop_keys)
        note = self._note("rotate secret", "old tokens kept" if keep else "everyone logged out", actor)
        await self._write(lambda: self._store.end_sessions_by_key(gone, note))

    # Waits after failed logins

    def lockouts(self) -> list[Lockout]:
        """Return which accounts and addresses have to wait now, the longest first."""
        return self._login_throttle.lockouts()

    def observe_lockouts(self, callback: Callable[[Lockout], None]) -> None:
        """Have a function called, on the loop, whenever a wait begins."""
        self._login_throttle.observe(callback)

    async def lift(self, lockout: Lockout, *, actor: Actor | None = None) -> bool:
        """End a wait; `False` if it was over already."""
        if not self._login_throttle.lift(lockout):
            return False
        await self.note_act("lift wait", f"{lockout.kind} {lockout.key}", actor=actor)
        return True

    # The audit

    @property
    def audit_revision(self) -> int:
        """A number that moves when there are new acts to read."""
        return self._mirror.stored_revision

    async def audit(self, *, before_id: int | None = None, limit: int = 500) -> list[AuditEntry]:
        """Return administrative acts, newest first.

        Args:
            before_id: Only those before this entry, to page on.
            limit: At most so many.
        """
        return await self._sql.run(lambda: self._store.audit(before_id, limit))

    async def audit_all(self) -> list[AuditEntry]:
        """Return all administrative acts, oldest first."""
        return (await self.audit(limit=-1))[::-1]

    async def note_act(
        self, act: str, target: str = "", outcome: str = DONE, *, actor: Actor | None = None
    ) -> None:
        """Write of an act that concerns no account, such as a change of settings."""
        note = self._note(act, target, actor)
        await self._write(lambda: self._store.add_note(note, outcome))

    def _note(self, act: str, target: str, actor: Actor | None) -> Note:
        return Note(actor or self._actor, self._now(), act, target)

    def _name_of(self, user_id: str) -> str:
        account = self.get(user_id)
        return user_id if account is None else account.username

    async def _act(self, note: Note, work: Callable[[], Change]) -> Change:
        """Run a transaction that writes the note; if it is refused, write that."""
        try:
            return await self._write(work)
        except _AUDITED_REFUSALS as refusal:
            await self._note_refusal(note, refusal)
            raise

    async def _note_refusal(self, note: Note, refusal: Exception) -> None:
        with contextlib.suppress(StoreError):  # the refusal itself is what the caller must hear
            await self._write(lambda: self._store.add_note(note, str(refusal)))

    def _last_expiry(self) -> float:
        """Return when the last of all tokens expires, those being issued included."""
        expiries = (session.expires_at for session in self._mirror.sessions.values())
        return max([self._now() + self.token_life_s, *expiries])

    def _new_account(self, username: str, role: Role, last_login_at: float | None) -> Account:
        return Account(str(uuid.uuid4()), username, role, self._now(), last_login_at, False)


def check_role(role: str) -> Role:
    """Return a role by its name.

    Raises:
        InvalidField: There is no such role.
    """
    try:
        return Role(role)
    except ValueError:
        raise InvalidField("role", "The role must be 'host' or 'member'.") from None
