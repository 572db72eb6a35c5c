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
    """

    id: str
    username: str
    role: Role
    created_at: float
    last_login_at: float | None
    is_disabled: bool
    revision: int = 0


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
