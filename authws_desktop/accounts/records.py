"""Accounts, sessions and tokens as the rest of the program sees them: immutable values."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What an account may do; a host may call the admin endpoints."""

    HOST = "host"
    MEMBER = "member"


@dataclass(frozen=True, slots=True)
class Account:
    """A user.

    Attributes:
        id: A UUID as text; never changes.
        username: As typed.
        role: Host or member.
        created_at: Seconds since the epoch.
        last_login_at: Seconds since the epoch; `None` before the first login.
        is_disabled: A disabled account has no live sessions and gets none.
        revision: The database's revision at the last change of this account; logins are none.
        changed_by: Who made that change; empty if it was before this was noted.
        changed_at: When, seconds since the epoch.
    """

    id: str
    username: str
    role: Role
    created_at: float
    last_login_at: float | None
    is_disabled: bool
    revision: int = 0
    changed_by: str = ""
    changed_at: float | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """One issued token that still counts.

    Attributes:
        jti: The token's id.
        user_id: Whose it is.
        issued_at: Seconds since the epoch.
        expires_at: Seconds since the epoch.
        last_used_at: Seconds since the epoch; `None` if it was never presented.
        address: Where the login came from; empty if unknown.
        app: The client program's name; empty if unknown.
        key_id: Id of the key that signed it.
    """

    jti: str
    user_id: str
    issued_at: float
    expires_at: float
    last_used_at: float | None
    address: str
    app: str
    key_id: str


@dataclass(frozen=True, slots=True)
class Invite:
    """An invitation to register.

    Attributes:
        code: As it is shown and typed, in groups; compared without case, spaces and dashes.
        label: What it is for, in the host's words.
        uses: Accounts that were made with it.
        max_uses: How many may be; `None` for any number.
        expires_at: Seconds since the epoch; `None` if it does not.
        created_at: Seconds since the epoch.
    """

    code: str
    label: str
    uses: int
    max_uses: int | None
    expires_at: float | None
    created_at: float

    def is_usable(self, now: float) -> bool:
        """Tell whether one more account can be made with it."""
        return not self.is_expired(now) and not self.is_used_up

    def is_expired(self, now: float) -> bool:
        """Tell whether its time is over."""
        return self.expires_at is not None and self.expires_at <= now

    @property
    def is_used_up(self) -> bool:
        """Whether it was used as often as it may be."""
        return self.max_uses is not None and self.uses >= self.max_uses

    def link(self, base_url: str) -> str:
        """Return the address to hand on.

        Args:
            base_url: The server's, such as `http://192.0.2.1:4000`.
        """
        return f"{base_url.rstrip('/')}/?invite={self.code}"


@dataclass(frozen=True, slots=True)
class PendingAccount:
    """Somebody who registered and waits for the host's approval.

    Attributes:
        id: A UUID as text; the account's id once it is approved.
        username: As typed.
        asked_at: Seconds since the epoch.
        address, app: Where the request came from; empty if unknown.
    """

    id: str
    username: str
    asked_at: float
    address: str
    app: str


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token with a good signature says.

    Attributes:
        user_id: `sub`.
        username: The name at the time of issue; the account's own name wins. Empty if absent.
        jti: The token's id; empty if absent.
        issued_at: Seconds since the epoch; `None` if absent.
        expires_at: Seconds since the epoch.
        key_id: Id of the key that signed it.
    """

    user_id: str
    username: str
    jti: str
    issued_at: float | None
    expires_at: float
    key_id: str


@dataclass(frozen=True, slots=True)
class CheckedToken:
    """A token that was accepted.

    Attributes:
        account: Its account, as it is now.
        session: Its session.
        claims: What it says.
    """

    account: Account
    session: Session
    claims: Claims

    @property
    def expires_at(self) -> float:
        """Seconds since the epoch."""
        return self.claims.expires_at


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token.

    Attributes:
        token: The JWT; not part of the repr.
        account: Whose it is.
        expires_at: Seconds since the epoch.
        jti: The token's id.
    """

    token: str = field(repr=False)
    account: Account
    expires_at: float
    jti: str = ""


class EndReason(StrEnum):
    """Why tokens ended before their expiry."""

    DISABLED = "disabled"
    DELETED = "deleted"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a reason
    LOGGED_OUT = "logged_out"
    REVOKED = "revoked"
    SECRET_CHANGED = "secret_changed"  # noqa: S105 - a reason


@dataclass(frozen=True, slots=True)
class EndedTokens:
    """Tokens that stopped counting before their expiry.

    Attributes:
        user_id: Whose they are.
        jtis: Their ids; `None` for all of the user.
        why: The reason.
    """

    user_id: str
    jtis: frozenset[str] | None
    why: EndReason
