"""The rows of the users tree: users with their connections, and what each column says of them. No Qt."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from typing import Any

from authws_desktop.hub.client import Client
from authws_desktop.panels.kit.escape import visible
from authws_desktop.panels.kit.words import age_text, clock_text, count_text, duration_text, size_text
from authws_desktop.traffic.filter_checks import HERE, fits_any, node_name

NODE_WORD = "node:"
MAX_SUMMED_AT_ONCE = 200
"""Users with more connections than this are summed up once a second, others whenever they are shown."""


class UserColumn(IntEnum):
    """The columns."""

    NAME = 0
    ADDRESS = 1
    APP = 2
    SINCE = 3
    ACTIVITY = 4
    ROUND_TRIP = 5
    IN = 6
    OUT = 7
    BYTES = 8
    NODE = 9


VOLATILE = (
    UserColumn.ACTIVITY,
    UserColumn.ROUND_TRIP,
    UserColumn.IN,
    UserColumn.OUT,
    UserColumn.BYTES,
)
"""Columns that change without anybody coming or going."""


@dataclass(slots=True)
class Totals:
    """What is summed up of one or several connections; units as in `Client`."""

    since: float = 0.0
    active_at: float = 0.0
    rtt_s: float | None = None
    messages_in: int = 0
    messages_out: int = 0
    size_bytes: int = 0


@dataclass(eq=False)
class Group:
    """A user with connections, or all who have not logged in.

    Attributes:
        key: The user id; empty for those who have not logged in.
        name: The username.
        serial: Number of its own, from 1.
        clients: Its connections in the order shown; `keys` are their sort keys.
        row: Where it stands.
        sort_key: By which it stands there.
    """

    key: str
    name: str
    serial: int
    clients: list[Client] = field(default_factory=list)
    keys: list[Any] = field(default_factory=list)
    row: int = 0
    sort_key: Any = ()
    _totals: Totals | None = None
    _totals_until_s: float = 0.0

    def totals(self) -> Totals:
        """Return the sum of its connections; of very many, as of a second ago."""
        now_s = time.monotonic()
        if self._totals is None or now_s >= self._totals_until_s:
            self._totals = _sum_up(self.clients)
            self._totals_until_s = now_s + (1.0 if len(self.clients) > MAX_SUMMED_AT_ONCE else 0.05)
        return self._totals

    def changed(self) -> None:
        """Forget the totals, after its connections changed."""
        self._totals = None


def is_far(row: Row) -> bool:
    """Tell whether a row is of other nodes only, which tell who is there but no figures."""
    return all(client.identity.node for client in (row.clients if isinstance(row, Group) else (row,)))


def _figures(client: Client) -> Totals:
    return Totals(
        client.connected_at,
        client.last_active_at,
        client.rtt_s,
        client.messages_in,
        client.messages_out,
        client.bytes_in + client.bytes_out,
    )


def _sum_up(clients: list[Client]) -> Totals:
    if not clients:
        return Totals()
    trips = [client.rtt_s for client in clients if client.rtt_s is not None]
    return Totals(
        min(client.connected_at for client in clients),
        max(client.last_active_at for client in clients),
        min(trips, default=None),
        sum(client.messages_in for client in clients),
        sum(client.messages_out for client in clients),
        sum(client.bytes_in + client.bytes_out for client in clients),
    )


Row = Group | Client


def totals_of(row: Row) -> Totals:
    """Return the figures of a row."""
    client = _only(row)
    if client is not None:  # nearly every row: nothing to sum up, and nothing to keep
        return _figures(client)
    return row.totals() if isinstance(row, Group) else Totals()


@lru_cache(maxsize=16_384)
def _address_key(address: str) -> tuple[int, int]:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return 0, 0
    return parsed.version, int(parsed)


def _only(row: Row) -> Client | None:
    """Return the connection a row stands for, if it is one."""
    if isinstance(row, Client):
        return row
    return row.clients[0] if len(row.clients) == 1 else None


def _address(row: Row) -> str:
    client = _only(row)
    return client.identity.address if client else ""


def _app(row: Row) -> str:
    client = _only(row)
    return (client.identity.app or client.user_agent) if client else ""


def _node(row: Row) -> str:
    clients = row.clients if isinstance(row, Group) else (row,)
    return ", ".join(each or HERE for each in sorted({client.identity.node for client in clients}))


def _name(row: Row) -> str:
    if isinstance(row, Group):
        return row.name
    if row.identity.node:
        return row.identity.app or row.identity.node
    return row.identity.app or f"#{row.number} · {row.identity.address}"


_RAW: dict[int, Callable[[Row], Any]] = {
    UserColumn.NAME: lambda row: row.name.casefold() if isinstance(row, Group) else "",
    UserColumn.ADDRESS: lambda row: _address_key(_address(row)),
    UserColumn.APP: lambda row: _app(row).casefold(),
    UserColumn.SINCE: lambda row: totals_of(row).since,
    UserColumn.ACTIVITY: lambda row: totals_of(row).active_at,
    UserColumn.ROUND_TRIP: lambda row: _trip_key(totals_of(row).rtt_s),
    UserColumn.IN: lambda row: totals_of(row).messages_in,
    UserColumn.OUT: lambda row: totals_of(row).messages_out,
    UserColumn.BYTES: lambda row: totals_of(row).size_bytes,
    UserColumn.NODE: lambda row: _node(row).casefold(),
}


def _trip_key(rtt_s: float | None) -> float:
    return float("inf") if rtt_s is None else rtt_s


def raw_value(row: Row, column: int) -> Any:
    """Return what a column is sorted by."""
    return _RAW[column](row)


_VOLATILE_TEXT: dict[int, Callable[[Totals, float], str]] = {
    UserColumn.ACTIVITY: lambda totals, now_s: age_text(now_s - totals.active_at),
    UserColumn.ROUND_TRIP: lambda totals, _: "" if totals.rtt_s is None else duration_text(totals.rtt_s),
    UserColumn.IN: lambda totals, _: count_text(totals.messages_in),
    UserColumn.OUT: lambda totals, _: count_text(totals.messages_out),
    UserColumn.BYTES: lambda totals, _: size_text(totals.size_bytes),
}


def volatile_texts(row: Row, columns: Iterable[int], now_s: float) -> tuple[str, ...]:
    """Return the texts of some volatile columns, in order.

    Args:
        row: A user or a connection.
        columns: Of `VOLATILE`.
        now_s: Seconds since the epoch.
    """
    if is_far(row):
        return ("",) * len(tuple(columns))
    totals = totals_of(row)
    return tuple(_VOLATILE_TEXT[column](totals, now_s) for column in columns)


def text(row: Row, column: int, now_s: float) -> str:
    """Return what a column shows.

    Args:
        row: A user or a connection.
        column: One of `UserColumn`.
        now_s: Seconds since the epoch.
    """
    if column in VOLATILE:
        return volatile_texts(row, (column,), now_s)[0]
    if column == UserColumn.NODE:
        return _node(row)
    if column == UserColumn.NAME:
        return visible(_name(row)[:200])
    if column == UserColumn.ADDRESS:
        return visible(_address(row))
    if column == UserColumn.APP:
        return visible(_app(row)[:200])
    return clock_text(totals_of(row).since)


def app_beside(row: Row) -> str:
    """Return the app that stands beside a user's name: what would stand in the row of the only connection."""
    is_one = isinstance(row, Group) and bool(row.key) and len(row.clients) == 1
    return visible(row.clients[0].identity.app[:200]) if isinstance(row, Group) and is_one else ""


def facts(row: Row) -> str:
    """Return what the name column has no room for, a line each; nothing for several connections."""
    client = _only(row)
    if client is None:
        return ""
    identity = client.identity
    where = identity.node or f"#{client.number} · {identity.address}"
    lines = (identity.username, identity.app, client.user_agent, where)
    return "\n".join(visible(line[:200]) for line in lines if line)


def matches(client: Client, words: list[str]) -> bool:
    """Return whether a connection is found by every word.

    Args:
        client: The connection.
        words: Case folded; `node:` begins those that name nodes, see `fits_any`.
    """
    if not words:
        return True
    identity = client.identity
    for word in words:
        if word.startswith(NODE_WORD):
            return fits_any(word.removeprefix(NODE_WORD), node_name(identity)) and matches(
                client, [each for each in words if each is not word]
            )
    found = f"{identity.username} {identity.address} {identity.app} {client.user_agent} #{client.number}"
    found = found.casefold()
    return all(word in found for word in words)
