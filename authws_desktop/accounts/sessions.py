"""Sessions and their tokens: issuing, checking, renewing and ending."""

from __future__ import annotations

import asyncio
import dataclasses
import math
import uuid
from collections.abc import Callable, Collection

from authws_desktop.accounts import names, tokens
from authws_desktop.accounts.audit import Actor
from authws_desktop.accounts.audit_trail import AuditTrail
from authws_desktop.accounts.errors import (
    AccountDisabled,
    InvalidField,
    TokenRefused,
    UnknownAccount,
)
from authws_desktop.accounts.foreign_tokens import ID_PREFIX, ForeignTokens
from authws_desktop.accounts.fresh_sessions import FreshSessions
from authws_desktop.accounts.ledger import Ledger
from authws_desktop.accounts.models import (
    Account,
    CheckedToken,
    Claims,
    EndReason,
    Examination,
    IssuedToken,
    Session,
)
from authws_desktop.accounts.store import sessions as rows
from authws_desktop.accounts.store.transaction import Transaction
from authws_desktop.protocol.codes import AuthReason
from authws_desktop.settings import CurrentSettings

MAX_TOKEN_LIFE_S = 365 * 24 * 60 * 60
MAX_SESSIONS_PER_USER = 1000
"""Beyond it the oldest session of the user ends: a loop of renewals must not fill memory and disk."""
USE_RESOLUTION_S = 1.0
"""Uses of a token closer together than this are one."""


class Sessions:
    """Issues, checks and ends tokens. Checking is synchronous, from the copy in memory.

    Attributes:
        fresh: Looks for sessions that the copy does not know yet.

    Args:
        ledger: Reads and writes the sessions.
        audit: Takes a note of each act of a host.
        settings: The settings in force, read at each use.
        foreign: Judges the tokens of other issuers.
    """

    def __init__(
        self, ledger: Ledger, audit: AuditTrail, settings: CurrentSettings, foreign: ForeignTokens
    ) -> None:
        self._ledger = ledger
        self._mirror = ledger.mirror
        self._audit = audit
        self._settings = settings
        self._foreign = foreign
        self._used: dict[str, Session] = {}
        self.fresh = FreshSessions(ledger)

    def of(self, user_id: str) -> list[Session]:
        """Return a user's live sessions, oldest first."""
        now = self._ledger.now()
        return [session for session in self._mirror.sessions_of(user_id) if session.expires_at > now]

    def get(self, jti: str) -> Session | None:
        """Return a live session by its token's id."""
        return self._mirror.sessions.get(jti)

    # Checking

    def check(self, token: str, *, address: str = "", app: str = "") -> CheckedToken:
        """Return whose token this is. No I/O: may be called while data is being received.

        Args:
            token: As it was presented.
            address: From where; becomes the session's. Empty if unknown.
            app: By which program, likewise.

        Raises:
            TokenRefused: It does not count; says why.
        """
        examined, account = self._judge(token)
        claims = examined.claims
        if claims is None or account is None or examined.reason is not None:
            raise TokenRefused(examined.reason or AuthReason.MALFORMED, examined)
        address, app = names.clean_label(address), names.clean_label(app)
        session = self.get(claims.jti)
        if session is None:
            return CheckedToken(account, self._foreign.session_of(claims, address, app), claims, examined)
        used = self._note_use(session, self._ledger.now(), address, app)
        return CheckedToken(account, used, claims, examined)

    async def check_anew(self, token: str, *, address: str = "") -> CheckedToken:
        """Return whose token this is; one that another server has just issued is looked for in the database.

        Raises:
            TokenRefused: It does not count; says why.
            StoreError: This server does not know it, and cannot look.
        """
        try:
            return self.check(token, address=address)
        except TokenRefused as refused:
            if (looking := self.fresh.look(refused.examination)) is None:
                raise
        # Not awaited itself: cancelling this request must not end the look that others wait for as well.
        await asyncio.wait([looking])
        if (trouble := looking.result()) is not None:
            raise trouble
        return self.check(token, address=address)

    def inspect(self, token: str) -> Examination:
        """Judge a token part by part. It does not count as a use; never raises."""
        return self._judge(token)[0]

    def _judge(self, token: str) -> tuple[Examination, Account | None]:
        """Judge a token; return what was found, and whose it is."""
        result = Examination()
        signature = tokens.read(token, result)
        if signature is None:
            return result, None
        if self._foreign.concerns(result):
            return result, self._foreign.judge(result, token, signature)
        now = self._ledger.now()
        tokens.judge(result, token, signature, self._ledger.keys, now, self._issued_at)
        if result.claims is None:
            return result, None
        self._judge_session(result, result.claims)
        return result, self._judge_account(result, result.claims)

    def _issued_at(self, jti: str) -> float | None:
        session = self.get(jti)
        return None if session is None else session.issued_at

    def _judge_session(self, result: Examination, claims: Claims) -> None:
        session = self.get(claims.jti)
        if session is not None and session.user_id == claims.user_id:
            result.accept("jti", "The session is live.")
        # To be told apart for a client's developer: revoked is an act of somebody, unknown a mistake.
        elif claims.jti in self._mirror.ended:
            result.refuse("jti", AuthReason.REVOKED, "The session was ended: revoked or logged out.")
        else:
            result.refuse("jti", AuthReason.UNKNOWN_TOKEN, "This server knows no session by this id.")

    def _judge_account(self, result: Examination, claims: Claims) -> Account | None:
        account = self._mirror.accounts.get(claims.user_id)
        if account is None:
            result.refuse("sub", AuthReason.UNKNOWN_USER, "The account does not exist or was deleted.")
        elif account.is_disabled:
            result.refuse("sub", AuthReason.DISABLED, f"The account '{account.username}' is disabled.")
        else:
            result.accept("sub", f"The account '{account.username}'.")
        return account

    # Uses

    def note_use(self, jti: str, time_s: float) -> None:
        """Note that a connection that authenticated with a token was active."""
        session = self.get(jti)
        if session is not None and time_s > (session.last_used_at or 0.0):
            self._note_use(session, time_s, session.address, session.app)

    def _note_use(self, session: Session, now: float, address: str, app: str) -> Session:
        is_recent = session.last_used_at is not None and 0 <= now - session.last_used_at < USE_RESOLUTION_S
        if is_recent and address in ("", session.address) and app in ("", session.app):
            return session
        used = self._used[session.jti] = self._mirror.note_use(session, now, address, app)
        return used

    def uses_to_write(self) -> dict[str, Session]:
        """Return the sessions whose last use is not in the database yet."""
        return dict(self._used)

    def forget_written(self, written: dict[str, Session]) -> None:
        """Forget uses that were written, but for those that changed meanwhile."""
        for jti, session in written.items():
            # By identity: a use that came during the write is another object, and still to be written.
            if self._used.get(jti) is session:
                del self._used[jti]

    # Issuing

    def new_token(
        self, account: Account, *, life_s: float | None = None, address: str = "", app: str = ""
    ) -> tuple[IssuedToken, Session]:
        """Make a token and its session; it counts once the session is stored.

        Args:
            account: The account it is for.
            life_s: How long it lasts; as the settings say if `None`.
            address: IP address of the login; empty if unknown.
            app: The client program's name.
        """
        now, jti, key = self._ledger.now(), str(uuid.uuid4()), self._ledger.keys.active
        life_s = self._settings.values.token_life_s if life_s is None else life_s
        token, expires_at = tokens.issue(
            key, user_id=account.id, username=account.username, jti=jti, now=now, life_s=life_s
        )
        session = Session(
            jti, account.id, now, expires_at, None, names.clean_label(address), names.clean_label(app), key.id
        )
        return IssuedToken(token, account, expires_at, jti), session

    async def start(
        self,
        issued: IssuedToken,
        work: Callable[[Transaction, Collection[str]], None],
    ) -> IssuedToken:
        """Store a new token's session, which from then on counts.

        Args:
            issued: The token.
            work: Stores it; gets the ids of the user's oldest sessions that must make room.

        Returns:
            The token, with its account as it is now.

        Raises:
            UnknownAccount: The account is gone.
            AccountDisabled: The account is disabled.
            StoreError: The database cannot be used.
        """
        drop = self._surplus_of(issued.account.id)
        change = await self._ledger.write(lambda tx: work(tx, drop))
        return dataclasses.replace(issued, account=change.account)

    def _surplus_of(self, user_id: str) -> list[str]:
        """Return the ids of a user's oldest sessions that must make room for one more."""
        # From the copy, before the transaction: two logins at once may name the same sessions, which leaves
        # one too many until the next.
        sessions = self._mirror.sessions_of(user_id)
        return [session.jti for session in sessions[: max(0, len(sessions) + 1 - MAX_SESSIONS_PER_USER)]]

    async def refresh(self, checked: CheckedToken, *, address: str = "", app: str = "") -> IssuedToken:
        """Issue a new token to whoever has one; the old one stays valid until it expires.

        Raises:
            TokenRefused: The token ended meanwhile.
            StoreError: The database cannot be used.
        """
        self._require_ours(checked)
        old = checked.session
        issued, session = self.new_token(checked.account, address=address or old.address, app=app or old.app)
        try:
            return await self.start(issued, lambda tx, drop: rows.renew(tx, session, old.jti, drop))
        except (UnknownAccount, AccountDisabled) as error:
            raise refused_meanwhile(error) from None

    async def issue(
        self, user_id: str, life_s: float, app: str = "", *, actor: Actor | None = None
    ) -> IssuedToken:
        """Make a token without a password, for tests and scripts of the host.

        Args:
            user_id: Id of the account it is for.
            life_s: Seconds until it expires, up to a year.
            app: A name shown among the sessions.
            actor: Who acts, for the audit; the audit's own actor if omitted.

        Raises:
            InvalidField: The life is out of range.
            UnknownAccount: The account is gone.
            AccountDisabled: The account is disabled.
            StoreError: The database cannot be used.
        """
        if not (math.isfinite(life_s) and 0 < life_s <= MAX_TOKEN_LIFE_S):
            raise InvalidField("life", f"The life of a token must be from 1 to {MAX_TOKEN_LIFE_S} s.")
        account = self._mirror.accounts.get(user_id)
        if account is None:
            raise UnknownAccount(user_id)
        issued, session = self.new_token(account, life_s=life_s, app=app)
        drop = self._surplus_of(user_id)
        note = self._audit.note("issue token", account.username, actor)
        change = await self._audit.act(note, lambda tx: rows.issue(tx, session, drop))
        return dataclasses.replace(issued, account=change.account)

    # Ending

    async def logout(self, checked: CheckedToken) -> None:
        """End the token with which a user logs out.

        Raises:
            TokenRefused: It is another issuer's, who alone can end it.
            StoreError: The database cannot be used.
        """
        self._require_ours(checked)
        jti = checked.session.jti
        await self._ledger.write(lambda tx: rows.end(tx, [jti], EndReason.LOGGED_OUT))

    @staticmethod
    def _require_ours(checked: CheckedToken) -> None:
        if checked.session.jti.startswith(ID_PREFIX):
            raise TokenRefused(AuthReason.WRONG_ISSUER)

    async def revoke(self, jti: str, *, actor: Actor | None = None) -> None:
        """End one token; one that is gone already does not matter.

        Raises:
            StoreError: The database cannot be used.
        """
        session = self.get(jti)
        target = self._audit.name_of(session.user_id) if session else jti
        note = self._audit.note("end session", target, actor)
        await self._ledger.write(lambda tx: rows.end(tx, [jti], EndReason.REVOKED), note)

    async def revoke_all(
        self, user_id: str, except_jti: str | None = None, *, actor: Actor | None = None
    ) -> None:
        """End all tokens of a user, but for one if its id is given.

        Raises:
            StoreError: The database cannot be used.
        """
        note = self._audit.note("end all sessions", self._audit.name_of(user_id), actor)
        await self._ledger.write(lambda tx: rows.end_of_user(tx, user_id, except_jti), note)


def refused_meanwhile(error: UnknownAccount | AccountDisabled) -> TokenRefused:
    """Return the refusal of a checked token whose account went away meanwhile."""
    is_gone = isinstance(error, UnknownAccount)
    return TokenRefused(AuthReason.UNKNOWN_USER if is_gone else AuthReason.DISABLED)
