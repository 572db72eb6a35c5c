"""What every act on accounts needs: opening, the copy in memory, checking tokens, and writing.

Writes run in one thread of their own, in order, and their result reaches the copy in memory in the same
order, whether or not anybody still waits for it: cancelling an act neither loses a write nor leaves the
copy behind.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Mapping

from authws_desktop.accounts import names, tokens
from authws_desktop.accounts.audit import WINDOW, Actor
from authws_desktop.accounts.changes import Change, Snapshot
from authws_desktop.accounts.database import BUSY_TIMEOUT_S, Database
from authws_desktop.accounts.errors import AccountsError, KeysError, StoreError, TokenRefused
from authws_desktop.accounts.hashing import HashingPool
from authws_desktop.accounts.keys import SigningKeys
from authws_desktop.accounts.mirror import Mirror
from authws_desktop.accounts.passwords import DEFAULT_COST, PasswordHasher
from authws_desktop.accounts.records import (
    Account,
    CheckedToken,
    Claims,
    EndedTokens,
    IssuedToken,
    Session,
)
from authws_desktop.accounts.sql_thread import SqlThread
from authws_desktop.accounts.store import Store
from authws_desktop.accounts.throttle import RegisterThrottle
from authws_desktop.accounts.waits import LoginThrottle
from authws_desktop.protocol.codes import AuthReason

log = logging.getLogger(__name__)

TIDY_INTERVAL_S = 60.0
"""How often last uses are written and expired sessions forgotten."""
USE_RESOLUTION_S = 1.0
"""Uses of a token closer together than this are one."""
AUDIT_TIDY_INTERVAL_S = 60 * 60.0
"""How often acts that are too old are forgotten."""
DAY_S = 24 * 60 * 60.0
MAX_SESSIONS_PER_USER = 1000
"""Beyond it the oldest session of the user ends: a loop of renewals must not fill memory and disk."""


class AccountsCore:
    """The part of `directory.Accounts` that all its acts share. Lives on one event loop.

    Args:
        database_url: An SQLAlchemy URL; `database.sqlite_url` makes one of a file.
        keys: What tokens are signed with.
        password_cost: bcrypt's work factor; tests use 4.
        now: The clock, seconds since the epoch.
        busy_timeout_s: How long a write waits for another process.
        actor: Who acts where an act does not say.

    Attributes:
        token_life_s: How long new tokens last.
        auth_rate: Failed logins allowed in 15 minutes, per account and per address; 0: no limit.
        audit_keep_days: How long administrative acts are kept.
        register_rate: Registrations allowed in 15 minutes from one address; 0: no limit.
        keys: What tokens are signed with.
        admit: Called with the account once a login's password was right; what it raises refuses the login.
    """

    def __init__(
        self,
        database_url: str,
        keys: SigningKeys,
        *,
        password_cost: int = DEFAULT_COST,
        now: Callable[[], float] = time.time,
        busy_timeout_s: float = BUSY_TIMEOUT_S,
        actor: Actor = WINDOW,
    ) -> None:
        self.token_life_s = 24 * 60 * 60
        self.auth_rate = 10
        self.register_rate = 60
        self.audit_keep_days = 90
        self.keys = keys
        self.admit: Callable[[Account], None] = lambda _account: None
        self._now = now
        self._actor = actor
        self._database = Database(database_url, busy_timeout_s=busy_timeout_s)
        self._store = Store(self._database)
        self._hashing = HashingPool(PasswordHasher(password_cost))
        self._login_throttle = LoginThrottle(now)
        self._register_throttle = RegisterThrottle(now)
        self._mirror = Mirror()
        self._observers: list[Callable[[EndedTokens], None]] = []
        self._sql = SqlThread()
        self._rename_observers: list[Callable[[Account], None]] = []
        self._used: dict[str, Session] = {}
        self._tidied_at = 0.0
        self._audit_tidied_at: float | None = None
        self._troubles: list[str] = []

    @property
    def revision(self) -> int:
        """A number that grows with every change of an account or session."""
        return self._mirror.revision

    async def open(self) -> None:
        """Open the database, making or upgrading its tables, and load it.

        Raises:
            AccountsError: The database cannot be used; says what to do. It is left as it is.
        """
        self._sql.start()
        try:
            await self._sql.run(self._database.open)
            await self._load()
        except BaseException:
            await self.close()
            raise
        self._tidied_at = self._now()

    async def close(self) -> None:
        """Finish what is being written, write last uses, and close; may be called twice.

        Whoever waits for a password to be hashed is refused. Cancelling leaves threads behind.
        """
        await self._hashing.close()
        if self._sql.is_running and self._used and self._mirror.stored_revision:
            await self._tidy_quietly()
        await self._sql.stop(self._database.close)

    def users(self) -> list[Account]:
        """Return all accounts, oldest first."""
        return list(self._mirror.accounts.values())

    def get(self, user_id: str) -> Account | None:
        """Return the account with this id."""
        return self._mirror.accounts.get(user_id)

    def find(self, name: str) -> Account | None:
        """Return the account with this name, compared as logins compare it."""
        return self._mirror.find(names.lookup_key(name))

    def sessions_of(self, user_id: str) -> list[Session]:
        """Return a user's live sessions, oldest first."""
        now = self._now()
        return [session for session in self._mirror.sessions_of(user_id) if session.expires_at > now]

    def session(self, jti: str) -> Session | None:
        """Return a live session by its token's id."""
        return self._mirror.sessions.get(jti)

    def check_token(self, token: str, *, address: str = "", app: str = "") -> CheckedToken:
        """Return whose token this is. No I/O: may be called while data is being received.

        Args:
            token: As it was presented.
            address: From where; becomes the session's. Empty if unknown.
            app: By which program, likewise.

        Raises:
            TokenRefused: It does not count; says why.
        """
        claims = tokens.verify(token, self.keys, self._now)
        account = self._mirror.accounts.get(claims.user_id)
        reason = self._refusal(account, claims)
        if account is None or reason is not None:
            raise TokenRefused(reason or AuthReason.UNKNOWN_USER)
        session = self._mirror.sessions[claims.jti]
        used = self._note_use(session, self._now(), names.clean_label(address), names.clean_label(app))
        return CheckedToken(account, used, claims)

    def note_use(self, jti: str, time_s: float) -> None:
        """Note that a connection that authenticated with a token was active."""
        session = self._mirror.sessions.get(jti)
        if session is not None and time_s > (session.last_used_at or 0.0):
            self._note_use(session, time_s, session.address, session.app)

    def inspect_token(self, token: str) -> tokens.Examination:
        """Judge a token part by part, for showing. It does not count as a use; never raises."""
        result = tokens.examine(token, self.keys, self._now())
        if result.claims is None:
            return result
        account = self._mirror.accounts.get(result.claims.user_id)
        reason = self._refusal(account, result.claims)
        if account is None:
            result.refuse("sub", AuthReason.UNKNOWN_USER, "The account does not exist or was deleted.")
            return result
        if reason is AuthReason.DISABLED:
            result.refuse("sub", reason, f"The account '{account.username}' is disabled.")
        else:
            result.accept("sub", f"The account '{account.username}'.")
        if self._is_live(result.claims):
            result.accept("jti", "The session is live.")
        else:
            result.refuse(
                "jti", AuthReason.REVOKED, "There is no such session: revoked, logged out or forgotten."
            )
        return result

    def observe_ended(self, callback: Callable[[EndedTokens], None]) -> None:
        """Have a function called, on the loop, whenever tokens end before their expiry."""
        self._observers.append(callback)

    def observe_renamed(self, callback: Callable[[Account], None]) -> None:
        """Have a function called, on the loop, whenever an account has another name than before."""
        self._rename_observers.append(callback)

    async def poll_changes(self) -> None:
        """Follow what other processes changed, and tidy up now and then; call it twice a second.

        A database or secret that cannot be read just now is logged once and tried again at the next call.
        """
        troubles = []
        for follow in (self._follow_keys, self._follow_database, self._tidy_when_due):
            try:
                await follow()
            except AccountsError as error:
                troubles.append(str(error))
        for trouble in troubles:
            if trouble not in self._troubles:
                log.warning("%s", trouble)
        self._troubles = troubles

    def _refusal(self, account: Account | None, claims: Claims) -> AuthReason | None:
        """Return what speaks against a well-signed token, in the order of the contract."""
        if account is None:
            return AuthReason.UNKNOWN_USER
        if account.is_disabled:
            return AuthReason.DISABLED
        return None if self._is_live(claims) else AuthReason.REVOKED

    def _is_live(self, claims: Claims) -> bool:
        session = self._mirror.sessions.get(claims.jti)
        return session is not None and session.user_id == claims.user_id

    def _note_use(self, session: Session, now: float, address: str, app: str) -> Session:
        is_recent = session.last_used_at is not None and 0 <= now - session.last_used_at < USE_RESOLUTION_S
        if is_recent and address in ("", session.address) and app in ("", session.app):
            return session
        used = self._used[session.jti] = self._mirror.note_use(session, now, address, app)
        return used

    def _new_token(
        self, account: Account, life_s: float, address: str, app: str
    ) -> tuple[IssuedToken, Session]:
        """Make a token and its session; it counts once the session is stored."""
        now, jti, key = self._now(), str(uuid.uuid4()), self.keys.active
        token, expires_at = tokens.issue(
            key, user_id=account.id, username=account.username, jti=jti, now=now, life_s=life_s
        )
        session = Session(
            jti, account.id, now, expires_at, None, names.clean_label(address), names.clean_label(app), key.id
        )
        return IssuedToken(token, account, expires_at, jti), session

    def _surplus_of(self, user_id: str) -> list[str]:
        """Return the ids of a user's oldest sessions that must make room for one more."""
        sessions = self._mirror.sessions_of(user_id)
        return [session.jti for session in sessions[: max(0, len(sessions) + 1 - MAX_SESSIONS_PER_USER)]]

    async def _follow_keys(self) -> None:
        gone = await self._sql.run(self._reload_keys, self._drop_keys)
        if gone:
            await self._write(lambda: self._store.end_sessions_by_key(gone))

    def _reload_keys(self) -> frozenset[str]:
        """Read a changed secret file (in the database's thread); return the ids that no longer count."""
        before = self.keys.accepted_ids()
        self.keys.reload_if_changed()
        return before - self.keys.accepted_ids()

    def _drop_keys(self, key_ids: frozenset[str]) -> None:
        """End, in memory, the sessions of keys that no longer count."""
        if key_ids:
            self._announce(self._mirror.drop_keys(key_ids))

    async def _follow_database(self) -> None:
        if await self._sql.run(self._store.revision) != self._mirror.stored_revision:
            await self._load()

    async def _load(self) -> None:
        await self._sql.run(self._snapshot_and_keys, self._take_over)

    def _snapshot_and_keys(self) -> tuple[Snapshot, frozenset[str]]:
        """Read the tables, then the keys: who changes both writes the keys first.

        So sessions that are missing because of a new secret are known to be.
        """
        snapshot = self._store.snapshot()
        try:
            return snapshot, self._reload_keys()
        except KeysError:
            return snapshot, frozenset()  # `_follow_keys` reports it

    def _take_over(self, loaded: tuple[Snapshot, frozenset[str]]) -> None:
        snapshot, dead_keys = loaded
        self._drop_keys(dead_keys)
        is_first = self._mirror.stored_revision == 0
        before = self._mirror.accounts
        ended = self._mirror.replace(snapshot, self._now())
        if not is_first:
            self._announce(ended)
            self._announce_renamed(before, [account for account, _ in snapshot.accounts])

    async def _tidy_when_due(self) -> None:
        if abs(self._now() - self._tidied_at) >= TIDY_INTERVAL_S:
            await self._tidy()

    async def _tidy(self) -> None:
        used, now = dict(self._used), self._now()
        self._tidied_at = now
        is_audit_due = (
            self._audit_tidied_at is None or abs(now - self._audit_tidied_at) >= AUDIT_TIDY_INTERVAL_S
        )
        has_expired = any(session.expires_at <= now for session in self._mirror.sessions.values())
        if not (used or is_audit_due or has_expired):
            return
        since = now - self.audit_keep_days * DAY_S
        await self._write(lambda: self._store.tidy(list(used.values()), now, since))
        self._audit_tidied_at = now
        for jti, session in used.items():
            if self._used.get(jti) is session:
                del self._used[jti]

    async def _tidy_quietly(self) -> None:
        try:
            await self._tidy()
        except StoreError as error:
            log.warning("Last uses of tokens were not noted: %s", error)

    async def _write(self, work: Callable[[], Change]) -> Change:
        """Run a transaction and follow it in memory; cancelling only gives up waiting."""
        return await self._sql.run(work, self._follow)

    def _follow(self, change: Change) -> None:
        now = [account for account, _ in change.accounts]
        before = {account.id: known for account in now if (known := self.get(account.id)) is not None}
        self._announce(self._mirror.apply(change))
        self._announce_renamed(before, now)

    def _announce_renamed(self, before: Mapping[str, Account], now: list[Account]) -> None:
        for account in now:
            known = before.get(account.id)
            if known is not None and known.username != account.username:
                for observer in self._rename_observers:
                    observer(account)

    def _announce(self, ended: list[EndedTokens]) -> None:
        for tokens_ended in ended:
            for observer in self._observers:
                observer(tokens_ended)
