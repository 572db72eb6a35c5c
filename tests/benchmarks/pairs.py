"""Ten thousand clients that each send one other a direct message a second: what arrives, and how late.

As a program (`python -m tests.benchmarks.pairs`) it is the load, in a process of its own for the sake of its
descriptors: a number on standard input lets so many clients join, as in `swarm`; a line `talk SECONDS` lets them
talk, and one line of JSON answers.
"""

from __future__ import annotations

import array
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from tests.benchmarks.clients import ListSize, LoadError, measure_list
from tests.benchmarks.peers import BUN, COMPILED, GO, NODE, UVLOOP, WINDOWS, Peer
from tests.benchmarks.plan import Plan
from tests.benchmarks.results import Sample, percentile
from tests.benchmarks.swarm import Member, Swarm, swarm_options
from tests.benchmarks.trees import kind_of
from tests.benchmarks.wire import CONNECTED, DIRECT, client_frame
from tests.benchmarks.works import PAIRS

PEERS = (NODE, GO, BUN, UVLOOP, COMPILED, *WINDOWS)
CLIENTS = 10_000
TALK_S = 10
JOIN_TIMEOUT_S = 180.0
SETTLE_S = 20.0
"""What is still under way after the last message has so long to arrive."""
CONTENT = "x" * 62
_TURN_S = 0.002


@dataclass
class Talk:
    """How the messages fared.

    Attributes:
        sent, arrived: Messages.
        median_ms, p99_ms, worst_ms: From sending to arrival.
        latest_ms: The longest time for which a message was sent later than planned, by the load's own fault.
        busy: Share of the time for which the load used its processor.
    """

    sent: int
    arrived: int
    median_ms: float
    p99_ms: float
    worst_ms: float
    latest_ms: float
    busy: float


class Pairs(Swarm):
    """A crowd in which each member writes to the next one.

    A sender's messages reach its one receiver in the order sent; so the n-th that arrives there is the n-th sent.
    """

    _whole_bytes = 1024  # more than any frame but a list has

    def __init__(self, port: int, tokens: Sequence[str], list_size: ListSize, others: int = 0) -> None:
        super().__init__(port, tokens, list_size, others)
        self._ids: dict[int, str] = {}
        self._indexes: dict[int, int] = {}
        self._sent_s: list[list[float]] = []
        self._got: list[int] = []
        self._delays_s = array.array("d")

    def _on_frame(self, member: Member, data: bytes | bytearray, start: int, size: int) -> None:
        if data.startswith(DIRECT, start):
            index = self._indexes[member.socket.fileno()]
            sender = index - 1  # that of the first one is the last one
            self._delays_s.append(time.perf_counter() - self._sent_s[sender][self._got[sender]])
            self._got[sender] += 1
        elif data.startswith(CONNECTED, start):
            message = json.loads(bytes(data[start : start + size]))
            self._ids[member.socket.fileno()] = message["clientId"]

    def talk(self, seconds: int) -> Talk:
        """Let each member send a message a second, evenly spread; returns when all have arrived, or never will.

        Args:
            seconds: Messages of each.
        """
        numbers = list(self._members)
        count = len(numbers)
        self._indexes = {number: index for index, number in enumerate(numbers)}
        self._sent_s = [[] for _ in numbers]
        self._got = [0] * count
        self._delays_s = array.array("d")
        sends = [self._members[number].socket.send for number in numbers]
        frames = [
            client_frame({"type": "direct", "to": self._ids[other], "content": CONTENT})
            for other in [*numbers[1:], numbers[0]]
        ]
        total, sent, latest_s = count * seconds, 0, 0.0
        used_s, started_s = time.process_time(), time.perf_counter()
        while sent < total:
            now_s = time.perf_counter()
            due = min(total, int((now_s - started_s) * count))
            latest_s = max(latest_s, now_s - started_s - sent / count)
            for number in range(sent, due):
                at = number % count
                self._sent_s[at].append(time.perf_counter())
                sends[at](frames[at])
            sent = due
            self._turn(count + self._others, _TURN_S)
        busy = (time.process_time() - used_s) / (time.perf_counter() - started_s)
        until_s = time.perf_counter() + SETTLE_S
        while len(self._delays_s) < total and time.perf_counter() < until_s:
            self._turn(count + self._others, _TURN_S)
        delays_ms = [delay_s * 1000 for delay_s in self._delays_s] or [SETTLE_S * 1000]
        median_ms, p99_ms = percentile(delays_ms, 0.5), percentile(delays_ms, 0.99)
        arrived = len(self._delays_s)
        return Talk(total, arrived, median_ms, p99_ms, max(delays_ms), latest_s * 1000, busy)


def measure_pairs(plan: Plan) -> None:
    """Measure each peer once: its clients take most of the time to join."""
    names = [name for name in plan.names if kind_of(name) in PEERS]
    for name in names:  # one after the other: each takes much memory
        with replace(plan, names=[name], rounds=1).running(PAIRS) as peers:
            for peer in peers:
                with plan.awake(peer, PAIRS):
                    _measure(peer, plan)


def _measure(peer: Peer, plan: Plan) -> None:
    peer.list_size = measure_list(peer.port, peer.tokens[0])
    peer.start_crowd("pairs", JOIN_TIMEOUT_S)
    assert peer.crowd is not None
    started_s = time.monotonic()
    peer.crowd.ask(str(CLIENTS), JOIN_TIMEOUT_S + SETTLE_S)
    plan.say(f"  {peer.name}: {CLIENTS:,} clients after {time.monotonic() - started_s:.0f} s")
    if peer.kind in WINDOWS:
        peer.ticks()
    cpu_s = peer.process.cpu_s()
    answer = peer.crowd.ask(f"talk {TALK_S}", TALK_S * 3 + SETTLE_S)
    talk = Talk(**answer)
    cpu = (peer.process.cpu_s() - cpu_s) / TALK_S
    if peer.name in WINDOWS:
        plan.results.add_ticks(PAIRS, peer.ticks())
    if talk.arrived != talk.sent:
        raise LoadError(f"{talk.sent - talk.arrived} of {talk.sent} messages did not arrive")
    details = {"median_ms": talk.median_ms, "worst_ms": talk.worst_ms, "load_late_ms": talk.latest_ms}
    plan.results.add(PAIRS, peer.name, Sample(talk.p99_ms, talk.busy, cpu, details))


def _hold_pairs() -> None:
    """Do what standard input says; ends with it."""
    options = swarm_options()
    pairs = Pairs(options["port"], options["tokens"], options["list_size"], others=options["others"])
    for line in sys.stdin:
        try:
            word, _, seconds = line.strip().partition(" ")
            if word == "talk":
                answer = asdict(pairs.talk(int(seconds)))
            else:
                answer = asdict(pairs.grow(int(line), options["timeout_s"]))
        except (LoadError, OSError) as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    _hold_pairs()
