"""What the columns of the traffic table say about a record."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import msgspec

from authws_desktop.panels.kit.chips import Chip, ChipShape
from authws_desktop.panels.kit.escape import numbered, preview, visible
from authws_desktop.panels.kit.words import difference_text, duration_text, grouped
from authws_desktop.traffic.filter_checks import SHORT_NAMES
from authws_desktop.traffic.record import Delivery, Direction, Fate, Identity, Kind, Record

PREVIEW_BYTES = 400
MAX_UNWRAPPED_BYTES = 64 * 1024
"""Longer messages are shown with the frame around them: decoding them takes too long for a table."""

SERVER = "server"
DONE = "✓"
"""The outcome in a request's row where the server did what was asked."""
MOST_NAME_CHARS = 10
"""Longest name of a recipient beside the outcome of a message; the tool tip has it whole."""
HOST_MARK = "host"
"""The word in the chip of what the host sent from this window."""

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
    Kind.UNPINNED: ("neutral", ChipShape.PILL),
    Kind.USER_LIST: ("neutral", ChipShape.PILL),
    Kind.PRESENCE: ("neutral", ChipShape.PILL),
    Kind.HISTORY: ("neutral", ChipShape.PILL),
    Kind.ACK: ("neutral", ChipShape.TAG),
    Kind.ACCEPTED: ("neutral", ChipShape.PILL),
    Kind.ACKNOWLEDGED: ("neutral", ChipShape.TAG),
    Kind.ERROR: ("bad", ChipShape.CUT),
    Kind.INVALID: ("warn", ChipShape.CUT),
}
_STORED = {
    Fate.QUEUED: "… queued",
    Fate.REPLAYED: f"{DONE} replayed",
    Fate.UNACKNOWLEDGED: DONE,
    Fate.ACKNOWLEDGED: f"{DONE} acknowledged",
    Fate.EXPIRED: "✗ expired",
}
"""What became of a direct that was kept for its recipient."""
_ERROR = Kind.ERROR  # looked up once: a member of an enumeration costs as much as the rest of a short text
_WITH_CONTENT = (Kind.MESSAGE, Kind.DIRECT)
_DIRECTIONS = {Direction.IN: "→ in", Direction.OUT: "← out", Direction.EVENT: "· event"}


class DeliveryCounts(NamedTuple):
    """How many receivers of each fate.

    Attributes:
        lost: The connection closed before it was written.
        waiting: They read slowly, and it is not written yet.
        late: They read slowly; it is written now.
        written: At once.
    """

    lost: int
    waiting: int
    late: int
    written: int


def delivery_counts(delivery: Delivery) -> DeliveryCounts:
    """Return how many receivers of each fate a message has."""
    receivers, held = len(delivery.recipients), delivery.held
    if not held:
        return DeliveryCounts(0, 0, 0, receivers)
    fates = [each.fate for each in held]
    lost, waiting = fates.count(Fate.LOST), fates.count(Fate.WAITING)
    late = fates.count(Fate.SENT)
    return DeliveryCounts(lost, waiting, late, receivers - len(held))


class _WithContent(msgspec.Struct):
    content: msgspec.Raw = msgspec.Raw(b"")


class _WithRecipient(msgspec.Struct):
    to: str = ""


_recipient_decoder = msgspec.json.Decoder(_WithRecipient)
_content_decoder = msgspec.json.Decoder(_WithContent)


def is_refusal(record: Record) -> bool:
    """Whether a record says that something was refused."""
    return bool(record.outcome) and record.kind not in (Kind.DISCONNECT, Kind.HTTP)


def chip(record: Record) -> Chip:
    """Return the chip of a record's type; what was refused has a warning's shape."""
    return _chip(record.kind, is_refusal(record), record.is_from_host)


@cache  # some dozens, and each row has one
def _chip(kind: Kind, is_refused: bool, is_from_host: bool) -> Chip:
    text = _SHORT_KIND.get(kind, str(kind))
    tone, shape = _LOOKS[kind]
    if is_refused and tone != "warn":
        tone, shape = "bad", ChipShape.CUT
    return Chip(f"{text} · {HOST_MARK}" if is_from_host else text, tone, shape)


def direction(record: Record) -> str:
    """Return the direction as an arrow and a word."""
    return _DIRECTIONS[record.direction]


def identity_name(identity: Identity) -> str:
    """Return who a connection is: a name, or the address while there is none."""
    return visible(identity.username or identity.address)


def numbered_identity(identity: Identity) -> str:
    """Return who a connection is, with its number; without one for a request, which has none."""
    name = identity_name(identity)
    return numbered(name, identity.number) if identity.number else name


def who(record: Record) -> str:
    """Return who sent a record: a connection, or the server."""
    identity = record.identity
    is_answer = _is_answer(record)
    if record.is_from_host and (is_answer or not identity.number):
        return f"{SERVER if is_answer else identity_name(identity)} (you)"
    return SERVER if is_answer else numbered_identity(identity)


def recipient(record: Record) -> str:
    """Return whom a record was for."""
    if _is_answer(record):
        return numbered(visible(record.identity.username), record.identity.number)
    if record.kind is Kind.AUTHENTICATE and not record.outcome:
        return DONE
    if not record.to:
        return _asked_recipient(record)
    name = f"all {grouped(record.recipients)}" if record.to == "all" else visible(record.to[:200])
    if record.delivery is None:
        return name
    # What became of it must be whole, and so must be how long it took: a number that is cut is a wrong one.
    short = name if len(name) <= MOST_NAME_CHARS else f"{name[: MOST_NAME_CHARS - 1]}…"
    fate = _fate(record.delivery)
    took = f" {difference_text(record.delivery.took_s).removeprefix('+')}" if fate == DONE else ""
    return f"{short} {fate}{took}"


def _fate(delivery: Delivery) -> str:
    """Return what became of a message at its recipients: done, or how many are late or lost."""
    counts = delivery_counts(delivery)
    if counts.lost:
        return f"✗ {grouped(counts.lost)}"
    if counts.waiting:
        return f"… {grouped(counts.waiting)}"
    return DONE if delivery.stored is None else _STORED[delivery.stored.fate]


def outcome_lines(record: Record) -> list[str]:
    """Return in words what a sign in the column of recipients stands for; nothing where there is none."""
    delivery = record.delivery
    if delivery is None or (delivery.stored is not None and not delivery.recipients):
        return []
    counts, receivers = delivery_counts(delivery), len(delivery.recipients)
    written, took = counts.written + counts.late, duration_text(delivery.took_s)
    lines = [f"Written to {grouped(written)} of {grouped(receivers)} within {took}."]
    if counts.late:
        after_s = max(held.after_s for held in delivery.held if held.fate is Fate.SENT)
        lines.append(f"Of these late: {grouped(counts.late)}, the last one after {duration_text(after_s)}.")
    if counts.waiting:
        lines.append(f"Waiting, as they read slowly: {grouped(counts.waiting)}.")
    if counts.lost:
        lines.append(f"Lost, as the connection closed: {grouped(counts.lost)}.")
    if record.to != "all":
        lines.append(f"To: {visible(record.to[:200])}")
    return lines


def _asked_recipient(record: Record) -> str:
    """Return whom a direct message was meant for that was refused, and so went to nobody."""
    if record.kind is not Kind.DIRECT or len(record.payload) > MAX_UNWRAPPED_BYTES:
        return ""
    return visible(named_recipient(record.payload))


def named_recipient(frame: bytes) -> str:
    """Return the first 200 characters of whom a client's frame names as its recipient; empty if nobody."""
    try:
        return _recipient_decoder.decode(frame).to[:200]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""


def _is_answer(record: Record) -> bool:
    """Whether the server made it for the one connection it belongs to."""
    return record.direction is Direction.OUT and bool(record.identity.number) and record.to != "all"


def identity_lines(record: Record, tr: Callable[[str], str] = str) -> str:
    """Return everything that is known of the connection a record belongs to, a fact a line.

    Args:
        record: The record.
        tr: Translates what the facts are called.
    """
    identity = record.identity
    facts = (
        ("User", identity.username),
        ("Account", identity.user_id),
        ("Connection", f"#{identity.number}" if identity.number else ""),
        ("Client", identity.client_id),
        ("Address", identity.address),
        ("App", identity.app),
        ("Token", identity.token_id),
        ("Node", identity.node),
    )
    return "\n".join(f"{tr(name)}: {visible(value[:200])}" for name, value in facts if value)


def content(record: Record) -> str:
    """Return outcome, sentence and payload on one line, with nothing hidden in them."""
    payload = preview(_inner(record), PREVIEW_BYTES) if record.payload and record.kind is not _ERROR else ""
    if not record.outcome and not record.detail:  # as nearly all
        return payload
    parts = (untold_outcome(record), visible(record.detail[:PREVIEW_BYTES]), payload)
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
