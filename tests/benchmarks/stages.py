"""The stages of a run. In each, some peers run side by side; one at a time is awake and measured."""

from __future__ import annotations

import time
from collections.abc import Sequence

from tests.benchmarks.clients import Client, drain, measure_list, open_clients
from tests.benchmarks.load import FanOut, RoundTrips
from tests.benchmarks.logins import log_in_for
from tests.benchmarks.peers import COMPILED, NODE, RAW, UVLOOP, WINDOWS, Peer, start_limit_peer
from tests.benchmarks.plan import FAILURES, Plan
from tests.benchmarks.processes import LOAD_CORE, SERVER_CORE
from tests.benchmarks.results import Sample
from tests.benchmarks.swarm import Swarm
from tests.benchmarks.works import (
    FAN_OUT,
    FAN_OUT_FEW,
    FAN_OUT_ONE,
    IDLE_1000,
    IDLE_5000,
    LOGINS,
    MEMORY,
    ROUND_TRIPS,
    STORM,
)

FAN_OUT_CLIENTS = 200
FEW = 4
ROUND_TRIP_CLIENTS = 50
STORM_CLIENTS = 1000
DELIVERY_BYTES = 204
"""A broadcast of 64 bytes of content as this program frames it."""
STORM_TIMEOUT_S = 60.0
LOGIN_PEERS = (NODE, *WINDOWS, UVLOOP, COMPILED)


def measure_ceilings(plan: Plan) -> None:
    """Run the load generator against servers that do nothing but send."""
    for name, measure in (("deliveries/s", _most_deliveries), ("round trips/s", _most_round_trips)):
        try:
            plan.results.add_ceiling(name, measure(plan))
        except FAILURES as error:
            plan.say(f"  {name}: {error}")


def _most_deliveries(plan: Plan) -> float:
    peer = start_limit_peer("stream", FAN_OUT_CLIENTS, DELIVERY_BYTES, 300)
    try:
        peer.clients = [Client(peer.port) for _ in range(FAN_OUT_CLIENTS)]
        load = FanOut(peer.clients, is_asking=False)
        load.run(plan.warm_up_s)
        return load.run(plan.seconds).per_second
    finally:
        peer.stop()


def _most_round_trips(plan: Plan) -> float:
    peer = start_limit_peer("answer")
    try:
        peer.clients = [Client(peer.port) for _ in range(ROUND_TRIP_CLIENTS)]
        trips = RoundTrips(peer.clients)
        trips.run(plan.warm_up_s)
        return trips.run(plan.seconds).per_second
    finally:
        peer.stop()


def measure_fan_out(plan: Plan) -> None:
    """Broadcasts, with the raw send loop in turn with the servers, and again with few under way."""
    with plan.running(FAN_OUT, FAN_OUT_FEW, FAN_OUT_ONE) as peers:
        loads = {}
        for peer in peers:
            with plan.awake(peer, FAN_OUT):
                peer.clients = open_clients(peer.port, peer.tokens, FAN_OUT_CLIENTS)
                loads[peer.name] = FanOut(peer.clients)
        raw = start_limit_peer("stream", FAN_OUT_CLIENTS, DELIVERY_BYTES, 1)
        try:
            raw.clients = [Client(raw.port) for _ in range(FAN_OUT_CLIENTS)]
            raw.process.pause()
            loads[RAW] = FanOut(raw.clients, is_asking=False)
            for peer in plan.turns([*peers, raw], FAN_OUT):
                plan.measure(FAN_OUT, peer, loads[peer.name].run)
        finally:
            raw.stop()
        for work, in_flight in ((FAN_OUT_FEW, FEW), (FAN_OUT_ONE, 1)):
            loads = {peer.name: FanOut(peer.clients, in_flight=in_flight) for peer in plan.able(peers, work)}
            for peer in plan.turns(peers, work):
                plan.measure(work, peer, loads[peer.name].run)


def measure_round_trips(plan: Plan) -> None:
    """Direct messages with ever more idle connections, and what those weigh."""
    with plan.running(ROUND_TRIPS, IDLE_1000, IDLE_5000, MEMORY) as peers:
        trips = {}
        for peer in peers:
            with plan.awake(peer, ROUND_TRIPS):
                peer.list_size = measure_list(peer.port, peer.tokens[0])
                peer.clients = open_clients(peer.port, peer.tokens, ROUND_TRIP_CLIENTS)
                trips[peer.name] = RoundTrips(peer.clients)
                peer.start_crowd()
        memory: dict[str, int] = {}
        for work, idle in ((ROUND_TRIPS, 0), (IDLE_1000, 1000), (IDLE_5000, 5000)):
            if idle:
                _grow_crowds(plan, peers, work, idle)
            for peer in plan.turns(peers, work):
                plan.measure(work, peer, trips[peer.name].run)
            for peer in plan.able(peers, MEMORY):
                with plan.attempt(peer, MEMORY):
                    used = peer.process.memory_bytes()
                    if idle == 0:
                        memory[peer.name] = used
                    elif idle == 5000:
                        plan.results.add(MEMORY, peer.name, Sample((used - memory[peer.name]) / idle))


def _grow_crowds(plan: Plan, peers: Sequence[Peer], work: str, idle: int) -> None:
    for peer in plan.able(peers, work):
        assert peer.crowd is not None
        started_s = time.monotonic()
        with plan.awake(peer, work):
            peer.crowd.ask(str(idle), 150)
            drain(peer.clients)
            plan.say(f"  {peer.name}: {idle} idle connections after {time.monotonic() - started_s:.1f} s")


def measure_storms(plan: Plan) -> None:
    """Join storms, and logins on both processors."""
    with plan.running(STORM, LOGINS) as peers:
        for peer in peers:
            with plan.awake(peer, STORM):
                peer.list_size = measure_list(peer.port, peer.tokens[0])
        for peer in plan.turns(peers, STORM):
            with plan.awake(peer, STORM):
                _storm(peer, plan)
        for peer in plan.turns([each for each in peers if each.kind in LOGIN_PEERS], LOGINS):
            with plan.awake(peer, LOGINS):
                _log_in(peer, plan)


def _storm(peer: Peer, plan: Plan) -> None:
    swarm = Swarm(peer.port, peer.tokens, peer.list_size)
    try:
        settled = swarm.grow(STORM_CLIENTS, STORM_TIMEOUT_S)
    finally:
        swarm.close()
    lists = settled.presence_bytes / (STORM_CLIENTS * peer.list_size.size(STORM_CLIENTS))
    details = {"joined_s": settled.joined_s, "settled_s": settled.settled_s, "lists": lists}
    plan.results.add(STORM, peer.name, Sample(STORM_CLIENTS / settled.joined_s, details=details))
    # The crowd's end must not reach into the next measurement of this peer.
    time.sleep(0.5)


def _log_in(peer: Peer, plan: Plan) -> None:
    peer.process.pin({SERVER_CORE, LOAD_CORE})
    if peer.kind in WINDOWS:
        peer.ticks()
    cpu_s, started_s = peer.process.cpu_s(), time.perf_counter()
    rate = log_in_for(peer.port, 2.0)
    taken_s = time.perf_counter() - started_s
    sample = Sample(rate, server_cpu=(peer.process.cpu_s() - cpu_s) / taken_s)
    if peer.name in WINDOWS:
        plan.results.add_ticks(LOGINS, peer.ticks())
    plan.results.add(LOGINS, peer.name, sample)
