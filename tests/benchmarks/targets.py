"""The targets, and whether a run met them."""

from __future__ import annotations

import statistics

from tests.benchmarks.peers import NODE, RAW, UVLOOP, WINDOW
from tests.benchmarks.results import (
    FAN_OUT,
    IDLE_5000,
    LOGINS,
    MEMORY,
    ROUND_TRIPS,
    STORM,
    Results,
    Spread,
    Target,
    tick_summary,
)

MAX_MEMORY_BYTES = 8 * 1024
MAX_SETTLE_S = 3.0
MAX_LISTS = 10.0
"""Presence of a storm, in user lists to everyone; one a join would make 333 of the final size."""


def judge(results: Results) -> list[Target]:
    """Return every target for which there are measurements."""
    return [
        *_ratio(results, FAN_OUT, WINDOW, NODE, 1.3),
        *_ratio(results, FAN_OUT, WINDOW, RAW, 0.6),
        *_ratio(results, ROUND_TRIPS, WINDOW, NODE, 0.75),
        *_ratio(results, ROUND_TRIPS, UVLOOP, NODE, 1.1),
        *_idle(results),
        *_storm(results),
        *_memory(results),
        *_logins(results),
        *_ticks(results, FAN_OUT, 40, 120),
        *_ticks(results, ROUND_TRIPS, 40, 120),
    ]


def _ratio(results: Results, work: str, peer: str, base: str, least: float) -> list[Target]:
    ratios = results.ratios(work, peer, base)
    if not ratios:
        return []
    reached = statistics.median(ratios)
    return [Target(work, f"{peer} at least {least} x {base}", f"{reached:.2f} x", reached >= least)]


def _idle(results: Results) -> list[Target]:
    ratios = results.ratios_of_works(WINDOW, IDLE_5000, ROUND_TRIPS)
    if not ratios:
        return []
    reached = statistics.median(ratios)
    text = "window with 5,000 idle at least 0.95 of none"
    return [Target(IDLE_5000, text, f"{reached:.2f}", reached >= 0.95)]


def _storm(results: Results) -> list[Target]:
    if not results.values(STORM, WINDOW):
        return []
    settled = Spread.of(results.details(STORM, WINDOW, "settled_s"))
    lists = Spread.of(results.details(STORM, WINDOW, "lists"))
    return [
        Target(
            STORM,
            f"window: true list within {MAX_SETTLE_S:.0f} s",
            f"{settled.median:.2f} s, at most {settled.most:.2f} s",
            settled.most <= MAX_SETTLE_S,
        ),
        Target(
            STORM,
            f"window: presence at most {MAX_LISTS:.0f} x N x list",
            f"{lists.median:.1f}, at most {lists.most:.1f}",
            lists.most <= MAX_LISTS,
        ),
    ]


def _memory(results: Results) -> list[Target]:
    values = results.values(MEMORY, WINDOW)
    if not values:
        return []
    reached = statistics.median(values)
    text = "window at most 8 KiB a connection"
    return [Target(MEMORY, text, f"{reached / 1024:.1f} KiB", reached <= MAX_MEMORY_BYTES)]


def _logins(results: Results) -> list[Target]:
    gaps = results.ticks_ms.get(LOGINS)
    if not gaps:
        return []
    cores = statistics.median(sample.server_cpu for sample in results.samples[LOGINS][WINDOW])
    p99 = tick_summary(gaps)["p99"]
    return [
        Target(LOGINS, "hashing uses both cores", f"{cores:.2f} cores", cores >= 1.7),
        Target(LOGINS, "window tick 99 % under 50 ms", f"{p99:.0f} ms", p99 < 50),
    ]


def _ticks(results: Results, work: str, p99_ms: float, most_ms: float) -> list[Target]:
    gaps = results.ticks_ms.get(work)
    if not gaps:
        return []
    ticks = tick_summary(gaps)
    return [
        Target(
            f"g, {work}",
            f"window tick 99 % under {p99_ms:.0f} ms, maximum under {most_ms:.0f} ms",
            f"median {ticks['median']:.0f}, 99 % {ticks['p99']:.0f}, maximum {ticks['max']:.0f} ms",
            ticks["p99"] < p99_ms and ticks["max"] < most_ms,
        )
    ]
