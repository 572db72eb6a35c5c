"""Whether a run met its targets."""

from __future__ import annotations

from tests.benchmarks.peers import NODE, UVLOOP, WINDOW
from tests.benchmarks.results import Results, Sample
from tests.benchmarks.targets import LEAST_RATIOS, judge
from tests.benchmarks.works import LOGINS, MEMORY, PAIRS, ROUND_TRIPS


def verdicts(results: Results, work: str) -> dict[str, bool]:
    """Return the targets of a work, and whether they were met."""
    return {target.text: target.is_met for target in judge(results) if target.work == work}


def test_nothing_measured_is_nothing_judged() -> None:
    """A run of some stages says nothing of the others."""
    assert judge(Results()) == []


def test_each_ratio_is_asked_of_both_servers() -> None:
    """Just enough is enough, a little less is not."""
    for work, leasts in LEAST_RATIOS.items():
        for peer, least in leasts.items():
            for ratio, is_met in ((least, True), (least - 0.01, False)):
                results = Results()
                details = {"settled_s": 0.1, "lists": 2.0}
                results.add(work, NODE, Sample(100.0, details=details))
                results.add(work, peer, Sample(100.0 * ratio, details=details))
                assert verdicts(results, work)[f"{peer} at least {least} x {NODE}"] is is_met


def test_the_slowest_hundredth_is_compared_with_nodes() -> None:
    """The window has a refresh more."""
    results = Results()
    for peer, p99_ms in ((NODE, 3.0), (UVLOOP, 3.1), (WINDOW, 6.9)):
        results.add(ROUND_TRIPS, peer, Sample(100.0, details={"p99_ms": p99_ms}))
    found = verdicts(results, ROUND_TRIPS)
    assert found[f"{UVLOOP}: 99 % within Node's"] is False
    assert found[f"{WINDOW}: 99 % within Node's and 4 ms"] is True


def test_memory_and_the_ten_thousand() -> None:
    """Both are bounds by themselves."""
    results = Results()
    results.add(MEMORY, UVLOOP, Sample(5121.0))
    results.add(MEMORY, WINDOW, Sample(5120.0))
    results.add(PAIRS, WINDOW, Sample(99.0))
    assert list(verdicts(results, MEMORY).values()) == [False, True]
    assert list(verdicts(results, PAIRS).values()) == [True]
    results.add(LOGINS, WINDOW, Sample(8.0, server_cpu=1.9))
    assert LOGINS not in {target.work for target in judge(results)}, "without Node there is no ratio"
