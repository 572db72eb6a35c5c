"""What was measured, and what follows from it: ratios to Node, and the targets."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from tests.benchmarks.peers import NODE
from tests.benchmarks.works import TITLES, Row


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
    """A target and what became of it."""

    work: str
    text: str
    reached: str
    is_met: bool


Keep = Callable[..., None]


@dataclass
class Results:
    """Everything of a run.

    Attributes:
        machine: What it ran on.
        ceilings: The load generator against a null server: rates by name.
        samples: By work, then by peer, one a round.
        absent: Peers whose program is not on this machine, and why.
        failures: By work, then by peer: why it was not measured, or no further.
        ticks_ms: Gaps between the window's ticks by work, all rounds.
        keep: Called with each addition, to keep it where it outlives this process; see `journal`.
    """

    machine: dict[str, Any] = field(default_factory=dict)
    ceilings: dict[str, float] = field(default_factory=dict)
    samples: dict[str, dict[str, list[Sample]]] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    failures: dict[str, dict[str, str]] = field(default_factory=dict)
    ticks_ms: dict[str, list[float]] = field(default_factory=dict)
    keep: Keep | None = None

    def add(self, work: str, peer: str, sample: Sample) -> None:
        """Add one round's measurement."""
        self.samples.setdefault(work, {}).setdefault(peer, []).append(sample)
        self._keep("sample", work=work, peer=peer, **asdict(sample))

    def fail(self, work: str, peer: str, reason: str) -> None:
        """Note that a peer could not be measured any further; the first reason stays."""
        if peer not in self.failures.setdefault(work, {}):
            self.failures[work][peer] = reason
            self._keep("failure", work=work, peer=peer, reason=reason)

    def add_absent(self, peer: str, reason: str) -> None:
        """Note that a peer's program is not on this machine."""
        if peer not in self.absent:
            self.absent[peer] = reason
            self._keep("absent", peer=peer, reason=reason)

    def add_ceiling(self, name: str, rate: float) -> None:
        """Add what the load generator reached against a null server."""
        self.ceilings[name] = rate
        self._keep("ceiling", name=name, rate=rate)

    def add_ticks(self, work: str, gaps_ms: Sequence[float]) -> None:
        """Add gaps between the window's ticks."""
        self.ticks_ms.setdefault(work, []).extend(gaps_ms)
        self._keep("ticks", work=work, gaps_ms=list(gaps_ms))

    def add_machine(self, **facts: Any) -> None:
        """Add what is to be known of the machine and the run."""
        self.machine.update(facts)
        self._keep("machine", **facts)

    def _keep(self, kind: str, **fields: Any) -> None:
        if self.keep is not None:
            self.keep(kind, **fields)

    def values(self, work: str, peer: str) -> list[float]:
        """Return a peer's values, one a round; empty if it was not measured."""
        return [sample.value for sample in self.samples.get(work, {}).get(peer, [])]

    def details(self, work: str, peer: str, name: str) -> list[float]:
        """Return a detail of a peer's samples, of those that have it: what an older run kept may have fewer."""
        samples = self.samples.get(work, {}).get(peer, [])
        return [sample.details[name] for sample in samples if name in sample.details]

    def shown(self, row: Row, peer: str) -> list[float]:
        """Return a peer's values in a row of the table."""
        return self.details(row.work, peer, row.detail) if row.detail else self.values(row.work, peer)

    def ratios(self, work: str, peer: str, base: str = NODE) -> list[float]:
        """Return a peer's values divided by another's of the same round."""
        return _quotients(self.values(work, peer), self.values(work, base))

    def shown_ratios(self, row: Row, peer: str, base: str = NODE) -> list[float]:
        """Return a peer's values in a row of the table divided by another's of the same round."""
        return _quotients(self.shown(row, peer), self.shown(row, base))

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
            "absent": self.absent,
            "failures": self.failures,
            "ticks_ms": ticks,
            "targets": [target._asdict() for target in targets],
        }


def _quotients(values: Sequence[float], bases: Sequence[float]) -> list[float]:
    # A peer that failed has fewer rounds; those it has are the first ones, as the other's.
    return [value / base for value, base in zip(values, bases, strict=False) if base]


def tick_summary(gaps_ms: Sequence[float]) -> dict[str, float]:
    """Return what a series of tick gaps comes to."""
    return {
        "count": len(gaps_ms),
        "median": round(statistics.median(gaps_ms), 2),
        "p99": round(percentile(gaps_ms, 0.99), 2),
        "max": round(max(gaps_ms), 2),
    }
