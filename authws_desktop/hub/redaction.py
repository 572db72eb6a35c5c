"""Keeps tokens and passwords out of every record, at the place where the record is made."""

from __future__ import annotations

import re

REDACTED = b"[redacted]"

# A JWT is three base64url parts; its first is the header's `{"`, which always encodes to `eyJ`. What looks
# like one is hidden wherever it stands, also cut short (a broken frame, a query string).
_JWT = re.compile(rb"eyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*){0,2}")
_SECRET_FIELD = re.compile(
    rb'("(?:token|password|currentPassword|newPassword|secret)"\s*:\s*)("(?:[^"\\]|\\.)*"?|[^\s,}\]]+)'
)
_MARKS = (b"eyJ", b"oken", b"assword", b"ecret")


def redact(payload: bytes) -> bytes:
    """Return the payload without tokens and passwords.

    Args:
        payload: A frame's or body's bytes, well formed or not.
    """
    if not any(mark in payload for mark in _MARKS):
        return payload
    payload = _SECRET_FIELD.sub(rb'\1"' + REDACTED + b'"', payload)
    return _JWT.sub(REDACTED, payload)


def redact_text(text: str) -> str:
    """Return a text without tokens and passwords."""
    return redact(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")
