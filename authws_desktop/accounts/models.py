"""Accounts, sessions and tokens as the rest of the program sees them: immutable values."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from authws_desktop.protocol.codes import AuthReason


class Role(StrEnum):
    """What an account may do; a host may call the admin endpoints, a guest has no password."""

    HOST = "host"
    MEMBER = "member"
    GUEST = "guest"


@dataclass(frozen=True, slots=True)
class Account:
    """A user.

    Attributes:
        id: A UUID as text; never changes.
        username: As typed.
        role: Host, member or guest.
        created_at: Seconds since the epoch.
        last_login_at: Seconds since the epoch; `None` before the first login.
        is_disabled: A disabled account has no live sessions and gets none.
        revision: The database's revision at the last change of this account; logins are none.
        changed_by: Who made that change; empty if it was before this was noted.
        changed_at: When, seconds since the epoch.
        login_networks: From where it logged in, newest first (see `login_throttle`, rule 3).
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
    login_networks: tuple[str, ...] = ()


def new_account(
    username: str, role: Role, now: float, last_login_at: float | None = None, networks: tuple[str, ...] = ()
) -> Account:
    """Return an account with an id of its own.

    Args:
        username: As typed.
        role: Host, member or guest.
        now: Seconds since the epoch.
        last_login_at: Seconds since the epoch; `None` if it does not log in at once.
        networks: From where it logs in at once.
    """
    return Account(str(uuid.uuid4()), username, role, now, last_login_at, False, login_networks=networks)


@dataclass(frozen=True, slots=True)
class Session:
    """One issued token that still counts.

    Attributes:
        jti: The token's id.
        user_id: Id of the account it was issued to.
        issued_at: Seconds since the epoch.
        expires_at: Seconds since the epoch.
        last_used_at: Seconds since the epoch; `None` if it was never presented.
        address: IP address that used it last, at first the login's; empty if unknown.
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
        label: A name that the host gave it, such as the class; may be empty.
        uses: Accounts that were made with it.
        max_uses: Most accounts that may be made with it; `None` for any number.
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

    def link(self, page_url: str) -> str:
        """Return the address that leads to the registration with this code.

        Args:
            page_url: The web client's, such as `http://192.0.2.1:4000/`, or that of the page on which devices
                learn to trust the server, from where it goes on.
        """
        return f"{page_url}?invite={self.code}"


@dataclass(frozen=True, slots=True)
class PendingAccount:
    """Somebody who registered and waits for the host's approval.

    Attributes:
        id: A UUID as text; the account's id once it is approved.
        username: As typed.
        asked_at: Seconds since the epoch.
        address, app: IP address and program of the request; empty if unknown.
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


@dataclass(frozen=True)
class ClaimVerdict:
    """What one part of a token is worth.

    Attributes:
        claim: `token`, `signature`, a field of the header (`alg`) or a claim (`exp`, `iss`, `sub`, …).
        is_good: Whether this part is accepted.
        text: A sentence, without the token itself.
    """

    claim: str
    is_good: bool
    text: str


_REASONS = (
    AuthReason.BAD_SIGNATURE,
    AuthReason.EXPIRED,
    AuthReason.NOT_YET_VALID,
    AuthReason.WRONG_ISSUER,
    AuthReason.WRONG_AUDIENCE,
    AuthReason.MALFORMED,
    AuthReason.UNKNOWN_TOKEN,
    AuthReason.UNKNOWN_USER,
    AuthReason.DISABLED,
    AuthReason.REVOKED,
    AuthReason.BANNED,
)
"""The order in which reasons go before others. Claims of a wrong type are the fault of a token only where
nothing says that somebody else issued it; what is no token at all has no other reason."""


@dataclass(slots=True)
class Examination:
    """A token, judged once, part by part.

    Attributes:
        header: The token's header; empty if it has none that can be read.
        payload: The token's claims as they stand; empty if they cannot be read.
        claims: The claims this server uses; `None` if one is missing or the signature is wrong.
        reason: Why it is refused; `None` if nothing speaks against it.
        verdicts: The verdict on each part that could be judged, in order.
    """

    header: dict[str, Any] = field(default_factory=dict, repr=False)
    payload: dict[str, Any] = field(default_factory=dict, repr=False)
    claims: Claims | None = None
    reason: AuthReason | None = None
    verdicts: list[ClaimVerdict] = field(default_factory=list)

    def accept(self, claim: str, text: str) -> None:
        """Note a part that is good."""
        self.verdicts.append(ClaimVerdict(claim, True, text))

    def refuse(self, claim: str, reason: AuthReason, text: str) -> None:
        """Note a part that is not; the first reason in the order of the contract counts."""
        self.verdicts.append(ClaimVerdict(claim, False, text))
        self.reason = min(self.reason or reason, reason, key=_REASONS.index)


@dataclass(frozen=True, slots=True)
class CheckedToken:
    """A token that was accepted.

    Attributes:
        account: Its account, as it is now.
        session: Its session.
        claims: The token's claims that this server uses.
        examination: The verdicts on its parts.
    """

    account: Account
    session: Session
    claims: Claims
    examination: Examination

    @property
    def expires_at(self) -> float:
        """Seconds since the epoch."""
        return self.claims.expires_at


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token.

    Attributes:
        token: The JWT; not part of the repr.
        account: The account it was issued to.
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
    GUEST_ENDED = "guest_ended"
    """The account went with the event; what the guest said stays, as it was said to all."""
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a reason
    LOGGED_OUT = "logged_out"
    REVOKED = "revoked"
    SECRET_CHANGED = "secret_changed"  # noqa: S105 - a reason


@dataclass(frozen=True, slots=True)
class EndedTokens:
    """Tokens that stopped counting before their expiry.

    Attributes:
        user_id: Id of the account they were issued to.
        jtis: Their ids; `None` for all of the user.
        why: The reason.
        spared: Ids of tokens that count all the same: the user came back before this was heard of.
    """

    user_id: str
    jtis: frozenset[str] | None
    why: EndReason
    spared: frozenset[str] = frozenset()

    def concerns(self, user_id: str, jti: str) -> bool:
        """Tell whether a token is one of them."""
        is_one = self.jtis is None or jti in self.jtis
        return is_one and user_id == self.user_id and jti not in self.spared
