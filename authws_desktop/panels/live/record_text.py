"""What the columns of the traffic table say about a record."""

from __future__ import annotations

import json

import msgspec

from authws_desktop.hub.filter_checks import SHORT_NAMES
from authws_desktop.hub.traffic import Direction, Identity, Kind, Record
from authws_desktop.panels.chips import Chip, ChipShape
from authws_desktop.panels.live.escape import numbered, preview, visible

PREVIEW_BYTES = 400
MAX_UNWRAPPED_BYTES = 64 * 1024
"""Longer messages are shown with the frame around them, for the sake of the time it takes to read them."""

SERVER = "server"
HOST_MARK = "host"
"""Stands in the chip of what the person at the desk sent."""

_SHORT_KIND = {kind: short for short, kind in SHORT_NAMES.items()}
_LOOKS: dict[Kind, tuple[str, ChipShape]] = {
    Kind.CONNECT: ("good", ChipShape.BOX),
    Kind.DISCONNECT: ("neutral", ChipShape.BOX),
    Kind.REFUSED: ("bad", ChipShape.CUT),
    Kind.HTTP: ("neutral", ChipShape.NOTCH),
    Kind.SERVER: ("neutral", ChipShape.BOX),
    Kind.AUTHENTICATE: ("good", ChipShape.NOTCH),
    Kind.MESSAGE: ("info", ChipShape.PILL),
    Kind.DIRECT: ("special", ChipShape.TAG),
    Kind.CONNECTION: ("neutral", ChipShape.PILL),
    Kind.AUTHENTICATION: ("good", ChipShape.PILL),
    Kind.DELIVERED: ("neutral", ChipShape.TAG),
    Kind.USER_LIST: ("neutral", ChipShape.PILL),
    Kind.ERROR: ("bad", ChipShape.CUT),
    Kind.INVALID: ("warn", ChipShape.CUT),
}
_WITH_CONTENT = (Kind.MESSAGE, Kind.DIRECT)
_DIRECTIONS = {Direction.IN: "→ in", Direction.OUT: "← out", Direction.EVENT: "· event"}


class _WithContent(msgspec.Struct):
    content: msgspec.Raw = msgspec.Raw(b"")


_content_decoder = msgspec.json.Decoder(_WithContent)


def is_refusal(record: Record) -> bool:
    """Whether a record says that something was refused."""
    return bool(record.outcome) and record.kind not in (Kind.DISCONNECT, Kind.HTTP)


def chip(record: Record) -> Chip:
    """Return the chip of a record's type; what was refused has a warning's shape."""
    text = _SHORT_KIND.get(record.kind, str(record.kind))
    tone, shape = _LOOKS[record.kind]
    if is_refusal(record) and tone != "warn":
        tone, shape = "bad", ChipShape.CUT
    return Chip(f"{text} · {HOST_MARK}" if record.is_from_host else text, tone, shape)


def direction(record: Record) -> str:
    """Return the direction as an arrow and a word."""
    return _DIRECTIONS[record.direction]


def identity_name(identity: Identity) -> str:
    """Return who a connection is: a name, or the address while there is none."""
    return visible(identity.username or identity.address)


def who(record: Record) -> str:
    """Return who sent a record: a connection, or the server."""
    identity = record.identity
    name = SERVER if _is_answer(record) else identity_name(identity)
    if record.is_from_host and (_is_answer(record) or not identity.number):
        return f"{name} (you)"
    if _is_answer(record):
        return name
    return numbered(name, identity.number) if identity.number else name


def recipient(record: Record) -> str:
    """Return whom a record was for."""
    if _is_answer(record):
        return numbered(visible(record.identity.username), record.identity.number)
    if not record.to:
        return ""
    if record.to == "all":
        return f"all {record.recipients:,}"
    return visible(record.to[:200])


def _is_answer(record: Record) -> bool:
    """Whether the server made it for the one connection it belongs to."""
    return record.direction is Direction.OUT and bool(record.identity.number) and record.to != "all"


def identity_lines(record: Record) -> str:
    """Return everything that is known of the connection a record belongs to, a fact a line."""
    identity = record.identity
    facts = (
        ("User", identity.username),
        ("Account", identity.user_id),
        ("Connection", f"#{identity.number}" if identity.number else ""),
        ("Client", identity.client_id),
        ("Address", identity.address),
        ("App", identity.app),
        ("Token", identity.token_id),
    )
    return "\n".join(f"{name}: {visible(value[:200])}" for name, value in facts if value)


def content(record: Record) -> str:
    """Return outcome, sentence and payload on one line, with nothing hidden in them."""
    parts = [untold_outcome(record), visible(record.detail[:PREVIEW_BYTES])]
    if record.payload and record.kind is not Kind.ERROR:
        parts.append(preview(_inner(record), PREVIEW_BYTES))
    return "  ".join(part for part in parts if part)


def untold_outcome(record: Record) -> str:
    """Return a record's outcome; nothing if its sentence tells it, as an HTTP request's does."""
    return "" if f" {record.outcome} " in record.detail else record.outcome


def _inner(record: Record) -> bytes:
    """Return a message's content without the frame around it, which the other columns tell."""
    payload = record.payload
    if record.kind not in _WITH_CONTENT or len(payload) > MAX_UNWRAPPED_BYTES:
        return payload
    try:
        return bytes(_content_decoder.decode(payload).content) or payload
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return payload


def as_json(record: Record) -> str:
    """Return a record as one JSON object on one line, as Copy gives it."""
    identity = record.identity
    row = {
        "number": record.number,
        "time": record.time_s,
        "direction": str(record.direction),
        "type": str(record.kind),
        "user": identity.username,
        "userId": identity.user_id,
        "connection": identity.number,
        "clientId": identity.client_id,
        "address": identity.address,
        "app": identity.app,
        "tokenId": identity.token_id,
        "to": record.to,
        "recipients": record.recipients,
        "sizeBytes": record.size_bytes,
        "outcome": record.outcome,
        "detail": record.detail,
        "payload": record.payload.decode("utf-8", "backslashreplace"),
    }
    return json.dumps({name: value for name, value in row.items() if value != ""}, ensure_ascii=False)
