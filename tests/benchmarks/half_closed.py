"""How long a broadcast takes to the others while clients are stuck and half-closed: the same as without them.

A stuck client logs in and stops reading until the kernel's queues for it are full, on both sides; then it ends
its sending side (`shutdown(SHUT_WR)`), which a dying network does as well. The clients whose delay is measured
come after the stuck ones, so that a server that goes through its connections in turn meets those first.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from tests.benchmarks.clients import Client, LoadError, drain
from tests.benchmarks.peers import NODE, OURS, Peer
from tests.benchmarks.plan import Plan
from tests.benchmarks.results import Sample, percentile
from tests.benchmarks.trees import kind_of
from tests.benchmarks.works import HALF_CLOSED

PEERS = (NODE, *OURS)
OTHERS = 20
MOST_ROUNDS = 2
PAUSE_S = 0.005
LATE_S = 2.0
"""A broadcast that has not reached everybody by then counts with this time, and the next one is sent."""
SMALL_BUFFER_BYTES = 4096
FILLING_BYTES = 8 * 1024
"""So little that a server has only begun to hold back for a client when its queues are seen to be full."""
FULL_AFTER = 2
"""Broadcasts that the kernel took nothing of."""
MOST_FILLING = 1500
_ESTABLISHED = "01"


def measure_half_closed(plan: Plan) -> None:
    """Measure the delay with 0, 1 and 20 clients that half-close."""
    plan = replace(
        plan,
        names=[name for name in plan.names if kind_of(name) in PEERS],
        rounds=min(plan.rounds, MOST_ROUNDS),
    )
    with plan.running(*HALF_CLOSED.values()) as peers:
        for count, work in HALF_CLOSED.items():
            for peer in plan.turns(peers, work):
                with plan.awake(peer, work):
                    plan.results.add(work, peer.name, _sample(peer, plan, count))


def _sample(peer: Peer, plan: Plan, count: int) -> Sample:
    token = peer.tokens[0]
    with ExitStack() as stack:
        stuck = [Client(peer.port, token, SMALL_BUFFER_BYTES) for _ in range(count)]
        others = [Client(peer.port, token) for _ in range(OTHERS)]
        for client in (*stuck, *others):
            stack.callback(client.close)
        drain(others)
        watch = Watch(others)
        stack.callback(watch.close)
        half_close_when_full(watch, peer.port, stuck)
        delays_s = _delays(watch, plan.seconds)
    details = {"median_ms": percentile(delays_s, 0.5) * 1000, "worst_ms": max(delays_s) * 1000}
    return Sample(percentile(delays_s, 0.99) * 1000, details=details)


def _delays(watch: Watch, seconds: float) -> list[float]:
    delays_s: list[float] = []
    until_s = time.perf_counter() + seconds
    while not delays_s or time.perf_counter() < until_s:
        delays_s.append(watch.delay_s())
        time.sleep(PAUSE_S)
    return delays_s


class Watch:
    """Sends broadcasts one by one and waits for each at every client.

    Args:
        clients: All receivers; the first one sends.
    """

    def __init__(self, clients: Sequence[Client]) -> None:
        self._clients = {client.socket.fileno(): client for client in clients}
        self._sender = clients[0]
        self._seen = dict.fromkeys(self._clients, b"")
        self._count = 0
        self._poller = select.epoll()
        for client in clients:
            client.socket.setblocking(False)
            self._poller.register(client.socket, select.EPOLLIN)

    def delay_s(self, more: str = "") -> float:
        """Send a broadcast; return how long the last client waited for it, or `LATE_S`.

        Args:
            more: Makes it so much longer.
        """
        self._count += 1
        mark = f"mark {self._count}."
        missing = set(self._clients)
        started_s = time.perf_counter()
        self._sender.socket.setblocking(True)
        self._sender.send({"type": "message", "content": more + mark})
        self._sender.socket.setblocking(False)
        while missing and (left_s := started_s + LATE_S - time.perf_counter()) > 0:
            for number, _ in self._poller.poll(left_s):
                if self._is_here(number, mark.encode()):
                    missing.discard(number)
        return LATE_S if missing else time.perf_counter() - started_s

    def _is_here(self, number: int, mark: bytes) -> bool:
        data = self._clients[number].socket.recv(1 << 20)
        if not data:
            raise LoadError("the server closed the connection of a client that reads")
        data = self._seen[number] + data
        # A mark may come in two pieces.
        self._seen[number] = data[-len(mark) :]
        return mark in data

    def close(self) -> None:
        """Leave the sockets to others."""
        self._poller.close()


def half_close_when_full(watch: Watch, port: int, stuck: Sequence[Client]) -> None:
    """Send broadcasts until the kernel takes no more for any stuck client; each one then half-closes.

    Args:
        watch: Of those who read.
        port: Of the server.
        stuck: Those who do not.

    Raises:
        LoadError: The kernel took all that it was sent, or the server ended a connection before.
    """
    waiting = {client.socket.getsockname()[1]: client for client in stuck}
    taken = dict.fromkeys(waiting, 0)
    still = dict.fromkeys(waiting, 0)
    for _ in range(MOST_FILLING):
        if not waiting or watch.delay_s("x" * FILLING_BYTES) >= LATE_S:
            return  # if the others already wait, nothing more is needed to show it
        now = queued_bytes(port)
        for number in list(waiting):
            if number not in now:
                raise LoadError("the server ended a connection that had only stopped reading")
            still[number] = 0 if now[number] > taken[number] else still[number] + 1
            taken[number] = max(now[number], taken[number])
            if still[number] == FULL_AFTER:
                waiting.pop(number).socket.shutdown(socket.SHUT_WR)
    raise LoadError("the kernel's queues never filled")


def queued_bytes(port: int) -> dict[int, int]:
    """Return how much the kernel holds for each client of a server on loopback, by the client's port."""
    queued: dict[int, int] = {}
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, remote, state, queues, *_ = line.split()
        local_port, remote_port = (int(each.rpartition(":")[2], 16) for each in (local, remote))
        sending, receiving = (int(each, 16) for each in queues.split(":"))
        if state != _ESTABLISHED:
            continue
        if local_port == port:
            queued[remote_port] = queued.get(remote_port, 0) + sending
        elif remote_port == port:
            queued[local_port] = queued.get(local_port, 0) + receiving
    return queued
