"""A run goes on when a peer fails: its row says so, and what was measured is kept."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.benchmarks import foreign_tools
from tests.benchmarks.clients import Client
from tests.benchmarks.journal import kept_results, read_results
from tests.benchmarks.load import Load, RoundTrips
from tests.benchmarks.peers import BUN, GO, NODE, UVLOOP, Peer, label, start_limit_peer
from tests.benchmarks.plan import Plan
from tests.benchmarks.processes import SERVER_CORE
from tests.benchmarks.report import markdown, table
from tests.benchmarks.results import Results, Sample
from tests.benchmarks.setup import Accounts
from tests.benchmarks.trees import Tree
from tests.benchmarks.works import FAN_OUT, MEMORY, ROUND_TRIPS

ROUNDS = 3
SECONDS = 0.05

needs_its_core = pytest.mark.skipif(
    sys.platform != "linux" or SERVER_CORE not in os.sched_getaffinity(0),
    reason="servers are pinned to a processor, which Linux alone can do",
)


def plan_for(results: Results, folder: Path, names: tuple[str, ...] = ()) -> Plan:
    """Return a short plan."""
    tree = Tree(folder, Accounts(folder, "", []))
    return Plan(names, ROUNDS, SECONDS, tree, "", results, lambda _text: None, warm_up_s=SECONDS)


@contextmanager
def answering_peer(name: str) -> Iterator[Peer]:
    """Run a server that confirms whatever it gets, with two clients."""
    peer = start_limit_peer("answer")
    peer.name = name
    try:
        peer.clients = [Client(peer.port) for _ in range(2)]
        yield peer
    finally:
        peer.stop()


def dying_in_round(number: int, peer: Peer, run: Callable[[float], Load]) -> Callable[[float], Load]:
    """Return a load in whose round the peer is killed; a round is a warm-up and a measurement."""
    calls = iter(range(1000))

    def act(seconds: float) -> Load:
        if next(calls) == number * 2 + 1:
            peer.process.signal(signal.SIGKILL)
        return run(seconds)

    return act


@needs_its_core
def test_a_peer_that_dies_is_a_row_and_the_others_go_on(tmp_path: Path) -> None:
    """What it reached before stands beside the reason; in later works it has a row as well."""
    with (
        kept_results(tmp_path / "results.jsonl") as results,
        answering_peer(NODE) as lasting,
        answering_peer(UVLOOP) as dying,
    ):
        plan = plan_for(results, tmp_path)
        runs: dict[str, Callable[[float], Load]] = {
            peer.name: RoundTrips(peer.clients).run for peer in (lasting, dying)
        }
        runs[UVLOOP] = dying_in_round(1, dying, runs[UVLOOP])
        for work in (ROUND_TRIPS, FAN_OUT):
            for peer in plan.turns([lasting, dying], work):
                plan.measure(work, peer, runs[peer.name])
    assert [len(results.values(work, NODE)) for work in (ROUND_TRIPS, FAN_OUT)] == [ROUNDS, ROUNDS]
    assert [len(results.values(work, UVLOOP)) for work in (ROUND_TRIPS, FAN_OUT)] == [1, 0]
    assert results.failures == {work: {UVLOOP: dying.failure} for work in (ROUND_TRIPS, FAN_OUT)}
    assert dying.failure
    assert table(results, []).count(f"FAILED: {dying.failure}") == 2


@needs_its_core
def test_a_peer_whose_program_is_absent_is_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says why in each work that was measured, and is no failure."""
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(foreign_tools, "HERE", tmp_path)
    results = Results()
    with plan_for(results, tmp_path, (NODE, BUN, GO)).running(FAN_OUT, MEMORY) as peers:
        assert peers == []
    assert set(results.absent) == {NODE, BUN, GO}
    assert results.failures == {}
    results.add(FAN_OUT, UVLOOP, Sample(1.0))
    text = table(results, [])
    for name, origin in ((NODE, "Node.js"), (BUN, "npm"), (GO, "Debian")):
        [row] = [line for line in text.splitlines() if line.strip().startswith(label(name))]
        assert "not measured: " in row
        assert origin in row


@needs_its_core
def test_a_peer_that_does_not_start_is_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named in each work of the stage, which goes on without it."""
    (tmp_path / "data").mkdir()
    monkeypatch.setattr(foreign_tools, "node", lambda: sys.executable)  # which cannot read it
    results = Results()
    with plan_for(results, tmp_path, (NODE,)).running(FAN_OUT, MEMORY) as peers:
        assert peers == []
    assert "did not start" in results.failures[FAN_OUT][NODE]
    assert results.failures[MEMORY] == results.failures[FAN_OUT]


def test_a_fault_of_the_benchmark_itself_is_no_peer_s(tmp_path: Path) -> None:
    """It ends the run, rather than to pass for a slow server."""
    plan = plan_for(Results(), tmp_path)
    peer: Peer = Peer(NODE, 0, process=None)  # type: ignore[arg-type]  # none is needed
    with pytest.raises(KeyError), plan.attempt(peer, FAN_OUT):
        raise KeyError("p99_ms")
    assert not peer.failure


def filled(results: Results) -> Results:
    """Add something of every kind."""
    results.add_machine(cpu="a processor", cores=2)
    results.add_ceiling("round trips/s", 1e5)
    results.add(ROUND_TRIPS, NODE, Sample(50.0, 0.5, 1.0, {"p99_ms": 3.3}))
    results.add(ROUND_TRIPS, UVLOOP, Sample(60.0, 0.6, 1.0, {"p99_ms": 2.7}))
    results.fail(FAN_OUT, UVLOOP, "the server closed the connection")
    results.add_absent(GO, "it is not there")
    results.add_ticks(ROUND_TRIPS, [10.0, 11.5])
    return results


def test_each_result_is_in_the_file_as_soon_as_it_comes(tmp_path: Path) -> None:
    """A report can be made of it while the run goes on, which is what is left of one that is killed."""
    file = tmp_path / "out" / "results.jsonl"
    with kept_results(file) as results:
        filled(results)
        kept = read_results(file)
    assert kept.as_json([]) == filled(Results()).as_json([])
    assert table(kept, []) == table(results, [])
    assert markdown(kept) == markdown(results)


def test_a_torn_last_line_costs_only_itself(tmp_path: Path) -> None:
    """The process may be killed while it writes."""
    file = tmp_path / "results.jsonl"
    with kept_results(file) as results:
        filled(results)
    file.write_text(file.read_text()[:-9])
    kept = read_results(file)
    assert kept.samples == results.samples
    assert kept.ticks_ms == {}


def test_a_run_begins_its_file_anew(tmp_path: Path) -> None:
    """What an earlier run measured is not taken for this one's."""
    file = tmp_path / "results.jsonl"
    for _ in range(2):
        with kept_results(file) as results:
            filled(results)
    assert read_results(file).values(ROUND_TRIPS, NODE) == [50.0]
