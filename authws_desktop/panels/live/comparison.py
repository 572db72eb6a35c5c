"""Where two runs part: the first row that one has and the other has not, or has otherwise. No Qt.

Connections go on side by side, and which of two rows came first is a matter of chance. So each connection
of one run is compared with its like in the other (the same user's first, second, third), row by row, without
what differs in every run: ids, times and tokens. User lists and presence are left aside: changes close
together are merged.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

import msgspec

from authws_desktop.traffic.record import Direction, Kind, Record

RUN_BEGINS = "Server running"
"""How the row of a start begins; see `Service`."""
CONTEXT_ROWS = 6
"""How many equal rows are shown before the difference."""

_UNCOMPARED = (Kind.USER_LIST, Kind.PRESENCE, Kind.SERVER)
_ASIDE = (
    "id",
    "timestamp",
    "clientId",
    "expiresAt",
    "from",
    "server",
    "authDeadlineMs",
    "last",
    "missed",
    "token",
)
_TOOK = re.compile(r" in [\d.,]+ \w+$")
"""What a request's row ends with."""
_Connection = tuple[str, int]
"""A user's name, and which of its connections."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two rows that stand for each other.

    Attributes:
        here, there: Of the one run and of the other; `None` where that has no more.
        is_equal: Whether they say the same.
    """

    here: Record | None
    there: Record | None
    is_equal: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two runs have in common, and where they part.

    Attributes:
        equal_rows: Rows of the one run that the other has, too, before the difference.
        name: Of the user whose connection differs; empty if it never logged in.
        pairs: Rows of that connection, the last one the difference; empty if there is none.
    """

    equal_rows: int
    name: str = ""
    pairs: tuple[Pair, ...] = ()


def runs_of(records: Sequence[Record]) -> list[list[Record]]:
    """Return the rows of each run, from Start to Start; rows before the first start are left out."""
    runs: list[list[Record]] = []
    for record in records:
        if record.kind is Kind.SERVER and record.detail.startswith(RUN_BEGINS):
            runs.append([])
        if runs:
            runs[-1].append(record)
    return runs


def compare(here: Sequence[Record], there: Sequence[Record]) -> Comparison:
    """Compare two runs.

    Args:
        here: Rows of the one, oldest first; of several differences the first one of these counts.
        there: Rows of the other.
    """
    ours, theirs = _by_connection(here), _by_connection(there)
    first: Comparison | None = None
    first_at = float("inf")
    for connection in dict.fromkeys([*ours, *theirs]):
        pairs = _until_difference(ours.get(connection, []), theirs.get(connection, []))
        if pairs and not pairs[-1].is_equal:
            at = _when(pairs, here)
            if at < first_at:
                kept = tuple(pairs[-CONTEXT_ROWS - 1 :])
                first, first_at = Comparison(0, connection[0], kept), at
    compared = [record.number for rows in ours.values() for record, _ in rows]
    equal_rows = sum(number < first_at for number in compared)
    return Comparison(equal_rows) if first is None else Comparison(equal_rows, first.name, first.pairs)


def _when(pairs: Sequence[Pair], here: Sequence[Record]) -> float:
    """Return where a difference stands among the rows of this run: a row's number, or half past it."""
    last = pairs[-1]
    if last.here is not None:
        return last.here.number
    # What the other run has besides stands behind the last row of its connection, or at the very end.
    before = pairs[-2].here if len(pairs) > 1 else None
    return (before.number if before is not None else here[-1].number if here else 0) + 0.5


def _by_connection(records: Sequence[Record]) -> dict[_Connection, list[tuple[Record, object]]]:
    """Return the rows of each connection with what is compared of them, in the order they came."""
    names: dict[int, str] = {}
    for record in records:
        if record.identity.username or record.identity.number not in names:
            names[record.identity.number] = record.identity.username
    count: Counter[str] = Counter()
    known: dict[int, _Connection] = {}
    found: dict[_Connection, list[tuple[Record, object]]] = {}
    client_ids = {record.identity.client_id: names[record.identity.number] for record in records}
    for record in records:
        if record.kind in _UNCOMPARED:
            continue
        number = record.identity.number
        if number not in known:
            known[number] = names[number], count[names[number]]
            count[names[number]] += 1
        # Requests belong to no connection: all of a user's are one.
        connection = known[number] if number else (record.identity.username, -1)
        found.setdefault(connection, []).append((record, _said(record, client_ids)))
    return found


def _said(record: Record, client_ids: dict[str, str]) -> object:
    """Return what is compared of a row."""
    to = client_ids.get(record.to, record.to)
    head = (record.kind, record.direction, to, record.outcome)
    if record.kind in (Kind.CONNECT, Kind.DISCONNECT):
        return head
    if record.kind is Kind.HTTP or not record.payload:
        return (*head, _TOOK.sub("", record.detail))
    try:
        said = msgspec.json.decode(record.payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return (*head, record.payload)
    if isinstance(said, dict):
        is_ours = record.direction is Direction.OUT or record.kind is Kind.AUTHENTICATE
        said = {name: value for name, value in said.items() if not is_ours or name not in _ASIDE}
        if isinstance(said.get("to"), str):
            said["to"] = client_ids.get(said["to"], said["to"])
        if isinstance(said.get("user"), dict):
            said["user"] = said["user"].get("username")
    return (*head, said)


def _until_difference(
    ours: Sequence[tuple[Record, object]], theirs: Sequence[tuple[Record, object]]
) -> list[Pair]:
    """Return the rows of one connection, side by side, up to the first difference."""
    pairs: list[Pair] = []
    for one, other in zip_longest(ours, theirs):
        is_equal = one is not None and other is not None and one[1] == other[1]
        pairs.append(Pair(one and one[0], other and other[0], is_equal))
        if not is_equal:
            break
    return pairs
