"""The stages of a run. In each, some peers run side by side; one at a time is awake and measured."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from tests.benchmarks.clients import Client, LoadError, drain, measure_list, open_clients
from tests.benchmarks.load import FanOut, Load, RoundTrips
from tests.benchmarks.logins import log_in_for
from tests.benchmarks.peers import (
    NODE,
    RAW,
    UVLOOP,
    WINDOW,
    Peer,
    running_peers,
    start_limit_peer,
)
from tests.benchmarks.processes import LOAD_CORE, SERVER_CORE
from tests.benchmarks.results import (
    FAN_OUT,
    FAN_OUT_ONE,
    IDLE_1000,
    IDLE_5000,
    LOGINS,
    MEMORY,
    ROUND_TRIPS,
    STORM,
    Results,
    Sample,
    percentile,
)
from tests.benchmarks.setup import Accounts
from tests.benchmarks.swarm import Swarm

FAN_OUT_CLIENTS = 200
ROUND_TRIP_CLIENTS = 50
STORM_CLIENTS = 1000
DELIVERY_BYTES = 204
"""A broadcast of 64 bytes of content as this program frames it."""
WARM_UP_S = 0.3
STORM_TIMEOUT_S = 60.0
LOGIN_PEERS = (NODE, WINDOW, UVLOOP)


@dataclass(frozen=True)
class Plan:
    """How much to measure.

    Attributes:
        names: The peers.
        rounds: Rounds of each work.
        seconds: Length of one measurement.
        accounts: What the servers start with.
        display: The X screen.
        say: Tells the person at the terminal what goes on.
    """

    names: Sequence[str]
    rounds: int
    seconds: float
    accounts: Accounts
    display: str
    say: Callable[[str], None]

    def running(self) -> AbstractContextManager[list[Peer]]:
        """Run the peers that speak the contract, paused."""
        return running_peers(self.names, self.accounts, self.display)

    def turns(self, peers: Sequence[Peer]) -> Iterator[Peer]:
        """Yield each peer in each round, every round from another start."""
        for number in range(self.rounds):
            start = number % len(peers)
            yield from [*peers[start:], *peers[:start]]


@contextmanager
def awake(peer: Peer) -> Iterator[None]:
    """Let a peer run for the length of a block."""
    peer.process.resume()
    try:
        yield
    finally:
        peer.process.pause()


def measure_ceilings(plan: Plan, results: Results) -> None:
    """Run the load generator against servers that do nothing but send."""
    peer = start_limit_peer("stream", FAN_OUT_CLIENTS, DELIVERY_BYTES, 300)
    try:
        clients = [Client(peer.port) for _ in range(FAN_OUT_CLIENTS)]
        load = FanOut(clients, is_asking=False)
        load.run(WARM_UP_S)
        results.ceilings["deliveries/s"] = load.run(plan.seconds).per_second
    finally:
        peer.stop()
    peer = start_limit_peer("answer")
    try:
        trips = RoundTrips([Client(peer.port) for _ in range(ROUND_TRIP_CLIENTS)])
        trips.run(WARM_UP_S)
        results.ceilings["round trips/s"] = trips.run(plan.seconds).per_second
    finally:
        peer.stop()


def measure_fan_out(plan: Plan, results: Results) -> None:
    """Work a, with the raw send loop in turn with the servers, and again with one broadcast at a time."""
    with plan.running() as peers:
        loads = {}
        for peer in peers:
            with awake(peer):
                peer.clients = open_clients(peer.port, plan.accounts.tokens, FAN_OUT_CLIENTS)
                loads[peer.name] = FanOut(peer.clients)
        raw = start_limit_peer("stream", FAN_OUT_CLIENTS, DELIVERY_BYTES, 1)
        try:
            raw.clients = [Client(raw.port) for _ in range(FAN_OUT_CLIENTS)]
            raw.process.pause()
            loads[RAW] = FanOut(raw.clients, is_asking=False)
            for peer in plan.turns([*peers, raw]):
                _measure(FAN_OUT, peer, loads[peer.name].run, plan.seconds, results)
        finally:
            raw.stop()
        singles = {peer.name: FanOut(peer.clients, in_flight=1) for peer in peers}
        for peer in plan.turns(peers):
            _measure(FAN_OUT_ONE, peer, singles[peer.name].run, plan.seconds, results)


def measure_round_trips(plan: Plan, results: Results) -> None:
    """Works b, c and e: round trips with ever more idle connections, and what those weigh."""
    with plan.running() as peers:
        trips = {}
        for peer in peers:
            with awake(peer):
                peer.list_size = measure_list(peer.port, plan.accounts.tokens[0])
                peer.clients = open_clients(peer.port, plan.accounts.tokens, ROUND_TRIP_CLIENTS)
                trips[peer.name] = RoundTrips(peer.clients)
                peer.start_crowd(plan.accounts.tokens)
        memory: dict[str, int] = {}
        for work, idle in ((ROUND_TRIPS, 0), (IDLE_1000, 1000), (IDLE_5000, 5000)):
            if idle:
                _grow_crowds(plan, peers, idle)
            for peer in plan.turns(peers):
                _measure(work, peer, trips[peer.name].run, plan.seconds, results)
            for peer in peers:
                used = peer.process.memory_bytes()
                if idle == 0:
                    memory[peer.name] = used
                elif idle == 5000:
                    results.add(MEMORY, peer.name, Sample((used - memory[peer.name]) / idle))


def _grow_crowds(plan: Plan, peers: Sequence[Peer], idle: int) -> None:
    for peer in peers:
        assert peer.crowd is not None
        started_s = time.monotonic()
        with awake(peer):
            peer.crowd.ask(str(idle), 150)
            drain(peer.clients)
        plan.say(f"  {peer.name}: {idle} idle connections after {time.monotonic() - started_s:.1f} s")


def _measure(work: str, peer: Peer, run: Callable[[float], Load], seconds: float, results: Results) -> None:
    with awake(peer):
        try:
            run(WARM_UP_S)
            if peer.name == WINDOW:
                peer.ticks()
            cpu_s = peer.process.cpu_s()
            load = run(seconds)
        except LoadError as error:
            raise LoadError(f"{peer.name}, work {work}: {error}") from None
        cpu_s = peer.process.cpu_s() - cpu_s
        if peer.name == WINDOW:
            _note_window(work, peer, results)
    sample = Sample(load.per_second, load.busy, cpu_s / load.seconds)
    if work not in (FAN_OUT, FAN_OUT_ONE):
        latencies_s = load.latencies_s or [load.seconds]  # a server may stall for the whole time
        for name, share in (("median_ms", 0.5), ("p99_ms", 0.99)):
            sample.details[name] = percentile(latencies_s, share) * 1000
    results.add(work, peer.name, sample)


def _note_window(work: str, peer: Peer, results: Results) -> None:
    report = peer.window_report()
    if report.get("page") != "live" or not report["is_visible"]:
        raise LoadError(f"the window does not show its Live page: {report}")
    results.ticks_ms.setdefault(work, []).extend(report["gaps_ms"])


def measure_storms(plan: Plan, results: Results) -> None:
    """Works d and f."""
    with plan.running() as peers:
        for peer in peers:
            with awake(peer):
                peer.list_size = measure_list(peer.port, plan.accounts.tokens[0])
        for peer in plan.turns(peers):
            with awake(peer):
                _storm(peer, plan, results)
        for peer in plan.turns([each for each in peers if each.name in LOGIN_PEERS]):
            with awake(peer):
                _log_in(peer, results)


def _storm(peer: Peer, plan: Plan, results: Results) -> None:
    swarm = Swarm(peer.port, plan.accounts.tokens, peer.list_size)
    try:
        settled = swarm.grow(STORM_CLIENTS, STORM_TIMEOUT_S)
    finally:
        swarm.close()
    lists = settled.presence_bytes / (STORM_CLIENTS * peer.list_size.size(STORM_CLIENTS))
    details = {"joined_s": settled.joined_s, "settled_s": settled.settled_s, "lists": lists}
    results.add(STORM, peer.name, Sample(STORM_CLIENTS / settled.joined_s, details=details))
    # The crowd's end must not reach into the next measurement of this peer.
    time.sleep(0.5)


def _log_in(peer: Peer, results: Results) -> None:
    peer.process.pin({SERVER_CORE, LOAD_CORE})
    if peer.name == WINDOW:
        peer.ticks()
    cpu_s, started_s = peer.process.cpu_s(), time.perf_counter()
    rate = log_in_for(peer.port, 2.0)
    taken_s = time.perf_counter() - started_s
    sample = Sample(rate, server_cpu=(peer.process.cpu_s() - cpu_s) / taken_s)
    if peer.name == WINDOW:
        results.ticks_ms.setdefault(LOGINS, []).extend(peer.ticks())
    results.add(LOGINS, peer.name, sample)
