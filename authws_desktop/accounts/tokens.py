"""Tokens: JWTs (RFC 7519) signed with HS256, made and checked by PyJWT.

Only HS256 is accepted, whatever the header says (RFC 8725 section 3.1). A token is judged part by part;
the reason given is the first one in the order of the contract: malformed, bad_signature, expired,
wrong_issuer. What follows (unknown_user, disabled, revoked) needs the accounts: see `core`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jwt
from jwt.algorithms import HMACAlgorithm

from authws_desktop.accounts.errors import ClaimVerdict, TokenRefused
from authws_desktop.accounts.keys import SigningKey, SigningKeys
from authws_desktop.accounts.records import Claims
from authws_desktop.protocol.codes import AuthReason
from authws_desktop.spans import span_words

ISSUER = "authws-desktop"
MAX_TOKEN_CHARS = 8 * 1024
ALGORITHM = "HS256"


class _Hs256(HMACAlgorithm):
    """HS256 without PyJWT's warning about short keys: `SigningKeys.warning` tells the host once."""

    def check_key_length(self, key: Any) -> str | None:
        return None


_hs256 = _Hs256(HMACAlgorithm.SHA256)
_jws = jwt.PyJWS(algorithms=[])
_jws.register_algorithm(ALGORITHM, _hs256)


@dataclass(slots=True)
class Examination:
    """A token, judged part by part.

    Attributes:
        header: The token's header; empty if it has none that can be read.
        payload: The token's claims as they stand; empty if they cannot be read.
        claims: The claims this server uses; `None` if one is missing or the signature is wrong.
        reason: Why it is refused; `None` if nothing speaks against it.
        verdicts: The verdict on each part that could be judged, in order.
    """

    header: dict[str, Any] = field(default_factory=dict)
    payload: dict[str, Any] = field(default_factory=dict)
    claims: Claims | None = None
    reason: AuthReason | None = None
    verdicts: list[ClaimVerdict] = field(default_factory=list)

    def accept(self, claim: str, text: str) -> None:
        """Note a part that is good."""
        self.verdicts.append(ClaimVerdict(claim, True, text))

    def refuse(self, claim: str, reason: AuthReason, text: str) -> None:
        """Note a part that is not; the first reason counts."""
        self.verdicts.append(ClaimVerdict(claim, False, text))
        self.reason = self.reason or reason


def issue(
    key: SigningKey, *, user_id: str, username: str, jti: str, now: float, life_s: float
) -> tuple[str, float]:
    """Make a token.

    Args:
        key: What it is signed with.
        user_id: The subject.
        username: The subject's name.
        jti: The token's id.
        now: Seconds since the epoch.
        life_s: How long it lasts, at least; it ends with a full second.

    Returns:
        The token, and when it expires, seconds since the epoch.
    """
    expires_at = math.ceil(now + life_s)
    payload = {
        "sub": user_id,
        "username": username,
        "iss": ISSUER,
        "iat": int(now),
        "exp": expires_at,
        "jti": jti,
    }
    content = json.dumps(payload, separators=(",", ":")).encode("ascii")
    return _jws.encode(content, key.secret, ALGORITHM, {"kid": key.id}), float(expires_at)


def verify(token: str, keys: SigningKeys, now: Callable[[], float]) -> Claims:
    """Return what a token says, if its form, signature, time and issuer are good.

    Raises:
        TokenRefused: They are not; says why, part by part.
    """
    examination = examine(token, keys, now())
    if examination.reason is not None or examination.claims is None:
        raise TokenRefused(examination.reason or AuthReason.MALFORMED, examination.verdicts)
    return examination.claims


def examine(token: str, keys: SigningKeys, now: float) -> Examination:
    """Judge a token part by part; never raises, whatever it is given.

    Args:
        token: Any text.
        keys: What tokens are signed with.
        now: Seconds since the epoch.
    """
    result = Examination()
    signature = _read(token, result)
    if signature is not None:
        _judge_form(result)
        key = _judge_signature(token, signature, keys, result)
        _judge_time(result, now)
        _judge_issuer(result)
        if key is not None and result.reason in (None, AuthReason.EXPIRED, AuthReason.WRONG_ISSUER):
            result.claims = _claims(result.payload, key.id)
    return result


def _read(token: str, result: Examination) -> bytes | None:
    """Read header and claims without believing them; return the signature, `None` if there is no token."""
    if not token.isascii() or len(token) > MAX_TOKEN_CHARS:
        result.refuse(
            "token", AuthReason.MALFORMED, f"Not a token: ASCII text of up to {MAX_TOKEN_CHARS} characters."
        )
        return None
    try:
        parts = _jws.decode_complete(token, options={"verify_signature": False})
        payload = json.loads(parts["payload"])
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        result.refuse("token", AuthReason.MALFORMED, "Not three parts of JSON and signature in base64url.")
        return None
    result.header = parts["header"]
    if not isinstance(payload, dict):
        result.refuse("token", AuthReason.MALFORMED, "The claims are not a JSON object.")
        return None
    result.payload = payload
    signature: bytes = parts["signature"]
    return signature


def _judge_form(result: Examination) -> None:
    algorithm = result.header.get("alg")
    if algorithm == ALGORITHM:
        result.accept("alg", "Signed with HS256.")
    else:
        result.refuse("alg", AuthReason.MALFORMED, "Only HS256 is accepted, another algorithm is named.")
    subject = result.payload.get("sub")
    if not isinstance(subject, str) or not subject:
        result.refuse("sub", AuthReason.MALFORMED, "The user id is missing or no text.")
    if numeric_date(result.payload.get("exp")) is None:
        result.refuse("exp", AuthReason.MALFORMED, "The time of expiry is missing or no number.")


def _judge_signature(
    token: str, signature: bytes, keys: SigningKeys, result: Examination
) -> SigningKey | None:
    if result.header.get("alg") != ALGORITHM:
        return None
    signed = token.rpartition(".")[0].encode("ascii")
    for key in keys.accepted(result.header.get("kid")):
        if not _hs256.verify(signed, _hs256.prepare_key(key.secret), signature):
            continue
        current = "the current secret" if key is keys.active else "an earlier secret that is still accepted"
        result.accept("signature", f"Signed with {current} ({key.id}).")
        return key
    result.refuse("signature", AuthReason.BAD_SIGNATURE, "Signed with a secret this server does not accept.")
    return None


def _judge_time(result: Examination, now: float) -> None:
    expires_at = numeric_date(result.payload.get("exp"))
    if expires_at is None:
        return
    if expires_at <= now:
        result.refuse("exp", AuthReason.EXPIRED, f"Expired {span_words(round(now - expires_at))} ago.")
    else:
        result.accept("exp", f"Expires in {span_words(round(expires_at - now))}.")


def _judge_issuer(result: Examination) -> None:
    if result.payload.get("iss") == ISSUER:
        result.accept("iss", "Issued by this program.")
    else:
        result.refuse("iss", AuthReason.WRONG_ISSUER, f"Not issued by '{ISSUER}'.")


def _claims(payload: dict[str, Any], key_id: str) -> Claims:
    username, jti = payload.get("username"), payload.get("jti")
    return Claims(
        user_id=payload["sub"],
        username=username if isinstance(username, str) else "",
        jti=jti if isinstance(jti, str) else "",
        issued_at=numeric_date(payload.get("iat")),
        expires_at=numeric_date(payload["exp"]) or 0.0,
        key_id=key_id,
    )


def numeric_date(value: object) -> float | None:
    """Return a NumericDate, `None` if it is none (infinite and not-a-number are JSON to Python)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
