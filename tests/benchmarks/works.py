"""What is measured: the works by their keys, and the rows that tables and charts show of them."""

from __future__ import annotations

from typing import NamedTuple

FAN_OUT = "broadcast"
FAN_OUT_FEW = "broadcast 4"
FAN_OUT_ONE = "broadcast 1"
ROUND_TRIPS = "direct"
IDLE_1000 = "direct 1,000"
IDLE_5000 = "direct 5,000"
STORM = "joins"
MEMORY = "memory"
LOGINS = "logins"
PAIRS = "pairs"
WAITERS = {0: "waiters 0", 8: "waiters 8"}
"""By the number of programs that wait for a row of the traffic that never comes."""
CLUSTER_FAN_OUT = "cluster"
CLUSTER_DIRECT = "cluster direct"
HALF_CLOSED = {0: "half-closed 0", 1: "half-closed 1", 20: "half-closed 20"}
"""By the number of clients that stopped reading and ended their sending side."""
SERVER_US = "server_us"
"""The detail of samples that has the server's processor time of one delivery or round trip, microseconds."""


class Row(NamedTuple):
    """One line of a table, or one small chart.

    Attributes:
        work: Whose samples.
        title: With the unit.
        short: What the README's table calls it, where it follows the row that it is like.
        detail: The detail of the samples that is shown; empty for their value.
        is_less_better: Whether the smaller value is the better one.
        is_absolute: Whether tables show it as it is for all, rather than as a ratio to Node's.
        decimals: How exactly a value is written.
    """

    work: str
    title: str
    short: str = ""
    detail: str = ""
    is_less_better: bool = False
    is_absolute: bool = False
    decimals: int = 0


def _within(work: str, title: str, short: str = "", detail: str = "") -> Row:
    return Row(work, title, short, detail, is_less_better=True, is_absolute=True, decimals=1)


_P99, _OF_ITS_TIME = "p99_ms", "99 % of its time, ms"

ROWS = (
    Row(FAN_OUT_FEW, "Broadcast to 200 clients, 4 under way, deliveries/s"),
    Row(FAN_OUT_ONE, "Broadcast to 200 clients, one at a time, deliveries/s", "the same, one at a time"),
    Row(FAN_OUT, "Broadcast to 200 clients, 128 under way, deliveries/s", "the same, 128 under way"),
    Row(WAITERS[0], "Broadcast to 200 clients, nobody waits for rows, deliveries/s"),
    Row(
        WAITERS[8],
        "Broadcast to 200 clients, 8 wait for rows, deliveries/s",
        "the same beside 8 idle waiters",
    ),
    Row(ROUND_TRIPS, "Direct messages of 50 clients, round trips/s"),
    _within(ROUND_TRIPS, "Direct messages of 50 clients, 99 % within, ms", _OF_ITS_TIME, _P99),
    Row(IDLE_1000, "Direct beside 1,000 idle, round trips/s", "the same beside 1,000 idle connections"),
    _within(IDLE_1000, "Direct beside 1,000 idle, 99 % within, ms", _OF_ITS_TIME, _P99),
    Row(IDLE_5000, "Direct beside 5,000 idle, round trips/s", "the same beside 5,000 idle connections"),
    _within(IDLE_5000, "Direct beside 5,000 idle, 99 % within, ms", _OF_ITS_TIME, _P99),
    _within(PAIRS, "10,000 clients, 1 direct/s each, 99 % within, ms"),
    Row(STORM, "Join storm of 1,000, joins/s"),
    Row(MEMORY, "Memory of an idle connection, bytes", is_less_better=True),
    Row(
        CLUSTER_FAN_OUT,
        "Processor time of servers and engine for a delivery to one of 200 clients, us",
        is_less_better=True,
        is_absolute=True,
        decimals=2,
    ),
    Row(CLUSTER_DIRECT, "Direct messages of 50 clients, each to one of the next node, round trips/s"),
    Row(LOGINS, "Logins/s on both cores", decimals=1),
    _within(HALF_CLOSED[0], "Broadcast to 20 clients, 99 % within, ms"),
    _within(
        HALF_CLOSED[1],
        "Broadcast beside 1 half-closed, 99 % within, ms",
        "the same beside 1 stuck, half-closed client",
    ),
    _within(
        HALF_CLOSED[20], "Broadcast beside 20 half-closed, 99 % within, ms", "the same beside 20 of them"
    ),
)
PROCESSOR_ROWS = tuple(
    Row(row.work, row.title.rpartition(",")[0] + ", µs of processor", detail=SERVER_US, is_less_better=True)
    for row in ROWS
    if row.title.endswith("/s") and row.work in (FAN_OUT, FAN_OUT_FEW, FAN_OUT_ONE, ROUND_TRIPS)
)
"""Shown where two copies are compared: a busy machine changes them less than the rates."""
TITLES = {row.work: row.title for row in ROWS if not row.detail}
