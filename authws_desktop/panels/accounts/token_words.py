"""A token for people: each part with its value, what it means, and whether it is accepted. No widgets.

Everything is made anew from the examination and kept nowhere else.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from authws_desktop.accounts.models import Examination
from authws_desktop.accounts.tokens import numeric_date
from authws_desktop.panels.kit.escape import visible
from authws_desktop.panels.kit.language import tr
from authws_desktop.panels.kit.words import ago_text, left_text, when_text
from authws_desktop.protocol.codes import AuthReason

_TIMES = ("exp", "nbf", "iat")
_PLACES = {"token": "verdict", "signature": "verdict", "alg": "header"}
_VALUE_CHARS = 2000
_CLAIMS_OF = {
    AuthReason.EXPIRED: ("exp",),
    AuthReason.NOT_YET_VALID: ("nbf", "iat"),
    AuthReason.WRONG_ISSUER: ("iss",),
    AuthReason.WRONG_AUDIENCE: ("aud",),
    AuthReason.BAD_SIGNATURE: ("signature", "alg"),
    AuthReason.UNKNOWN_TOKEN: ("jti",),
    AuthReason.REVOKED: ("jti",),
    AuthReason.UNKNOWN_USER: ("sub",),
    AuthReason.DISABLED: ("sub",),
}
"""The claims whose verdict explains a reason; it need not be the first that was refused."""


@dataclass(frozen=True, slots=True)
class TokenRow:
    """One part of a token.

    Attributes:
        place: `header`, `claims`, or `verdict` for what is no field of its own.
        part: Its name in the token, such as `exp`.
        value: Its value as text, harmless to show.
        words: What it means, or what is the matter with it.
        is_good: Whether it is accepted; `None` for what this server does not judge.
    """

    place: str
    part: str
    value: str
    words: str
    is_good: bool | None


def token_rows(result: Examination, now_s: float) -> list[TokenRow]:
    """Return a token's parts: the verdicts that are no fields, then the header, then the claims.

    Args:
        result: The examination.
        now_s: Seconds since the epoch, for times in words.
    """
    verdicts = {verdict.claim: verdict for verdict in result.verdicts}
    fields = [("header", name, value) for name, value in result.header.items()]
    fields += [("claims", name, value) for name, value in result.payload.items()]
    rows = []
    judged = set()
    for place, name, value in fields:
        # "alg" is judged in the header only, everything else in the claims.
        verdict = verdicts.get(name) if (name == "alg") == (place == "header") else None
        if verdict is not None:
            judged.add(name)
        words = _words(place, name, value, now_s) or (verdict.text if verdict else "")
        rows.append(
            TokenRow(place, visible(name), _value(value), words, verdict.is_good if verdict else None)
        )
    rest = [
        TokenRow(_PLACES.get(verdict.claim, "claims"), verdict.claim, "", verdict.text, verdict.is_good)
        for verdict in result.verdicts
        if verdict.claim not in judged
    ]
    return rest + rows


def summary(result: Examination, now_s: float) -> str:
    """Return the verdict on the whole token in one sentence."""
    if result.reason is None:
        expires_at = numeric_date(result.payload.get("exp"))
        left = "" if expires_at is None else left_text(expires_at, now_s)
        return tr("This server accepts it; it expires {when}.").format(when=left)
    refusals = [verdict for verdict in result.verdicts if not verdict.is_good]
    first = next((each for each in refusals if each.claim in _CLAIMS_OF.get(result.reason, ())), refusals[0])
    words = _words("claims", first.claim, result.payload.get(first.claim), now_s) or first.text
    more = tr(" {count} more faults below.").format(count=len(refusals) - 1) if len(refusals) > 2 else ""
    more = tr(" One more fault below.") if len(refusals) == 2 else more
    return tr("This server refuses it ({reason}). {words}").format(reason=result.reason, words=words) + more


def _words(place: str, name: str, value: Any, now_s: float) -> str:
    """Return a time in words; empty for what is none."""
    moment = numeric_date(value)
    if place != "claims" or name not in _TIMES or moment is None:
        return ""
    try:
        when = when_text(moment, now_s)
    except (ValueError, OverflowError, OSError):
        return tr("Beyond every calendar.")
    if moment <= now_s:
        past = {"exp": tr("Expired {time}"), "nbf": tr("Counts since {time}"), "iat": tr("Issued {time}")}[
            name
        ]
        return f"{past.format(time=ago_text(moment, now_s))} ({when})."
    future = {
        "exp": tr("Expires {time}"),
        "nbf": tr("Counts {time}"),
        "iat": tr("Issued in the future, {time}"),
    }[name]
    return f"{future.format(time=left_text(moment, now_s))} ({when})."


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    shown = visible(text[:_VALUE_CHARS])
    return f"{shown}…" if len(text) > _VALUE_CHARS else shown
