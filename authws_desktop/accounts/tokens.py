"""Tokens: JWTs (RFC 7519) signed with HS256, made and checked by PyJWT.

Only HS256 is accepted, whatever the header says (RFC 8725 section 3.1). A token is judged once, part by part,
as `jwt.decode` judges it, and the verdicts are kept for the record; `models.Examination` says which reason
is given. `malformed` is what is no JSON Web Token, or a token of ours whose claims have wrong types. What
needs the accounts (unknown_token and what follows) is judged in `sessions`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import jwt
from jwt.algorithms import HMACAlgorithm

from authws_desktop.accounts.keys import SigningKey, SigningKeys
from authws_desktop.accounts.models import Claims, Examination
from authws_desktop.durations import duration_words
from authws_desktop.protocol.codes import AuthReason

ISSUER = "authws-desktop"
MAX_TOKEN_CHARS = 8 * 1024
"""Room for the tokens of other issuers, which may list groups; anything longer is not decoded."""
ALGORITHM = "HS256"
LEEWAY_S = 60.0
"""How far another computer's clock may be ahead."""


class _Hs256(HMACAlgorithm):
    """HS256 without PyJWT's warning about short keys: `SigningKeys.warning` tells the host once."""

    def check_key_length(self, key: Any) -> str | None:
        return None


_hs256 = _Hs256(HMACAlgorithm.SHA256)
_jws = jwt.PyJWS(algorithms=[])
_jws.register_algorithm(ALGORITHM, _hs256)


_CLAIMS_READABLE = (
    None,
    AuthReason.EXPIRED,
    AuthReason.NOT_YET_VALID,
    AuthReason.WRONG_ISSUER,
    AuthReason.WRONG_AUDIENCE,
)
"""What may be the matter with a token whose claims are shown."""


def issue(
    key: SigningKey, *, user_id: str, username: str, jti: str, now: float, life_s: float
) -> tuple[str, float]:
    """Make a token.

    Args:
        key: The key that signs it.
        user_id: The subject.
        username: The subject's name.
        jti: The token's id.
        now: Seconds since the epoch.
        life_s: How long it lasts, at least; it ends with a full second.

    Returns:
        The token, and when it expires, seconds since the epoch.
    """
    # NumericDates may have fractions (RFC 7519, 2), but other libraries expect whole seconds.
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


def judge(
    result: Examination,
    token: str,
    signature: bytes,
    keys: SigningKeys,
    now: float,
    issued_at: Callable[[str], float | None],
) -> None:
    """Judge a token of this server; never raises, whatever stands in it.

    Args:
        result: The token, read; takes the verdicts.
        token: Its text.
        signature: What `read` returned.
        keys: The keys that sign this server's tokens, and those still accepted.
        now: Seconds since the epoch.
        issued_at: Tells when this server issued the live token with an id, seconds since the epoch. A token
            that it issued itself is not refused because its own clock was set back since.
    """
    key = judge_signature(result, token, signature, keys)
    judge_times(result, now, issued_at=issued_at)
    _judge_issuer(result)
    _judge_audience(result)
    _judge_ids(result)
    if key is not None and result.reason in _CLAIMS_READABLE:
        result.claims = _claims(result.payload, key.id)


def read(token: str, result: Examination) -> bytes | None:
    """Read header and claims without believing them; return the signature, `None` if there is no token."""
    # Before it is decoded: it comes from strangers, with every frame they like.
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
    if not isinstance(payload, dict) or not isinstance(result.header.get("alg"), str):
        result.refuse(
            "token", AuthReason.MALFORMED, "The header has no algorithm, or the claims are no object."
        )
        return None
    result.payload = payload
    signature: bytes = parts["signature"]
    return signature


def judge_signature(
    result: Examination, token: str, signature: bytes, keys: SigningKeys
) -> SigningKey | None:
    """Return the secret that signed a token; `None` if none of ours did."""
    if result.header["alg"] != ALGORITHM:
        result.refuse("alg", AuthReason.BAD_SIGNATURE, "Another algorithm than HS256 is named.")
        return None
    result.accept("alg", "Signed with HS256.")
    signed = token.rpartition(".")[0].encode("ascii")
    # PyJWT compares in constant time.
    for key in keys.accepted(result.header.get("kid")):
        if not _hs256.verify(signed, _hs256.prepare_key(key.secret), signature):
            continue
        current = "the current secret" if key is keys.active else "an earlier secret that is still accepted"
        result.accept("signature", f"Signed with {current} ({key.id}).")
        return key
    result.refuse("signature", AuthReason.BAD_SIGNATURE, "Signed with a secret this server does not accept.")
    return None


def judge_times(
    result: Examination,
    now: float,
    *,
    needs_expiry: bool = True,
    issued_at: Callable[[str], float | None] = lambda _jti: None,
) -> None:
    """Judge `exp`, `nbf` and `iat` (RFC 7519 sections 4.1.4 to 4.1.6).

    Args:
        result: Takes the verdicts.
        now: Seconds since the epoch.
        needs_expiry: Whether there must be an `exp`.
        issued_at: As for `judge`.
    """
    expires_at = numeric_date(result.payload.get("exp"))
    if expires_at is None and (needs_expiry or "exp" in result.payload):
        result.refuse("exp", AuthReason.MALFORMED, "The time of expiry is missing or no number.")
    elif expires_at is not None and expires_at <= now:
        result.refuse("exp", AuthReason.EXPIRED, f"Expired {duration_words(round(now - expires_at))} ago.")
    elif expires_at is not None:
        result.accept("exp", f"Expires in {duration_words(round(expires_at - now))}.")
    for claim in ("nbf", "iat"):
        if claim not in result.payload:
            continue
        begin = numeric_date(result.payload[claim])
        if begin is None:
            result.refuse(claim, AuthReason.MALFORMED, "The time is no number.")
        elif begin > now + LEEWAY_S and not (claim == "iat" and _is_own_time(result, begin, issued_at)):
            ahead = duration_words(round(begin - now))
            text = f"Counts only {ahead} from now." if claim == "nbf" else f"Issued only {ahead} from now."
            result.refuse(claim, AuthReason.NOT_YET_VALID, text)
        else:
            result.accept(claim, "Counts by now." if claim == "nbf" else "Issued by now.")


def _is_own_time(result: Examination, time_s: float, issued_at: Callable[[str], float | None]) -> bool:
    jti = result.payload.get("jti")
    own_s = issued_at(jti) if isinstance(jti, str) else None
    return own_s is not None and math.floor(own_s) == time_s


def _judge_issuer(result: Examination) -> None:
    if result.payload.get("iss") == ISSUER:
        result.accept("iss", "Issued by this program.")
    else:
        result.refuse("iss", AuthReason.WRONG_ISSUER, f"Not issued by '{ISSUER}'.")


def _judge_audience(result: Examination) -> None:
    """Refuse a token that names an audience: this server's name none, so it is meant for somebody else."""
    if result.payload.get("aud") is not None:
        result.refuse("aud", AuthReason.WRONG_AUDIENCE, "Meant for another service.")


def _judge_ids(result: Examination) -> None:
    subject = result.payload.get("sub")
    if not isinstance(subject, str) or not subject:
        result.refuse("sub", AuthReason.MALFORMED, "The user id is missing or no text.")
    if not isinstance(result.payload.get("jti", ""), str):
        result.refuse("jti", AuthReason.MALFORMED, "The token's id is no text.")


def _claims(payload: dict[str, Any], key_id: str) -> Claims | None:
    subject, jti, expires_at = payload.get("sub"), payload.get("jti", ""), numeric_date(payload.get("exp"))
    if expires_at is None or not isinstance(subject, str) or not isinstance(jti, str):
        return None
    username = payload.get("username")
    return Claims(
        user_id=subject,
        username=username if isinstance(username, str) else "",
        jti=jti,
        issued_at=numeric_date(payload.get("iat")),
        expires_at=expires_at,
        key_id=key_id,
    )


def numeric_date(value: object) -> float | None:
    """Return a NumericDate, `None` if it is none (infinite and not-a-number are JSON to Python)."""
    # A boolean is an integer to Python.
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    # An integer of JSON has no bound, a float has.
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
