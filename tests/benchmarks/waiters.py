"""What programs that wait for a row of the traffic cost everybody else: a broadcast with eight of them, and with none.

Each round measures the same server twice, one right after the other and in turn the first: so that whatever else
the machine does meanwhile is the same for both.
"""

from __future__ import annotations

import json
import socket
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from tests.benchmarks.clients import LoadError, open_clients
from tests.benchmarks.load import FanOut
from tests.benchmarks.peers import OURS, Peer
from tests.benchmarks.plan import Plan
from tests.benchmarks.trees import kind_of
from tests.benchmarks.works import WAITERS

RECEIVERS = 200
NEVER = "user:nobody type:direct moon"
WAIT_S = 600
SEEN_S = 20.0


def measure_waiters(plan: Plan) -> None:
    """Measure the fan-out without and with waiters."""
    plan = replace(plan, names=[name for name in plan.names if kind_of(name) in OURS])
    with plan.running(*WAITERS.values()) as peers:
        loads = {}
        for peer in peers:
            with plan.awake(peer, WAITERS[0]):
                peer.clients = open_clients(peer.port, peer.tokens, RECEIVERS)
                loads[peer.name] = FanOut(peer.clients)
        for number, peer in enumerate(plan.turns(peers, WAITERS[0])):
            for count in sorted(WAITERS, reverse=bool(number // len(peers) % 2)):
                with plan.attempt(peer, WAITERS[count]), _waiting(peer, count):
                    plan.measure(WAITERS[count], peer, loads[peer.name].run)


@contextmanager
def _waiting(peer: Peer, count: int) -> Iterator[None]:
    """Let so many wait for the length of a block."""
    body = json.dumps({"filter": NEVER, "timeoutS": WAIT_S}).encode()
    head = (
        f"POST /admin/wait HTTP/1.1\r\nHost: 127.0.0.1:{peer.port}\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {peer.host_token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    waiters = [socket.create_connection(("127.0.0.1", peer.port), SEEN_S) for _ in range(count)]
    for each in waiters:
        each.sendall(head.encode() + body)
    try:
        _until_seen(peer, count)
        yield
    finally:
        for each in waiters:
            each.close()
        _until_seen(peer, 0)


def _until_seen(peer: Peer, count: int) -> None:
    """Return once the server says that so many wait.

    Raises:
        LoadError: It never does.
    """
    peer.process.resume()
    request = urllib.request.Request(
        f"http://127.0.0.1:{peer.port}/metrics", headers={"Authorization": f"Bearer {peer.host_token}"}
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until_s = time.monotonic() + SEEN_S
    try:
        while time.monotonic() < until_s:
            with opener.open(request, timeout=SEEN_S) as answer:
                if f"\nauthws_waiters {count}\n" in answer.read().decode():
                    return
            time.sleep(0.02)
    finally:
        peer.process.pause()
    raise LoadError(f"the server never had {count} waiters")
