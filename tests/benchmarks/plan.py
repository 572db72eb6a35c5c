"""How peers take turns: one at a time is awake and measured, and one that fails costs the run only its rows."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

from tests.benchmarks.clients import LoadError
from tests.benchmarks.foreign_tools import Absent
from tests.benchmarks.load import Load
from tests.benchmarks.peers import WINDOWS, Peer, started_peer
from tests.benchmarks.results import Results, Sample, percentile
from tests.benchmarks.trees import Tree, is_before
from tests.benchmarks.works import SERVER_US

WARM_UP_S = 0.3
FAILURES = (LoadError, OSError, psutil.Error)
"""What a peer can do to the load generator; anything else is a fault of the benchmark and ends it."""


@dataclass(frozen=True)
class Plan:
    """How much to measure, and where the results go.

    Attributes:
        names: The peers.
        rounds: Rounds of each work.
        seconds: Length of one measurement.
        tree: This copy of the program.
        display: The X screen.
        results: Filled by the stages.
        say: Tells the person at the terminal what goes on.
        before: The other copy, whose servers are compared with this one's.
        warm_up_s: Length of the run before each measurement, which is not counted.
    """

    names: Sequence[str]
    rounds: int
    seconds: float
    tree: Tree
    display: str
    results: Results
    say: Callable[[str], None]
    before: Tree | None = None
    warm_up_s: float = WARM_UP_S

    @contextmanager
    def running(self, *works: str) -> Iterator[list[Peer]]:
        """Run the peers that speak the contract, paused; one that does not start gets its row in these works."""
        with contextlib.ExitStack() as stack:
            peers = []
            for name in self.names:
                try:
                    peer = started_peer(name, self._tree_of(name), self.display)
                    stack.callback(peer.stop)
                    peer.process.wait_for_port(peer.port)
                    peer.process.pause()
                except Absent as absent:
                    self.results.add_absent(name, str(absent))
                except FAILURES as error:
                    for work in works:
                        self._fail(work, name, error)
                else:
                    peers.append(peer)
            yield peers

    def _tree_of(self, name: str) -> Tree:
        return self.before if self.before is not None and is_before(name) else self.tree

    def turns(self, peers: Sequence[Peer], work: str) -> Iterator[Peer]:
        """Yield each peer in each round; not those that failed.

        Every round has another start and the direction of every other one is turned: neighbours, such as the same
        server of two copies, take turns in being the first.
        """
        for number in range(self.rounds if peers else 0):
            start = number % len(peers)
            order = [*peers[start:], *peers[:start]]
            yield from self.able(order[::-1] if number % 2 else order, work)

    def able(self, peers: Sequence[Peer], *works: str) -> Iterator[Peer]:
        """Yield the peers that have not failed; the others get their row in these works."""
        for peer in peers:
            if not peer.failure:
                yield peer
                continue
            for work in works:
                self.results.fail(work, peer.name, peer.failure)

    @contextmanager
    def attempt(self, peer: Peer, work: str) -> Iterator[None]:
        """Make what goes wrong in a block the peer's failure."""
        try:
            yield
        except FAILURES as error:
            peer.failure = self._fail(work, peer.name, error)

    @contextmanager
    def awake(self, peer: Peer, work: str) -> Iterator[None]:
        """Let a peer run for the length of a block; what goes wrong in it is the peer's failure."""
        peer.process.resume()
        try:
            with self.attempt(peer, work):
                yield
        finally:
            peer.process.pause()

    def _fail(self, work: str, name: str, error: Exception) -> str:
        reason = str(error) or type(error).__name__
        self.say(f"  {name}, {work}: {reason}")
        self.results.fail(work, name, reason)
        return reason

    def measure(self, work: str, peer: Peer, run: Callable[[float], Load]) -> None:
        """Measure one peer once."""
        with self.awake(peer, work):
            run(self.warm_up_s)
            if peer.kind in WINDOWS:
                peer.ticks()
            cpu_s = peer.process.cpu_s()
            load = run(self.seconds)
            cpu_s = peer.process.cpu_s() - cpu_s
            if peer.kind in WINDOWS:
                self._note_window(work, peer)
            # What a busy machine leaves as it is: it takes time from a server, but hardly makes it do more.
            details = {SERVER_US: cpu_s / load.count * 1e6} if load.count else {}
            if load.latencies_s is not None:
                # A server may stall for the whole time.
                latencies_s = load.latencies_s or [load.seconds]
                for name, share in (("median_ms", 0.5), ("p99_ms", 0.99)):
                    details[name] = percentile(latencies_s, share) * 1000
            self.results.add(
                work, peer.name, Sample(load.per_second, load.busy, cpu_s / load.seconds, details)
            )

    def _note_window(self, work: str, peer: Peer) -> None:
        report = peer.window_report()
        if report.get("page") != "live" or not report["is_visible"]:
            raise LoadError(f"the window does not show its Live page: {report}")
        if peer.name in WINDOWS:
            self.results.add_ticks(work, report["gaps_ms"])
