"""The predicates behind the terms of the filter language, and the fields they read."""

from __future__ import annotations

import difflib
import re
import time
from collections.abc import Callable, Iterator

from authws_desktop.protocol.codes import AuthReason, ErrorCode
from authws_desktop.traffic.json_escapes import unescape
from authws_desktop.traffic.json_path import value_at, value_text
from authws_desktop.traffic.record import Direction, Identity, Kind, Record

Predicate = Callable[[Record], bool]


def is_error(record: Record) -> bool:
    """Whether a row is about something that went wrong: a refusal, or an answer with a status from 400 on."""
    if not record.outcome or record.kind is Kind.DISCONNECT:
        return False
    return record.kind is not Kind.HTTP or not record.outcome.isdecimal() or int(record.outcome) >= 400


def is_faulty(record: Record) -> bool:
    """Whether faults were on for a row's connection, or for one that it was written to."""
    if record.identity.faults:
        return True
    return record.delivery is not None and any(each.faults for each in record.delivery.recipients)


HERE = "here"
"""What the node of this server is called."""


def node_name(identity: Identity) -> str:
    """Return the node that a connection is at."""
    return identity.node or HERE


FIELDS: dict[str, Callable[[Record], str]] = {
    "user": lambda record: record.identity.username,
    "type": lambda record: record.kind,
    "dir": lambda record: record.direction,
    "ip": lambda record: record.identity.address,
    "conn": lambda record: str(record.identity.number),
    "code": lambda record: record.outcome,
    "to": lambda record: record.to,
    "node": lambda record: node_name(record.identity),
    "is": lambda record: "error" if is_error(record) else "host" if record.is_from_host else "",
}

KNOWN: dict[str, list[str]] = {
    "type": [str(kind) for kind in Kind],
    "dir": [str(each) for each in Direction],
    "code": [*ErrorCode, *AuthReason, "failed"],
    "is": ["error", "faulty", "host"],
}
"""The fields that have only these values; a code may be a number, too."""

SHORT_NAMES = {"delivered": str(Kind.DELIVERED), "unpinned": str(Kind.UNPINNED)}
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
    # Somebody in the middle of typing means what begins like this; only a whole word can be a misspelling.
    begun = [each for each in by_word if each.startswith(wrong.casefold())]
    near = begun or difflib.get_close_matches(wrong.casefold(), by_word, 1)
    advice = f"Did you mean “{by_word[near[0]]}”?" if near else f"It is one of {', '.join(known)}."
    return f"“{name}:” knows no “{wrong}”. {advice}"


def texts(record: Record) -> Iterator[bytes]:
    """Yield what a record says: its payload as it came and as it reads, and its sentence."""
    yield record.payload
    if b"\\" in record.payload:
        yield unescape(record.payload)
    if record.detail:
        yield record.detail.encode("utf-8", "surrogatepass")


def second_of_day(record: Record) -> float:
    """Return a record's local time of day in seconds since midnight."""
    local = time.localtime(record.time_s)
    return local.tm_hour * 3600 + local.tm_min * 60 + local.tm_sec + record.time_s % 1


def at_path(keys: list[str], values: list[str]) -> Predicate:
    """Return whether a record's JSON has one of some values at a path.

    Args:
        keys: Of the objects on the way, and places in arrays, outermost first.
        values: Case folded, as typed: in quotes or not; numbers, `true`, `false` and `null` as in JSON.
    """
    exact, open_ended = _parts(values)
    # Most payloads do not hold the last key at all, and decoding costs a hundred times as much as this look.
    needle = keys[-1].encode()

    def check(record: Record) -> bool:
        payload = record.payload
        if needle not in payload and b"\\" not in payload and not keys[-1].isdecimal():
            return False
        found = _at(payload, keys)
        return found is not None and (found in exact or any(_matches(glob, found) for glob in open_ended))

    return check


def _at(payload: bytes, keys: list[str]) -> str | None:
    """Return the text of a value within a payload, case folded; `None` where there is none."""
    found = value_at(payload, keys)
    if found is None or isinstance(found[0], dict | list):
        return None
    return value_text(found[0]).casefold()


def _parts(values: list[str]) -> tuple[frozenset[str], list[str]]:
    """Return values to be compared whole, without their quotes, and those with `*` for any characters."""
    open_ended = [value for value in values if not value.startswith('"') and "*" in value]
    return frozenset(plain(value) for value in values if value not in open_ended), open_ended


def contains(word: str) -> Predicate:
    """Return whether a record's content contains the word, whatever the case."""
    folded = word.casefold()
    # Searched in the bytes: lower-casing them costs a fraction of decoding and folding every row. `lower` of
    # bytes touches ASCII only, so that UTF-8 behind it is left whole.
    if folded.isascii():
        needle = folded.encode()

        def check(record: Record) -> bool:
            payload = record.payload
            if needle in payload.lower():
                return True
            # Most rows say nothing more, and to find that out is cheaper than to ask for their texts.
            if not record.detail and b"\\" not in payload:
                return False
            return any(needle in text.lower() for text in texts(record))

        return check
    return lambda record: any(folded in text.decode("utf-8", "replace").casefold() for text in texts(record))


def equals(name: str, values: list[str]) -> Predicate:
    """Return whether a record's field is one of the values.

    Args:
        name: One of `FIELDS`.
        values: Case folded, as typed: in quotes or not.
    """
    read = FIELDS[name]
    words, open_ended = _parts(values)
    exact = frozenset(SHORT_NAMES.get(word, word) for word in words) if name == "type" else words
    # The table shows a connection's number, a client's own log its id.
    if name == "conn":
        return lambda record: read(record) in exact or record.identity.client_id.casefold() in exact
    if name == "is" and "faulty" in exact:
        # Not one of the field's values: a row may be an error, too.
        return lambda record: is_faulty(record) or read(record) in exact
    # Nearly every filter ends here, and this runs once a row and waiter: one look into a set, no call.
    if not open_ended and name == "type":
        return lambda record: record.kind in exact  # in lower case by itself, as is the direction
    if not open_ended and name == "user":
        return lambda record: record.identity.username.casefold() in exact
    if not open_ended and name != "code":
        return lambda record: read(record).casefold() in exact

    def check(record: Record) -> bool:
        value = read(record).casefold()
        return value in exact or any(_matches(glob, value) for glob in open_ended)

    if name != "code":
        return check
    # An outcome such as AUTH_ERROR/expired is found by either part.
    return lambda record: check(record) or not exact.isdisjoint(record.outcome.casefold().split("/"))


def fits_any(values: str, value: str) -> bool:
    """Tell whether a text is one of some values, as they are written in a field.

    Args:
        values: With commas between them and `*` for any characters, case folded.
        value: The text.
    """
    exact, open_ended = _parts(values.split(","))
    folded = value.casefold()
    return folded in exact or any(_matches(glob, folded) for glob in open_ended)


def _matches(glob: str, value: str) -> bool:
    """Compare with `*` for any characters, in linear time; `*` alone wants at least one."""
    # Not `fnmatch`: to it, `?` and `[` are special, too.
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
