"""The soak run itself, in short: a good server has no fault, and each kind of fault is found."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator

import pytest

from tests.benchmarks.peers import UVLOOP, command_of
from tests.benchmarks.setup import Accounts, made_accounts
from tests.soak import crowd, visits
from tests.soak.__main__ import run_crowd, running_server
from tests.soak.delays import Delays
from tests.soak.faulty_peer import FAULTS
from tests.soak.report import Outcome
from tests.soak.visits import Way, draw_visit
from tests.soak.watch import Span, exceptions_in

pytestmark = pytest.mark.long
needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="the load generator uses epoll")
SECONDS, RATE = 1.5, 300


@pytest.fixture(scope="module")
def accounts() -> Iterator[Accounts]:
    """Accounts for all servers of this module."""
    with made_accounts(users=2) as made:
        yield made


@pytest.fixture
def short_visits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let clients leave within the run, as many of them rudely as politely."""
    monkeypatch.setattr(visits, "STAY_S", (0.1, 0.5))
    monkeypatch.setattr(visits, "STUCK_S", (0.1, 0.5))
    monkeypatch.setattr(visits, "RUDE_SHARE", 0.5)
    monkeypatch.setattr(crowd, "BLIND_END_S", 0.2)


def short_run(accounts: Accounts, *fault: str) -> Outcome:
    """Run a few clients for a moment, against the real server or one with a fault."""

    def command(port: int) -> list[str]:
        own = [str(part) for part in command_of(UVLOOP, port, accounts.copy_for(f"soak-{port}"))]
        module = own.index("authws_desktop")
        return [*own[:module], "tests.soak.faulty_peer", *fault, *own[module + 1 :]] if fault else own

    with running_server(command, accounts) as (server, port):
        return run_crowd(server, port, accounts, seconds=SECONDS, rate=RATE, seed=1, steady=6, visitors=6)


@needs_linux
@pytest.mark.usefixtures("short_visits")
def test_a_good_server_has_no_fault(accounts: Accounts) -> None:
    """While clients come, and leave in every way."""
    outcome = short_run(accounts)
    assert outcome.faults() == {}, outcome.text()
    assert outcome.totals.due > outcome.totals.sent > 0
    assert sum(outcome.ended.values()) >= outcome.joined > 12
    assert outcome.ended[Way.GOODBYE] < outcome.joined, "some left rudely"
    assert outcome.text().endswith("No fault.")


@needs_linux
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_server_is_found(accounts: Accounts, fault: str) -> None:
    """Of each kind, and no other kind is claimed."""
    outcome = short_run(accounts, fault)
    assert set(outcome.faults()) == {fault}, outcome.text()
    assert f"FAULTS: {fault}: " in outcome.text()


@needs_linux
def test_a_server_that_dies_ends_the_run(accounts: Accounts) -> None:
    """With a report that says so."""
    outcome = short_run(accounts, "dies")
    assert {"server died", "cut connections"} <= set(outcome.faults()), outcome.text()


def test_three_in_ten_leave_without_a_goodbye() -> None:
    """In four ways alike, two of which are stuck before."""
    lot = random.Random(1)
    drawn = [draw_visit(lot) for _ in range(4000)]
    counts = {way: sum(visit.way is way for visit in drawn) / len(drawn) for way in Way}
    assert counts.pop(Way.GOODBYE) == pytest.approx(0.7, abs=0.03)
    assert all(share == pytest.approx(0.075, abs=0.015) for share in counts.values())
    assert all((visit.stuck_s > 0) == visit.way.is_stuck for visit in drawn)


def test_the_share_within_a_delay_is_counted() -> None:
    """By whole milliseconds, and the worst as it is."""
    delays = Delays()
    assert delays.within_ms(0.99) == 0
    for delay_ms in [*range(99), 1234.5]:
        delays.add(delay_ms)
    assert (delays.within_ms(0.5), delays.within_ms(0.99), delays.within_ms(1.0)) == (50, 99, 1235)
    assert delays.worst_ms == 1234.5


def test_a_span_knows_its_ends_and_its_most() -> None:
    """The most may lie between."""
    span = Span.of(10)
    for figure in (30, 12):
        span.add(figure)
    assert span == Span(10, 12, 30)


RECORD = "2026-01-01 12:00:00,000 {} authws_desktop.x: something"
BARE = ["Traceback (most recent call last):", '  File "x.py", line 1', "ValueError: no"]


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        ([], 0),
        ([RECORD.format("WARNING"), "more of it"], 0),
        ([RECORD.format("ERROR  ")], 1),
        ([RECORD.format("ERROR  "), *BARE], 1),
        ([RECORD.format("WARNING"), *BARE], 1),
        (BARE, 1),
        ([*BARE, *BARE], 2),
        ([*BARE, "", "During handling of the above exception, another exception occurred:", "", *BARE], 1),
        ([RECORD.format("ERROR  "), *BARE, *BARE, RECORD.format("INFO   "), "x"], 2),
    ],
)
def test_exceptions_are_counted_once_each(lines: list[str], count: int) -> None:
    """With or without a record of the log, chained ones as one; nothing is counted that is none."""
    assert len(exceptions_in(lines)) == count
