"""What a soak run says in the end, and whether all is well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.soak.accounting import Totals
from tests.soak.crowd import Crowd, Troubles
from tests.soak.delays import Delays
from tests.soak.visits import Way
from tests.soak.watch import Span, Watch

EXAMPLES = 5
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Outcome:
    """Everything that a run found.

    Attributes:
        totals, troubles, delays: See there.
        exceptions: Of the server.
        memory_bytes, descriptors: Of the server.
        used_s, waited_s: Processor time that the server used, and for which it waited while others had it.
        is_running: Whether the server still ran in the end.
        seconds: How long messages were sent.
        joined: Clients that came to be healthy.
        ended: Clients that left, by their way.
        longest_turn_s: The load generator's own longest absence, which is in the worst delay.
    """

    totals: Totals
    troubles: Troubles
    delays: Delays
    exceptions: Sequence[str]
    memory_bytes: Span
    descriptors: Span
    used_s: float
    waited_s: float
    is_running: bool
    seconds: float
    joined: int
    ended: dict[Way, int]
    longest_turn_s: float

    @classmethod
    def of(
        cls, crowd: Crowd, watch: Watch, exceptions: Sequence[str], *, is_running: bool, seconds: float
    ) -> Outcome:
        """Return the outcome of a run that is over."""
        return cls(
            crowd.ledger.totals,
            crowd.troubles,
            crowd.delays,
            exceptions,
            watch.memory_bytes,
            watch.descriptors,
            watch.used_s,
            watch.waited_s,
            is_running,
            seconds,
            crowd.joined,
            crowd.ended,
            crowd.longest_turn_s,
        )

    def faults(self) -> dict[str, int]:
        """Return everything that must be 0 and is not, by name."""
        figures = {
            "lost": self.totals.lost,
            "doubled": self.totals.doubled,
            "reordered": self.totals.reordered,
            "unanswered": self.totals.unanswered,
            "exceptions": len(self.exceptions),
            "cut connections": len(self.troubles.cuts),
            "unexpected errors": len(self.troubles.refusals),
            "overdue": len(self.troubles.overdue),
            "descriptors left open": max(0, self.descriptors.end - self.descriptors.begin),
            "server died": int(not self.is_running),
            "nothing judged": int(not self.totals.due),
        }
        return {name: figure for name, figure in figures.items() if figure}

    def text(self) -> str:
        """Return the report."""
        totals, memory, ways = self.totals, self.memory_bytes, self.ended
        rude = sum(count for way, count in ways.items() if way is not Way.GOODBYE)
        leavers = ", ".join(f"{way.name.lower().replace('_', ' ')} {count}" for way, count in ways.items())
        lines = [
            f"{totals.sent:,} messages in {self.seconds:.0f} s ({totals.sent / self.seconds:,.0f} a second), "
            f"{totals.arrived:,} deliveries, {totals.due:,} of them judged",
            f"{self.joined:,} clients came; {rude:,} of {sum(ways.values()):,} left without a goodbye: {leavers}",
            f"lost {totals.lost}, doubled {totals.doubled}, reordered {totals.reordered}, "
            f"unanswered {totals.unanswered}, exceptions {len(self.exceptions)}",
            "memory (MiB): "
            f"begin {memory.begin / MEBIBYTE:.1f}, end {memory.end / MEBIBYTE:.1f}, most {memory.most / MEBIBYTE:.1f}",
            f"descriptors: begin {self.descriptors.begin}, end {self.descriptors.end}, most {self.descriptors.most}",
            f"delay: 99 % within {self.delays.within_ms(0.99)} ms, worst {self.delays.worst_ms:.0f} ms "
            f"(the load generator's own longest turn: {self.longest_turn_s * 1000:.0f} ms)",
            f"the server used a processor for {self.used_s:.0f} s and waited for one for {self.waited_s:.0f} s",
        ]
        for examples in (
            self.troubles.cuts,
            self.troubles.refusals,
            self.troubles.overdue,
            self.exceptions,
        ):
            lines += [f"  {each}" for each in examples[:EXAMPLES]]
        faults = self.faults()
        wrong = ", ".join(f"{name}: {figure}" for name, figure in faults.items())
        return "\n".join([*lines, f"FAULTS: {wrong}" if faults else "No fault."])
