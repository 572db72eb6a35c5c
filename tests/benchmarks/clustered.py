"""What a cluster costs: one server alone beside clusters of 1, 2 and 4 nodes, in turn, in one run.

Servers and engine share the servers' processor. What counts is the processor time that all of them use for a
delivery, which does not mind what else the machine does; round trips of directs are a rate, and do.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from tests.benchmarks.clients import Client, close_all, drain, open_clients
from tests.benchmarks.load import FanOut, RoundTrips
from tests.benchmarks.peers import ALONE_WITH, CLUSTERS, environment_of
from tests.benchmarks.plan import FAILURES, Plan
from tests.benchmarks.processes import SERVER_CORE, Process, free_port
from tests.benchmarks.results import Sample
from tests.benchmarks.works import CLUSTER_DIRECT, CLUSTER_FAN_OUT
from tests.engines import Postgres, Redis

CLIENTS = 200
TRIP_CLIENTS = 50
IN_FLIGHT = 128
JOIN_S = 60.0


@dataclass
class Group:
    """A server alone, or the nodes of a cluster.

    Attributes:
        name: One of `CLUSTERS`.
        nodes: Its processes.
        engine: Its own engine; `None` for a server alone.
        ports: The nodes'.
        token: Of one user, who holds all connections.
        clients: How many connections.
    """

    name: str
    nodes: list[Process]
    engine: Redis | None
    ports: list[int]
    token: str = ""
    clients: int = CLIENTS

    def cpu_s(self) -> tuple[float, float]:
        """Return the processor time of the nodes, and of the engine, so far."""
        engine = 0.0
        if self.engine is not None:
            times = psutil.Process(self.engine.pid).cpu_times()
            engine = float(times.user + times.system)
        return sum(node.cpu_s() for node in self.nodes), engine

    def join(self, count: int) -> list[Client]:
        """Return so many clients, in turn at each node."""
        per_node = count // len(self.ports)
        at_each = [open_clients(port, [self.token], per_node) for port in self.ports]
        found = [client for clients in zip(*at_each, strict=True) for client in clients]
        drain(found)
        return found


def measure_clusters(plan: Plan) -> None:
    """Measure what a delivery costs, and directs between nodes."""
    with groups(plan) as made:
        for number in range(plan.rounds):
            for group in made:
                try:
                    _measure(plan, group)
                except FAILURES as error:
                    plan.say(f"  {group.name}: {error}")
                    plan.results.fail(CLUSTER_FAN_OUT, group.name, str(error))
            plan.say(f"  round {number + 1}")


def _measure(plan: Plan, group: Group) -> None:
    clients = group.join(group.clients)
    load = FanOut(clients, in_flight=IN_FLIGHT)
    try:
        load.run(plan.warm_up_s)
        nodes_s, engine_s = group.cpu_s()
        seen = load.run(plan.seconds)
        nodes_after_s, engine_after_s = group.cpu_s()
    finally:
        load.close()
        close_all(clients)
    own_s, engines_s = nodes_after_s - nodes_s, engine_after_s - engine_s
    # Messages that were under way at the end were delivered, too, at the same cost.
    cost_us = (own_s + engines_s) / seen.delivered * 1e6
    details = {"engine": engines_s / (own_s + engines_s), "per_s": seen.per_second}
    plan.results.add(
        CLUSTER_FAN_OUT, group.name, Sample(cost_us, seen.busy, (own_s + engines_s) / seen.seconds, details)
    )
    if group.clients != CLIENTS or len(group.ports) > 2:
        return
    clients = group.join(TRIP_CLIENTS)
    trips = RoundTrips(clients)
    try:
        trips.run(plan.warm_up_s)
        seen = trips.run(plan.seconds)
    finally:
        trips.close()
        close_all(clients)
    plan.results.add(CLUSTER_DIRECT, group.name, Sample(seen.per_second, seen.busy, 0.0, {}))


@contextmanager
def groups(plan: Plan) -> Iterator[list[Group]]:
    """Run all that are compared."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="authws-bench-cluster-")))
        database = Postgres()
        stack.callback(database.remove)
        made = []
        for name, count in CLUSTERS.items():
            engine = Redis() if count else None
            if engine is not None:
                stack.callback(engine.remove)
                os.sched_setaffinity(engine.pid, {SERVER_CORE})
            group = _started(name, count, engine, database, folder, plan)
            for node in group.nodes:
                stack.callback(node.stop)
            for node, port in zip(group.nodes, group.ports, strict=True):
                node.wait_for_port(port)
            _wait_until_ready(group.ports)
            group.token = _guest(group.ports[0], "bench")
            made.append(group)
        alone = made[0]
        made += [replace(alone, name=name, clients=count) for name, count in ALONE_WITH.items()]
        yield made


def _started(
    name: str, count: int, engine: Redis | None, database: Postgres, folder: Path, plan: Plan
) -> Group:
    env = {"AUTHWS_GUESTS": "on", "AUTHWS_LOG_LEVEL": "error"}
    options: list[str] = []
    if engine is not None:
        env |= {"AUTHWS_DATABASE_URL": database.new_database(), "AUTHWS_DRAIN_S": "0"}
        options = ["--cluster", engine.url]
    nodes, ports = [], []
    for number in range(max(1, count)):
        port = free_port()
        data = str(folder / f"{name}-{number}".replace(" ", "-").replace(",", ""))
        where = ["--host", "127.0.0.1", "--port", str(port), "--data-dir", data, *options]
        command = [sys.executable, "-m", "authws_desktop", "serve", *where]
        own = environment_of(port, plan.tree.accounts, "") | env
        nodes.append(Process(f"{name} {number}", command, own, {SERVER_CORE}, plan.tree.folder))
        ports.append(port)
    return Group(name, nodes, engine, ports)


def _wait_until_ready(ports: Sequence[int]) -> None:
    ended_s = time.monotonic() + JOIN_S
    for port in ports:
        while time.monotonic() < ended_s:
            try:
                urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
                    f"http://127.0.0.1:{port}/readyz", timeout=5
                ).close()
                break
            except OSError:
                time.sleep(0.1)


def _guest(port: int, name: str) -> str:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/auth/guest",
        json.dumps({"username": name}).encode(),
        {"Content-Type": "application/json"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=20) as answer:
        return str(json.load(answer)["token"])
