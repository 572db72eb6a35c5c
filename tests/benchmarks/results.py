"""What was measured, and what follows from it: ratios to Node, and the targets."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from tests.benchmarks.peers import NODE

FAN_OUT = "a"
FAN_OUT_ONE = "a 1"
ROUND_TRIPS = "b"
IDLE_1000 = "c 1,000"
IDLE_5000 = "c 5,000"
STORM = "d"
MEMORY = "e"
LOGINS = "f"

TITLES = {
    FAN_OUT: "Broadcast to 200 clients, deliveries/s",
    FAN_OUT_ONE: "the same, one broadcast at a time",
    ROUND_TRIPS: "Direct messages of 50 clients, round trips/s",
    IDLE_1000: "the same beside 1,000 idle connections",
    IDLE_5000: "the same beside 5,000 idle connections",
    STORM: "Join storm of 1,000, joins/s",
    MEMORY: "Memory of an idle connection, bytes",
    LOGINS: "Logins/s on both cores",
}


class Spread(NamedTuple):
    """Smallest, middle and largest of a series."""

    least: float
    median: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Return the spread of at least one value."""
        return cls(min(values), statistics.median(values), max(values))


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which a share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


@dataclass
class Sample:
    """One measurement of one peer in one round.

    Attributes:
        value: In the unit of the work's title.
        load_busy: Share of the time for which the load generator used its processor.
        server_cpu: Processors that the server used.
        details: More, by name; see the stage that made it.
    """

    value: float
    load_busy: float = 0.0
    server_cpu: float = 0.0
    details: dict[str, float] = field(default_factory=dict)


class Target(NamedTuple):
    """A target of the issue and what became of it."""

    work: str
    text: str
    reached: str
    is_met: bool


@dataclass
class Results:
    """Everything of a run.

    Attributes:
        machine: What it ran on.
        ceilings: The load generator against a null server: rates by name.
        samples: By work, then by peer, one a round.
        ticks_ms: Gaps between the window's ticks by work, all rounds.
    """

    machine: dict[str, Any] = field(default_factory=dict)
    ceilings: dict[str, float] = field(default_factory=dict)
    samples: dict[str, dict[str, list[Sample]]] = field(default_factory=dict)
    ticks_ms: dict[str, list[float]] = field(default_factory=dict)

    def add(self, work: str, peer: str, sample: Sample) -> None:
        """Add one round's measurement."""
        self.samples.setdefault(work, {}).setdefault(peer, []).append(sample)

    def values(self, work: str, peer: str) -> list[float]:
        """Return a peer's values, one a round; empty if it was not measured."""
        return [sample.value for sample in self.samples.get(work, {}).get(peer, [])]

    def details(self, work: str, peer: str, name: str) -> list[float]:
        """Return a detail of a peer's samples."""
        return [sample.details[name] for sample in self.samples.get(work, {}).get(peer, [])]

    def ratios(self, work: str, peer: str, base: str = NODE) -> list[float]:
        """Return a peer's values divided by another's of the same round."""
        pairs = zip(self.values(work, peer), self.values(work, base), strict=False)
        return [value / other for value, other in pairs]

    def ratios_of_works(self, peer: str, work: str, base_work: str) -> list[float]:
        """Return a peer's values in one work divided by those in another."""
        base = self.values(base_work, peer)
        middle = statistics.median(base) if base else 1.0
        return [value / middle for value in self.values(work, peer)]

    def as_json(self, targets: Sequence[Target]) -> dict[str, Any]:
        """Return all of it as plain objects."""
        tables = {
            work: {peer: [asdict(sample) for sample in samples] for peer, samples in peers.items()}
            for work, peers in self.samples.items()
        }
        ticks = {work: tick_summary(gaps) for work, gaps in self.ticks_ms.items() if gaps}
        return {
            "machine": self.machine,
            "ceilings": self.ceilings,
            "works": TITLES,
            "samples": tables,
            "ticks_ms": ticks,
            "targets": [target._asdict() for target in targets],
        }


def tick_summary(gaps_ms: Sequence[float]) -> dict[str, float]:
    """Return what a series of tick gaps comes to."""
    return {
        "count": len(gaps_ms),
        "median": round(statistics.median(gaps_ms), 2),
        "p99": round(percentile(gaps_ms, 0.99), 2),
        "max": round(max(gaps_ms), 2),
    }
