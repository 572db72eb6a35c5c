"""Accounts as the rest of the program uses them: one object with all acts of users and hosts."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator

from authws_desktop.accounts import names
from authws_desktop.accounts.audit import OWNER, Note
from authws_desktop.accounts.changes import Credentials
from authws_desktop.accounts.errors import (
    AccountDisabled,
    AccountPending,
    InvalidCredentials,
    TokenRefused,
    UnknownAccount,
)
from authws_desktop.accounts.importing import Importing
from authws_desktop.accounts.records import CheckedToken, EndReason, IssuedToken
from authws_desktop.protocol.codes import AuthReason


class Accounts(Importing):
    """Accounts, sessions and tokens. Lives on one event loop.

    Reading and checking tokens is synchronous, from a copy in memory; everything that writes or hashes is
    awaited and runs in threads. Here are the acts of users, in `Registration` how they become users, in
    `Administration` and `Importing` the acts of hosts, in `AccountsCore` constructor, opening and reading.
    """

    async def login(self, username: str, password: str, *, address: str = "", app: str = "") -> IssuedToken:
        """Log a user in.

        An unknown user costs the same work and gives the same answers as a wrong password.

        Raises:
            InvalidCredentials: Unknown user or wrong password.
            AccountDisabled: The password is right, the account is disabled.
            AccountPending: The password is right, the account waits for approval.
            Throttled: Too many failures on this account or from this address.
            Busy: Too many passwords wait to be hashed.
            StoreError: The database cannot be used.
        """
        key = names.lookup_key(username)
        self._login_throttle.check(address, key, self.auth_rate)
        found = await self._sql.run(lambda: self._store.credentials(key))
        await self._check_password(found, password, address, key)
        if found is None or found.account is None:
            raise AccountPending
        if found.account.is_disabled:
            raise AccountDisabled
        self.admit(found.account)
        issued, session = self._new_token(found.account, self.token_life_s, address, app)
        drop, login_hash = self._surplus_of(found.account.id), found.password_hash
        try:
            change = await self._write(
                lambda: self._store.start_session(session, drop=drop, login_hash=login_hash)
            )
        except UnknownAccount:
            raise InvalidCredentials from None
        return dataclasses.replace(issued, account=change.account)

    async def refresh(self, checked: CheckedToken, *, address: str = "", app: str = "") -> IssuedToken:
        """Issue a new token to whoever has one; the old one stays valid until it expires.

        Raises:
            TokenRefused: The token ended meanwhile.
            StoreError: The database cannot be used.
        """
        old = checked.session
        issued, session = self._new_token(
            checked.account, self.token_life_s, address or old.address, app or old.app
        )
        drop = self._surplus_of(old.user_id)
        with _refused_meanwhile():
            change = await self._write(
                lambda: self._store.start_session(session, drop=drop, renewed_jti=old.jti)
            )
        return dataclasses.replace(issued, account=change.account)

    async def change_password(
        self, checked: CheckedToken, current: str, new: str, *, address: str = "", app: str = ""
    ) -> IssuedToken:
        """Change a user's own password; every token but the returned one ends, `checked` included.

        Raises:
            InvalidField: The new password breaks its rules; the field is `newPassword`.
            InvalidCredentials: The current password is wrong.
            TokenRefused: The token ended meanwhile.
            Throttled: Too many failures on this account or from this address.
            Busy: Too many passwords wait to be hashed.
            StoreError: The database cannot be used.
        """
        user_id, key = checked.account.id, names.fold(checked.account.username)
        names.check_password(new, field="newPassword")
        self._login_throttle.check(address, key, self.auth_rate)
        found = await self._sql.run(lambda: self._store.credentials_of(user_id))
        if found is None:
            raise TokenRefused(AuthReason.UNKNOWN_USER)
        old_hash = found.password_hash
        await self._check_password(found, current, address, key)
        hashed = await self._hashing.hash(new)
        issued, session = self._new_token(
            checked.account, self.token_life_s, address or checked.session.address, app or checked.session.app
        )
        note = Note(OWNER, self._now())
        with _refused_meanwhile():
            change = await self._write(
                lambda: self._store.set_password(user_id, hashed, note, old_hash=old_hash, session=session)
            )
        return dataclasses.replace(issued, account=change.account)

    async def logout(self, checked: CheckedToken) -> None:
        """End one token.

        Raises:
            StoreError: The database cannot be used.
        """
        jti = checked.session.jti
        await self._write(lambda: self._store.end_sessions([jti], EndReason.LOGGED_OUT))

    async def _check_password(self, found: Credentials | None, password: str, address: str, key: str) -> None:
        """Check a password, at the cost of one hash whoever it is, and count failures.

        Raises:
            InvalidCredentials: It is wrong, or there is no such user.
            Throttled: Attempts that ran at the same time used up what is allowed, right or wrong.
        """
        stored = None if found is None else found.password_hash
        is_right = await self._hashing.verify(password, stored)
        self._login_throttle.check(address, key, self.auth_rate)
        if not is_right:
            self._login_throttle.record_failure(address, key, self.auth_rate)
            raise InvalidCredentials
        self._login_throttle.record_success(key)


@contextlib.contextmanager
def _refused_meanwhile() -> Iterator[None]:
    """Turn an account that went away under a checked token into that token's refusal."""
    try:
        yield
    except UnknownAccount:
        raise TokenRefused(AuthReason.UNKNOWN_USER) from None
    except AccountDisabled:
        raise TokenRefused(AuthReason.DISABLED) from None
