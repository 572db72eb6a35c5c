"""Logging in, and changing one's own password."""

from __future__ import annotations

from collections.abc import Callable

from authws_desktop.accounts import names
from authws_desktop.accounts.audit import OWNER, Actor, Note
from authws_desktop.accounts.audit_trail import AuditTrail
from authws_desktop.accounts.errors import (
    AccountDisabled,
    AccountPending,
    Busy,
    InvalidCredentials,
    TokenRefused,
    UnknownAccount,
)
from authws_desktop.accounts.growing_waits import Lockout
from authws_desktop.accounts.hashing import HashingQueue
from authws_desktop.accounts.ledger import Ledger
from authws_desktop.accounts.login_throttle import Attempt, LoginThrottle
from authws_desktop.accounts.models import Account, CheckedToken, IssuedToken, Role
from authws_desktop.accounts.networks import network_of
from authws_desktop.accounts.passwords import is_foreign
from authws_desktop.accounts.sessions import Sessions, refused_meanwhile
from authws_desktop.accounts.store import sessions as session_rows
from authws_desktop.accounts.store import users as user_rows
from authws_desktop.accounts.store.changes import StoredPassword
from authws_desktop.protocol.codes import AuthReason
from authws_desktop.settings import CurrentSettings


class Logins:
    """Checks the passwords of logins and password changes, and slows down guessing.

    Attributes:
        admit: Called with the account once a login's password was right; what it raises refuses the login.

    Args:
        ledger: Reads and writes the accounts.
        sessions: Starts a session for who gets in.
        hashing: Checks passwords in turn.
        throttle: Counts failures.
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
        self._sessions = sessions
        self._hashing = hashing
        self._throttle = throttle
        self._audit = audit
        self._settings = settings
        self.admit: Callable[[Account], None] = lambda _account: None

    async def login(self, username: str, password: str, *, address: str = "", app: str = "") -> IssuedToken:
        """Log a user in.

        An unknown user costs the same work and gives the same answers as a wrong password.

        Raises:
            InvalidCredentials: Unknown user or wrong password.
            AccountDisabled: The password is right, the account is disabled.
            AccountPending: The password is right, the account waits for approval.
            Throttled: Too many failures; see `login_throttle`.
            Busy: Too many passwords wait to be hashed.
            StoreError: The database cannot be used.
        """
        key = names.lookup_key(username)
        known = self._ledger.mirror.find(key)
        networks = () if known is None else known.login_networks
        attempt = self._throttle.login(address, key, networks, self._settings.values.auth_rate)
        # Before the database is read: whoever has to wait costs no more than this.
        attempt.check()
        # From the database and not the copy, which holds no password hashes.
        found = await self._ledger.read(lambda db: user_rows.credentials(db, key))
        # A guest has no password: to a login there is no such user, and that costs the same work.
        if found is not None and found.account is not None and found.account.role is Role.GUEST:
            found = None
        await self._check_password(found, password, address, attempt)
        # A right password without an account is an applicant's: a user who is unknown never has a right one.
        if found is None or found.account is None:
            raise AccountPending
        if found.account.is_disabled:
            raise AccountDisabled
        # Only behind a right password: before it, the answer would tell a stranger that the account exists.
        self.admit(found.account)
        issued, session = self._sessions.new_token(found.account, address=address, app=app)
        password_hash = found.password_hash
        new_hash = await self._hash_of_ours(password, password_hash, address)
        try:
            return await self._sessions.start(
                issued,
                lambda tx, drop: session_rows.log_in(tx, session, password_hash, address, drop, new_hash),
            )
        # Deleted while its password was hashed: told as if it had never been there.
        except UnknownAccount:
            raise InvalidCredentials from None

    async def _hash_of_ours(self, password: str, old_hash: str, address: str) -> str | None:
        """Return a hash in place of another server's; `None` where there is no need or no room."""
        if not is_foreign(old_hash):
            return None
        try:
            return await self._hashing.hash(password, lane=network_of(address))
        except Busy:
            return None  # at the next login

    async def change_password(
        self, checked: CheckedToken, current: str, new: str, *, address: str = ""
    ) -> IssuedToken:
        """Change a user's own password; every token but the returned one ends, `checked` included.

        Raises:
            InvalidField: The new password breaks its rules; the field is `newPassword`.
            InvalidCredentials: The current password is wrong.
            TokenRefused: The token ended meanwhile.
            Throttled: Too many failures; see `login_throttle`.
            Busy: Too many passwords wait to be hashed.
            StoreError: The database cannot be used.
        """
        settings, user_id = self._settings.values, checked.account.id
        # Before anything is counted: a new password that breaks its rules uses up no attempt.
        names.check_password(new, field="newPassword", least_chars=settings.min_password)
        key = names.fold(checked.account.username)
        attempt = self._throttle.password_change(address, key, settings.auth_rate)
        attempt.check()
        found = await self._ledger.read(lambda db: user_rows.credentials_of(db, user_id))
        if found is None:
            raise TokenRefused(AuthReason.UNKNOWN_USER)
        if checked.account.role is Role.GUEST:
            raise InvalidCredentials
        await self._check_password(found, current, address, attempt)
        hashed = await self._hashing.hash(new, lane=network_of(address))
        issued, session = self._sessions.new_token(
            checked.account, address=address or checked.session.address, app=checked.session.app
        )
        old_hash = found.password_hash
        try:
            change = await self._ledger.write(
                lambda tx: user_rows.set_password(tx, user_id, hashed, old_hash=old_hash, session=session),
                Note(OWNER, self._ledger.now()),
            )
        # Deleted or disabled while the new password was hashed.
        except (UnknownAccount, AccountDisabled) as error:
            raise refused_meanwhile(error) from None
        return IssuedToken(issued.token, change.account, issued.expires_at, issued.jti)

    async def _check_password(
        self, found: StoredPassword | None, password: str, address: str, attempt: Attempt
    ) -> None:
        """Check a password, at the cost of one hash whoever it is.

        Raises:
            InvalidCredentials: It is wrong, or there is no such user.
            Throttled: Attempts that came before used up what is allowed; then nothing was hashed.
        """
        stored = None if found is None else found.password_hash
        if not await self._hashing.verify(password, stored, lane=network_of(address), gate=attempt):
            raise InvalidCredentials

    # Waits after failures

    def lockouts(self) -> list[Lockout]:
        """Return which accounts and addresses have to wait now, the longest first."""
        return self._throttle.lockouts()

    def observe_lockouts(self, callback: Callable[[Lockout], None]) -> None:
        """Have a function called, on the loop, whenever a wait begins."""
        self._throttle.observe(callback)

    @property
    def throttle(self) -> LoginThrottle:
        """What counts failures; other servers of the same accounts are told of them, and tell theirs."""
        return self._throttle

    async def lift(self, lockout: Lockout, *, actor: Actor | None = None) -> bool:
        """End a wait; `False` if it was over already.

        Raises:
            StoreError: The database cannot be used.
        """
        if not self._throttle.lift(lockout):
            return False
        await self._audit.write("lift wait", f"{lockout.kind} {lockout.key}", actor=actor)
        return True
