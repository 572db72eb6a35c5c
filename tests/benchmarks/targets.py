"""The targets, and whether a run met them."""

from __future__ import annotations

import statistics

from tests.benchmarks.peers import (
    CLUSTERS,
    COMPILED,
    COMPILED_WINDOW,
    KEEPING,
    NODE,
    OURS,
    RAW,
    UVLOOP,
    WINDOW,
)
from tests.benchmarks.results import Results, Spread, Target, tick_summary
from tests.benchmarks.works import (
    CLUSTER_DIRECT,
    CLUSTER_FAN_OUT,
    FAN_OUT,
    FAN_OUT_FEW,
    FAN_OUT_ONE,
    HALF_CLOSED,
    IDLE_5000,
    LOGINS,
    MEMORY,
    PAIRS,
    ROUND_TRIPS,
    STORM,
    WAITERS,
)

_RATIOS = {
    ROUND_TRIPS: (1.35, 1.0),
    FAN_OUT_FEW: (2.6, 2.4),
    FAN_OUT_ONE: (1.2, 1.0),
    STORM: (2.0, 1.6),
    LOGINS: (1.0, 1.0),
}
"""Of `serve` and of the window to Node, compiled or not."""
_FORMS = ((UVLOOP, WINDOW), (COMPILED, COMPILED_WINDOW))
LEAST_RATIOS = {
    **{
        work: {peer: least for form in _FORMS for peer, least in zip(form, leasts, strict=True)}
        for work, leasts in _RATIOS.items()
    },
    FAN_OUT: {WINDOW: 1.3, COMPILED_WINDOW: 1.3},
}
MORE_MS = {UVLOOP: 0.0, COMPILED: 0.0, WINDOW: 4.0, COMPILED_WINDOW: 4.0}
"""99 % of direct messages take no longer than Node's and this: a refresh of the window."""
MAX_PAIRS_MS = 100.0
MAX_MEMORY_BYTES = 5 * 1024
MAX_SETTLE_S = 3.0
MAX_LISTS = 10.0
"""Presence of a storm, in user lists to everyone; one a join would make 333 of the final size."""


HALF_CLOSED_NOISE_MS = 10.0
"""Two measurements of the same delay differ by as much, where nothing is done between."""


def judge(results: Results) -> list[Target]:
    """Return every target for which there are measurements."""
    return [
        *(
            target
            for work, leasts in LEAST_RATIOS.items()
            for peer, least in leasts.items()
            for target in _ratio(results, work, peer, NODE, least)
        ),
        *(target for peer, more_ms in MORE_MS.items() for target in _delay(results, peer, more_ms)),
        *(target for peer in MORE_MS for target in _pairs(results, peer)),
        *_ratio(results, FAN_OUT, WINDOW, RAW, 0.6),
        *(target for peer in OURS for target in _waiters(results, peer)),
        *_ratio(results, FAN_OUT, KEEPING, UVLOOP, 0.85),
        *_ratio(results, ROUND_TRIPS, KEEPING, UVLOOP, 0.8),
        *_idle(results),
        *_storm(results),
        *(target for peer in MORE_MS for target in _memory(results, peer)),
        *_logins(results),
        *(target for peer in OURS for target in _half_closed(results, peer)),
        *_clusters(results),
        *_ticks(results, FAN_OUT, 40, 120),
        *_ticks(results, ROUND_TRIPS, 40, 120),
    ]


def _ratio(results: Results, work: str, peer: str, base: str, least: float) -> list[Target]:
    ratios = results.ratios(work, peer, base)
    if not ratios:
        return []
    reached = statistics.median(ratios)
    return [Target(work, f"{peer} at least {least} x {base}", f"{reached:.2f} x", reached >= least)]


def _waiters(results: Results, peer: str) -> list[Target]:
    without, beside = (results.samples.get(WAITERS[count], {}).get(peer, []) for count in (0, 8))
    # By the server's own processor time: what else the machine does in one of two seconds is more than 3 %.
    ratios = [
        (each.value / each.server_cpu) / (base.value / base.server_cpu)
        for each, base in zip(beside, without, strict=False)
    ]
    if not ratios:
        return []
    reached = statistics.median(ratios)
    text = f"{peer} beside 8 idle waiters at least 0.97 of none, for its processor time"
    return [Target(WAITERS[8], text, f"{reached:.3f}", reached >= 0.97)]


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


def _memory(results: Results, peer: str) -> list[Target]:
    values = results.values(MEMORY, peer)
    if not values:
        return []
    reached = statistics.median(values)
    text = f"{peer} at most {MAX_MEMORY_BYTES // 1024} KiB a connection"
    return [Target(MEMORY, text, f"{reached / 1024:.1f} KiB", reached <= MAX_MEMORY_BYTES)]


def _delay(results: Results, peer: str, more_ms: float) -> list[Target]:
    delays, base = (results.details(ROUND_TRIPS, each, "p99_ms") for each in (peer, NODE))
    if not delays or not base:
        return []
    reached_ms, most_ms = statistics.median(delays), statistics.median(base) + more_ms
    text = f"{peer}: 99 % within Node's" + (f" and {more_ms:.0f} ms" if more_ms else "")
    return [Target(ROUND_TRIPS, text, f"{reached_ms:.1f} of {most_ms:.1f} ms", reached_ms <= most_ms)]


def _pairs(results: Results, peer: str) -> list[Target]:
    # A message that does not arrive is a failure of the peer, which has no value then.
    values = results.values(PAIRS, peer)
    if not values:
        return []
    reached_ms = statistics.median(values)
    text = f"{peer}: all arrive, 99 % within {MAX_PAIRS_MS:.0f} ms"
    return [Target(PAIRS, text, f"{reached_ms:.1f} ms", reached_ms < MAX_PAIRS_MS)]


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


def _half_closed(results: Results, peer: str) -> list[Target]:
    without = results.values(HALF_CLOSED[0], peer)
    targets = []
    for count, work in HALF_CLOSED.items():
        values = results.values(work, peer)
        if count and values and without:
            reached_ms, base_ms = statistics.median(values), statistics.median(without)
            targets.append(
                Target(
                    work,
                    f"{peer}: the others wait no longer than without",
                    f"{reached_ms:.1f} ms, without {base_ms:.1f} ms",
                    reached_ms <= base_ms + HALF_CLOSED_NOISE_MS,
                )
            )
    return targets


def _clusters(results: Results) -> list[Target]:
    """Judge what a delivery costs beside a server alone, round by round."""
    targets = []
    for name, most in (("cluster of 1", 1.15), ("cluster of 2", 1.40)):
        if ratios := results.ratios(CLUSTER_FAN_OUT, name, "alone"):
            spread = Spread.of(ratios)
            reached = f"{spread.median:.2f} ({spread.least:.2f} to {spread.most:.2f})"
            text = f"{name}: processor time of a delivery at most {most} x alone"
            targets.append(Target(CLUSTER_FAN_OUT, text, reached, spread.median <= most))
    if ratios := results.ratios(CLUSTER_FAN_OUT, "cluster of 4", "alone"):
        spread = Spread.of([4 / ratio for ratio in ratios])
        reached = f"{spread.median:.2f} ({spread.least:.2f} to {spread.most:.2f})"
        text = "cluster of 4: capacity by processor time at least 2.6 x alone"
        targets.append(Target(CLUSTER_FAN_OUT, text, reached, spread.median >= 2.6))
    for name in CLUSTERS:
        if CLUSTERS[name] and (shares := results.details(CLUSTER_FAN_OUT, name, "engine")):
            reached_share = statistics.median(shares)
            text = f"{name}: the engine's share at most 5 %"
            targets.append(Target(CLUSTER_FAN_OUT, text, f"{reached_share:.1%}", reached_share <= 0.05))
    return targets + _ratio(results, CLUSTER_DIRECT, "cluster of 2", "cluster of 1", 0.5)


def _ticks(results: Results, work: str, p99_ms: float, most_ms: float) -> list[Target]:
    gaps = results.ticks_ms.get(work)
    if not gaps:
        return []
    ticks = tick_summary(gaps)
    return [
        Target(
            work,
            f"window tick 99 % under {p99_ms:.0f} ms, maximum under {most_ms:.0f} ms",
            f"median {ticks['median']:.0f}, 99 % {ticks['p99']:.0f}, maximum {ticks['max']:.0f} ms",
            ticks["p99"] < p99_ms and ticks["max"] < most_ms,
        )
    ]
