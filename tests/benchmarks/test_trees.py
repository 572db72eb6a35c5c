"""Two copies of the program beside each other: which runs from where, and what is said of them."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.benchmarks.peers import ASYNCIO, UVLOOP, WINDOW, Peer, label
from tests.benchmarks.plan import Plan
from tests.benchmarks.report import comparison, table
from tests.benchmarks.results import Results, Sample
from tests.benchmarks.setup import Accounts
from tests.benchmarks.trees import Tree, before, copy_of, is_before, kind_of
from tests.benchmarks.works import MEMORY, ROUND_TRIPS, SERVER_US


def copy_in(folder: Path) -> Path:
    """Make what passes for a copy of the program."""
    for part in ("authws_desktop", "tests/benchmarks"):
        (folder / part).mkdir(parents=True)
    return folder


def test_a_folder_is_used_as_it_is(tmp_path: Path) -> None:
    """And stays when the comparison is over."""
    with copy_of(str(copy_in(tmp_path / "old"))) as folder:
        assert folder == tmp_path / "old"
    assert folder.is_dir()


def test_a_revision_is_unpacked_for_the_time_of_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From what git says it was; nothing of it is left behind."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.add(copy_in(tmp_path / "old"), ".")
    asked: list[list[str]] = []

    def git(command: list[str], **_options: object) -> subprocess.CompletedProcess[bytes]:
        asked.append(command)
        return subprocess.CompletedProcess(command, 0, packed.getvalue(), b"")

    monkeypatch.setattr(subprocess, "run", git)
    with copy_of("v0.1.0") as folder:
        assert (folder / "tests" / "benchmarks").is_dir()
    assert not folder.exists()
    assert asked[0][-2:] == ["--format=tar", "v0.1.0"]


def test_what_is_neither_is_refused(tmp_path: Path) -> None:
    """In words, before anything is measured."""
    with pytest.raises(SystemExit, match="no such revision is no folder"), copy_of("no such revision"):
        pass
    with pytest.raises(SystemExit, match="holds no copy"), copy_of(str(tmp_path)):
        pass


def test_a_name_tells_the_server_and_the_copy() -> None:
    """In tables as well."""
    assert kind_of(before(UVLOOP)) == kind_of(UVLOOP) == UVLOOP
    assert (is_before(before(UVLOOP)), is_before(UVLOOP)) == (True, False)
    assert label(before(UVLOOP)) == f"{label(UVLOOP)}, before"


def test_the_two_copies_take_turns_in_being_the_first(tmp_path: Path) -> None:
    """Each server is measured once a round, beside its other copy."""
    tree = Tree(tmp_path, Accounts(tmp_path, "", []))
    plan = Plan([], 4, 0.1, tree, "", Results(), lambda _text: None, before=tree)
    names = [name for kind in (WINDOW, UVLOOP) for name in (kind, before(kind))]
    peers: list[Peer] = [Peer(name, 0, process=None) for name in names]  # type: ignore[arg-type]  # none is needed
    order = [peer.name for peer in plan.turns(peers, ROUND_TRIPS)]
    rounds = [order[start : start + 4] for start in range(0, 16, 4)]
    assert all(sorted(each) == sorted(names) for each in rounds)
    for kind in (WINDOW, UVLOOP):
        assert {each.index(kind) < each.index(before(kind)) for each in rounds} == {True, False}


def test_each_row_is_compared_with_the_same_row_of_before() -> None:
    """More is better in each, and what got slower is marked."""
    results = Results()
    for value, old in ((90.0, 100.0), (97.0, 100.0), (99.0, 100.0)):
        results.add(ROUND_TRIPS, UVLOOP, Sample(value, details={"p99_ms": 2.0, SERVER_US: 20.0}))
        results.add(ROUND_TRIPS, before(UVLOOP), Sample(old, details={"p99_ms": 2.0, SERVER_US: 25.0}))
    results.add(MEMORY, ASYNCIO, Sample(5000.0))
    results.add(MEMORY, before(ASYNCIO), Sample(10000.0))
    lines = comparison(results).splitlines()
    [trips] = [line for line in lines if "round trips/s" in line]
    assert trips.split()[-6:] == ["0.90", "0.97", "0.99", "LESS", "than", "0.98"]
    [processor] = [line for line in lines if "µs of processor" in line]
    assert processor.split()[-3:] == ["1.25", "1.25", "1.25"]
    [memory] = [line for line in lines if "Memory" in line]
    assert memory.split()[-3:] == ["2.00", "2.00", "2.00"]
    assert table(results, []).count(", before") == 2
