"""Who did what: administrative acts, as the audit table keeps them and as they are handed on."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from authws_desktop.protocol.timestamps import format_timestamp

AUDIT_TEXT_MAX_CHARS = 200
"""Longer names and outcomes are cut."""
DONE = "done"
"""The outcome of an act that did what was asked."""

_HEADER = ("time", "actor", "act", "target", "address", "outcome")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts.

    Attributes:
        name: "window", "command line" or "admin API: NAME".
        address: Where the request came from; empty at the desk.
    """

    name: str
    address: str = ""


WINDOW = Actor("window")
COMMAND_LINE = Actor("command line")
REGISTRATION = Actor("registration")
OWNER = Actor("the user")
"""Who uses an account. Users' acts on their own account are no administrative acts."""


def admin_api(username: str, address: str) -> Actor:
    """Return who acts by HTTP."""
    return Actor(f"admin API: {username}", address)


@dataclass(frozen=True, slots=True)
class Note:
    """What is written of an act, in the same transaction as what it changes.

    Attributes:
        actor: Who acts.
        time: Seconds since the epoch.
        act: In words, such as "disable user"; empty for what is not audited.
        target: Whom or what it concerns.
    """

    actor: Actor
    time: float
    act: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One administrative act.

    Attributes:
        id: Grows with every entry.
        time: Seconds since the epoch.
        actor, address: Who, and from where.
        act, target: What, and whom it concerns.
        outcome: `DONE`, or why it was refused.
    """

    id: int
    time: float
    actor: str
    act: str
    target: str
    address: str
    outcome: str


def as_json_lines(entries: Iterable[AuditEntry]) -> str:
    """Return entries as JSON, one object a line; times are timestamps."""
    return "".join(msgspec.json.encode(_row(entry)).decode() + "\n" for entry in entries)


def as_csv(entries: Iterable[AuditEntry]) -> str:
    """Return entries as CSV (RFC 4180).

    A cell that a spreadsheet would run as a formula gets an apostrophe in front (OWASP, "CSV Injection").
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_HEADER)
    for entry in entries:
        writer.writerow(_harmless(cell) for cell in _row(entry).values())
    return text.getvalue()


def _row(entry: AuditEntry) -> dict[str, str]:
    values = (entry.actor, entry.act, entry.target, entry.address, entry.outcome)
    return dict(zip(_HEADER, (format_timestamp(entry.time), *values), strict=True))


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell
