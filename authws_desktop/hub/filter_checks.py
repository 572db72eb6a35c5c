"""What the terms of the filter language ask of a record."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable

from authws_desktop.hub.traffic import Direction, Kind, Record
from authws_desktop.protocol.codes import AuthReason, ErrorCode

Predicate = Callable[[Record], bool]

FIELDS: dict[str, Callable[[Record], str]] = {
    "user": lambda record: record.identity.username,
    "type": lambda record: record.kind,
    "dir": lambda record: record.direction,
    "ip": lambda record: record.identity.address,
    "conn": lambda record: str(record.identity.number),
    "code": lambda record: record.outcome,
    "to": lambda record: record.to,
}

KNOWN: dict[str, list[str]] = {
    "type": [str(kind) for kind in Kind],
    "dir": [str(each) for each in Direction],
    "code": [*ErrorCode, *AuthReason, "failed"],
}
"""The fields that have only these values; a code may be a number, too."""

SHORT_NAMES = {"delivered": str(Kind.DELIVERED)}
"""What the view writes for a long type."""


def plain(value: str) -> str:
    """Return a value without its quotes."""
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value


def value_problem(name: str, value: str) -> str:
    """Return what is wrong with a field's value, with the nearest one that is right; empty if nothing is.

    Args:
        name: One of `FIELDS`.
        value: As typed: in quotes or not.
    """
    word, known = plain(value), KNOWN.get(name)
    if known is None or "*" in value or (name == "type" and word.casefold() in SHORT_NAMES):
        return ""
    by_word = {each.casefold(): each for each in known}
    # An outcome such as AUTH_ERROR/expired has two parts, a status or closing code is a number.
    parts = [part for part in word.split("/") if not part.isdecimal()] if name == "code" else [word]
    wrong = next((part for part in parts if part and part.casefold() not in by_word), None)
    if wrong is None:
        return ""
    begun = [each for each in by_word if each.startswith(wrong.casefold())]
    near = begun or difflib.get_close_matches(wrong.casefold(), by_word, 1)
    advice = f"Did you mean “{by_word[near[0]]}”?" if near else f"It is one of {', '.join(known)}."
    return f"“{name}:” knows no “{wrong}”. {advice}"


def contains(word: str) -> Predicate:
    """Return whether a record's content contains the word, whatever the case."""
    folded = word.casefold()
    if folded.isascii():
        needle = folded.encode()
        return lambda record: needle in record.payload.lower() or folded in record.detail.casefold()
    # A JSON encoder may have written letters beyond ASCII as \u escapes, in either case.
    forms = {json.dumps(form)[1:-1].lower().encode() for form in (word, folded, word.upper())}

    def check(record: Record) -> bool:
        payload = record.payload
        if folded in payload.decode("utf-8", "replace").casefold() or folded in record.detail.casefold():
            return True
        return b"\\u" in payload and any(form in payload.lower() for form in forms)

    return check


def equals(name: str, values: list[str]) -> Predicate:
    """Return whether a record's field is one of the values.

    Args:
        name: One of `FIELDS`.
        values: Case folded, as typed: in quotes or not.
    """
    read = FIELDS[name]
    words = (plain(value) for value in values if value.startswith('"') or "*" not in value)
    exact = frozenset(SHORT_NAMES.get(word, word) if name == "type" else word for word in words)
    open_ended = [value for value in values if not value.startswith('"') and "*" in value]
    if name == "conn":
        return lambda record: read(record) in exact or record.identity.client_id.casefold() in exact
    if not open_ended and name != "code":
        return lambda record: read(record).casefold() in exact

    def check(record: Record) -> bool:
        value = read(record).casefold()
        return value in exact or any(_matches(glob, value) for glob in open_ended)

    if name != "code":
        return check
    # An outcome such as AUTH_ERROR/expired is found by either part.
    return lambda record: check(record) or not exact.isdisjoint(record.outcome.casefold().split("/"))


def _matches(glob: str, value: str) -> bool:
    """Compare with `*` for any characters, in linear time; `*` alone wants at least one."""
    first, *others = glob.split("*")
    if not value.startswith(first) or not value:
        return False
    position = len(first)
    for part in others[:-1]:
        found = value.find(part, position)
        if found < 0:
            return False
        position = found + len(part)
    return value.endswith(others[-1]) and len(value) - len(others[-1]) >= position
