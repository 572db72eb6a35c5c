"""Who did what: administrative acts, as the audit table keeps them and as they are handed on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from authws_desktop.protocol.timestamps import format_timestamp
from authws_desktop.spreadsheet import csv_lines

AUDIT_TEXT_MAX_CHARS = 200
"""Longer names and outcomes are cut."""
DONE = "done"
"""The outcome of an act that did what was asked."""

_HEADER = ("time", "actor", "act", "target", "address", "outcome")


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
        actor: Who does it, and from which address.
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
        actor, address: Name of who acted, and the IP address; the address is empty at the desk.
        act, target: The act in words, and the name of whom or what it concerns.
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
    """Return entries as CSV for a spreadsheet."""
    return csv_lines([_HEADER, *(_row(entry).values() for entry in entries)])


def _row(entry: AuditEntry) -> dict[str, str]:
    values = (entry.actor, entry.act, entry.target, entry.address, entry.outcome)
    return dict(zip(_HEADER, (format_timestamp(entry.time), *values), strict=True))
