"""The administrative acts of a host: on accounts, their roles and passwords, and on the signing secret."""

from __future__ import annotations

from authws_desktop.accounts import names
from authws_desktop.accounts.audit import Actor
from authws_desktop.accounts.audit_trail import AuditTrail
from authws_desktop.accounts.errors import InvalidField, UsernameTaken
from authws_desktop.accounts.hashing import HashingQueue
from authws_desktop.accounts.ledger import Ledger
from authws_desktop.accounts.login_throttle import LoginThrottle
from authws_desktop.accounts.models import Account, Role, new_account
from authws_desktop.accounts.store import users
from authws_desktop.settings import CurrentSettings

KEEP_MARGIN_S = 60.0
"""For tokens that another process signs with the old secret before it notices the new one."""


class Administration:
    """The acts of a host. Each is done, in memory and on disk, when its await returns.

    An act whose await is cancelled is done all the same once its transaction has begun. All of them raise
    `StoreError` when the database cannot be used. Each is written to the audit with its change, under the
    name of `actor`, or of whom the audit was made for; what is refused is written too, but for input that
    breaks a rule.

    Where an act takes `expected_revision`, it raises `ChangedMeanwhile`, and does nothing, unless that is
    the `revision` the account still has.

    Args:
        ledger: Reads and writes the accounts.
        hashing: Hashes new passwords.
        throttle: Forgets the waits of an account whose password is reset.
        audit: Takes a note of each act of a host.
        settings: The settings in force, read at each use.
    """

    def __init__(
        self,
        ledger: Ledger,
        hashing: HashingQueue,
        throttle: LoginThrottle,
        audit: AuditTrail,
        settings: CurrentSettings,
    ) -> None:
        self._ledger = ledger
        self._hashing = hashing
        self._throttle = throttle
        self._audit = audit
        self._settings = settings

    async def create(
        self, username: str, password: str, role: str = Role.MEMBER, *, actor: Actor | None = None
    ) -> Account:
        """Add an account. Unlike at registration, reserved names such as "admin" are allowed.

        Args:
            username: As it shall be shown.
            password: Its first password.
            role: `host` or `member`.
            actor: Who acts, for the audit; the audit's own actor if omitted.

        Raises:
            InvalidField: Username, password or role break their rules.
            UsernameTaken: Another account has this name.
            Busy: Too many passwords wait to be hashed.
        """
        key, checked_role = names.check_username(username, allow_reserved=True), check_role(role)
        names.check_password(password, least_chars=self._settings.values.min_password)
        note = self._audit.note("create user", username, actor)
        # Before the hash, which costs a quarter of a second; the transaction asks again, as the name may be
        # taken meanwhile.
        if self._ledger.mirror.find(key) is not None:
            await self._audit.note_refusal(note, refusal := UsernameTaken(username))
            raise refusal
        hashed = await self._hashing.hash(password)
        account = new_account(username, checked_role, self._ledger.now())
        return (await self._audit.act(note, lambda tx: users.add(tx, account, key, hashed))).account

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
        note = self._audit.note("update user", self._audit.name_of(user_id), actor)
        change = await self._audit.act(
            note,
            lambda tx: users.update(
                tx, user_id, username=username, key=key, role=checked_role, expected=expected_revision
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
        note = self._audit.note(act, self._audit.name_of(user_id), actor)
        change = await self._audit.act(
            note,
            lambda tx: users.set_disabled(tx, user_id, is_disabled, expected=expected_revision),
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
        names.check_password(password, least_chars=self._settings.values.min_password)
        hashed = await self._hashing.hash(password)
        note = self._audit.note("reset password", self._audit.name_of(user_id), actor)
        change = await self._audit.act(
            note, lambda tx: users.set_password(tx, user_id, hashed, expected=expected_revision)
        )
        # After the write: a reset that failed must not free a guesser from the wait.
        self._throttle.forget(names.fold(change.account.username), change.account.login_networks)
        return change.account

    async def delete(
        self, user_id: str, *, expected_revision: int | None = None, actor: Actor | None = None
    ) -> None:
        """Delete an account, which ends all its tokens.

        Raises:
            UnknownAccount: The account is gone already.
            ChangedMeanwhile: Somebody else changed it.
        """
        note = self._audit.note("delete user", self._audit.name_of(user_id), actor)
        await self._audit.act(note, lambda tx: users.delete(tx, user_id, expected=expected_revision))

    async def end_guests(self) -> int:
        """Delete all guests, which ends their tokens; return how many there were."""
        count = sum(account.role is Role.GUEST for account in self._ledger.mirror.accounts.values())
        note = self._audit.note("end guests", f"{count} guests")
        return len((await self._audit.act(note, users.delete_guests)).deleted)

    async def rotate_secret(
        self, *, keep: bool, secret: str | None = None, actor: Actor | None = None
    ) -> None:
        """Sign with a new secret from now on.

        Args:
            keep: Whether tokens signed with the old one stay valid until they expire; otherwise all end.
            secret: The new secret; a random one if omitted.
            actor: Who acts, for the audit; the audit's own actor if omitted.

        Raises:
            InvalidField: The secret is weak; the message says why.
            KeysError: The secret comes from outside, or its file cannot be read or written.
        """
        keep_until = self._last_expiry() + KEEP_MARGIN_S if keep else None

        note = self._audit.note("rotate secret", "old tokens kept" if keep else "everyone logged out", actor)
        await self._ledger.rotate_keys(keep_until, secret, note)

    def _last_expiry(self) -> float:
        """Return when the last of all tokens expires, those being issued included."""
        expiries = (session.expires_at for session in self._ledger.mirror.sessions.values())
        return max([self._ledger.now() + self._settings.values.token_life_s, *expiries])


def check_role(role: str) -> Role:
    """Return a role by its name.

    Raises:
        InvalidField: There is no such role.
    """
    try:
        checked = Role(role)
    except ValueError:
        checked = Role.GUEST
    # A guest is who came in by name alone; nobody is made one.
    if checked is Role.GUEST:
        raise InvalidField("role", "The role must be 'host' or 'member'.")
    return checked
