"""What a host does with accounts, sessions and the secret."""

from __future__ import annotations

import dataclasses
import math
import uuid

from authws_desktop.accounts import names
from authws_desktop.accounts.core import AccountsCore
from authws_desktop.accounts.errors import InvalidField, UnknownAccount, UsernameTaken
from authws_desktop.accounts.records import Account, EndReason, IssuedToken, Role

MAX_TOKEN_LIFE_S = 365 * 24 * 60 * 60
KEEP_MARGIN_S = 60.0
"""For tokens that another process signs with the old secret before it notices the new one."""


class Administration(AccountsCore):
    """The acts of a host. Each is done, in memory and on disk, when its await returns.

    An act whose await is cancelled is done all the same once its transaction has begun. All of them raise
    `StoreError` when the database cannot be used.
    """

    async def create(self, username: str, password: str, role: str = Role.MEMBER) -> Account:
        """Add an account. Unlike at registration, reserved names such as "admin" are allowed.

        Args:
            username: As it shall be shown.
            password: Its first password.
            role: `host` or `member`.

        Raises:
            InvalidField: Username, password or role break their rules.
            UsernameTaken: Another account has this name.
            Busy: Too many passwords wait to be hashed.
        """
        key, checked_role = names.check_username(username, allow_reserved=True), check_role(role)
        names.check_password(password)
        if self._mirror.find(key) is not None:
            raise UsernameTaken(username)
        hashed = await self._hashing.hash(password)
        account = self._new_account(username, checked_role, None)
        return (await self._write(lambda: self._store.add_user(account, key, hashed))).account

    async def update(self, user_id: str, *, username: str | None = None, role: str | None = None) -> Account:
        """Rename an account or give it another role; its tokens stay valid.

        Raises:
            InvalidField: Username or role break their rules.
            UsernameTaken: Another account has this name.
            UnknownAccount: The account is gone.
        """
        key = None if username is None else names.check_username(username, allow_reserved=True)
        checked_role = None if role is None else check_role(role)
        change = await self._write(
            lambda: self._store.update_user(user_id, username=username, key=key, role=checked_role)
        )
        return change.account

    async def set_disabled(self, user_id: str, is_disabled: bool) -> Account:
        """Disable an account, which ends all its tokens, or enable it.

        Raises:
            UnknownAccount: The account is gone.
        """
        return (await self._write(lambda: self._store.set_disabled(user_id, is_disabled))).account

    async def reset_password(self, user_id: str, password: str) -> Account:
        """Give an account another password, which ends all its tokens.

        Raises:
            InvalidField: The password breaks its rules.
            UnknownAccount: The account is gone.
            Busy: Too many passwords wait to be hashed.
        """
        names.check_password(password)
        hashed = await self._hashing.hash(password)
        change = await self._write(lambda: self._store.set_password(user_id, hashed))
        self._login_throttle.record_success(names.fold(change.account.username))
        return change.account

    async def delete(self, user_id: str) -> None:
        """Delete an account, which ends all its tokens.

        Raises:
            UnknownAccount: The account is gone already.
        """
        await self._write(lambda: self._store.delete_user(user_id))

    async def revoke_session(self, jti: str) -> None:
        """End one token; one that is gone already does not matter."""
        await self._write(lambda: self._store.end_sessions([jti], EndReason.REVOKED))

    async def revoke_all(self, user_id: str, except_jti: str | None = None) -> None:
        """End all tokens of a user, but for one if its id is given."""
        await self._write(lambda: self._store.end_sessions_of(user_id, except_jti))

    async def issue_token(self, user_id: str, life_s: float, app: str = "") -> IssuedToken:
        """Make a token without a password, for tests and scripts of the host.

        Args:
            user_id: Whose it is.
            life_s: How long it lasts, up to a year.
            app: What it is for, shown among the sessions.

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
        change = await self._write(lambda: self._store.start_session(session, drop=drop))
        return dataclasses.replace(issued, account=change.account)

    async def rotate_secret(self, *, keep: bool, secret: str | None = None) -> None:
        """Sign with a new secret from now on.

        Args:
            keep: Whether tokens signed with the old one stay valid until they expire; otherwise all end.
            secret: The new secret; a random one if omitted.

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
        if gone:
            await self._write(lambda: self._store.end_sessions_by_key(gone))

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
