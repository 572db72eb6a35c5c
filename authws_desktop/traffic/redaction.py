"""Keeps tokens and passwords out of every record, at the place where the record is made."""

from __future__ import annotations

import re

REDACTED = b"[redacted]"

# A JWT is three base64url parts; its first is the header's `{"`, which always encodes to `eyJ`. What looks
# like one is hidden wherever it stands, also cut short (a broken frame, a query string).
_JWT = re.compile(rb"eyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*){0,2}")
# A field that holds a secret: as JSON, as JSON within a string (its quotes escaped), in a query string or
# badly quoted. The value may be cut short as well.
_SECRET_FIELD = re.compile(
    rb"""((?:token|password|passwd|secret)\\*["']?\s*[:=]\s*)"""
    rb"""("(?:[^"\\]|\\.)*"?|\\+"[^"]*"?|'[^']*'?|[^\s,}\]&;"'\\]+)""",
    re.IGNORECASE | re.DOTALL,
)
# Headers whose value is a secret whatever it looks like: the admin token is no JWT.
_SECRET_HEADER = re.compile(
    rb"^((?:proxy-)?authorization|cookie|set-cookie)(:[ \t]*)(\w+[ \t]+(?=\S))?.+$",
    re.IGNORECASE | re.MULTILINE,
)
_INVITE_FIELD = re.compile(rb"""(invite_?code\\*["']?\s*[:=]\s*)("(?:[^"\\]|\\.)*"?)""", re.IGNORECASE)
_ESCAPED_ASCII = re.compile(rb"\\u00([2-7][0-9a-fA-F])")


def redact(payload: bytes) -> bytes:
    """Return the payload without tokens and passwords.

    Args:
        payload: A frame's or body's bytes, well formed or not.
    """
    # A str is searched several times faster than bytes, and nearly every payload is only searched.
    text = payload.decode("latin-1")
    if "\\u00" in text:
        # JSON may write any letter as an escape, also those that give a secret away.
        plain = _ESCAPED_ASCII.sub(lambda found: bytes([int(found[1], 16)]), payload)
        hidden = _hide(plain)
        return payload if hidden == plain else hidden
    return _hide(payload) if _may_hold_secret(text) else payload


def _may_hold_secret(text: str) -> bool:
    folded = text.lower()
    # Spelled out: any() with a generator costs three times as much, for every record.
    return "token" in folded or "passw" in folded or "secret" in folded or "eyJ" in text


def _hide(payload: bytes) -> bytes:
    # Fields first: a JWT that is a field's value is then hidden with its quotes kept, and the JSON stays
    # whole.
    return _JWT.sub(REDACTED, _SECRET_FIELD.sub(_hide_value, payload))


def _hide_value(found: re.Match[bytes]) -> bytes:
    value: bytes = found[2]
    quote = b'"'
    if value.startswith(b"\\"):
        quote = value[: value.index(b'"') + 1]
    elif value.startswith(b"'"):
        quote = b"'"
    return found[1] + quote + REDACTED + quote


def redact_text(text: str) -> str:
    """Return a text without tokens and passwords."""
    if not _may_hold_secret(text) and "\\u00" not in text:
        return text
    return redact(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")


def redact_http(text: str) -> str:
    """Return an HTTP message, head and body, without tokens, passwords, cookies and invitation codes."""
    plain = text.encode("utf-8", "surrogatepass")
    hidden = _SECRET_HEADER.sub(rb"\1\2\3" + REDACTED, plain)
    hidden = _INVITE_FIELD.sub(rb'\1"' + REDACTED + b'"', hidden)
    return redact(hidden).decode("utf-8", "surrogatepass")
