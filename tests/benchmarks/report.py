"""The table that a person reads, on the terminal and for the README."""

from __future__ import annotations

from collections.abc import Sequence

from tests.benchmarks.peers import LABELS, LIBRARY, NODE, RAW, SERVERS, UVLOOP, WINDOW
from tests.benchmarks.results import LOGINS, TITLES, Results, Spread, Target, tick_summary

ORDER = (*SERVERS, RAW)
IN_README = (WINDOW, UVLOOP, LIBRARY)


def table(results: Results, targets: Sequence[Target]) -> str:
    """Return everything as text."""
    lines = []
    for work in [each for each in TITLES if each in results.samples]:
        lines += ["", f"{work}: {TITLES[work]}", *_rows(results, work)]
    lines += ["", "window ticks, gaps of a 10 ms timer (ms)"]
    for work, gaps in results.ticks_ms.items():
        if gaps:
            ticks = tick_summary(gaps)
            lines.append(
                f"  during {work:<10} median {ticks['median']:6.1f}   99 % {ticks['p99']:6.1f}   max {ticks['max']:6.1f}"
            )
    lines += ["", "load generator against a null server"]
    lines += [f"  {name:<34}{value:>12,.0f}" for name, value in results.ceilings.items()]
    lines += ["", "targets"]
    lines += [
        f"  {'met   ' if each.is_met else 'MISSED'} {each.work:<10} {each.text}: {each.reached}"
        for each in targets
    ]
    return "\n".join(lines)


def _rows(results: Results, work: str) -> list[str]:
    head = f"  {'':<34}{'median':>12}   ratio to Node: min, median, max   load busy  server cpu"
    rows = [head]
    for peer in ORDER:
        values = results.values(work, peer)
        if not values:
            continue
        ratios = results.ratios(work, peer)
        spread = Spread.of(ratios) if ratios else Spread(0, 0, 0)
        samples = results.samples[work][peer]
        busy = max(sample.load_busy for sample in samples)
        cpu = Spread.of([sample.server_cpu for sample in samples]).median
        details = _details(results, work, peer)
        rows.append(
            f"  {LABELS[peer]:<34}{Spread.of(values).median:>12,.0f}   "
            f"{spread.least:>12.2f} {spread.median:>6.2f} {spread.most:>6.2f}"
            f"{busy:>16.0%}{cpu:>11.0%}   {details}".rstrip()
        )
    return rows


def _details(results: Results, work: str, peer: str) -> str:
    samples = results.samples[work][peer]
    names = samples[0].details
    medians = {name: Spread.of(results.details(work, peer, name)).median for name in names}
    return "  ".join(f"{name} {value:.2f}" for name, value in medians.items())


def markdown(results: Results) -> str:
    """Return Node's medians and the others' ratios to them, as a table for the README."""
    peers = [peer for peer in IN_README if any(peer in each for each in results.samples.values())]
    heads = ["", LABELS[NODE], *(LABELS[peer] for peer in peers)]
    lines = [f"| {' | '.join(heads)} |", "|---|" + "---:|" * (len(peers) + 1)]
    for work in [each for each in TITLES if results.values(each, NODE)]:
        middle = Spread.of(results.values(work, NODE)).median
        absolute = f"{middle:,.1f}" if work == LOGINS else f"{middle:,.0f}"
        cells = [TITLES[work], absolute, *(_ratio(results, work, peer) for peer in peers)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _ratio(results: Results, work: str, peer: str) -> str:
    """Return a peer's ratio to Node: the median of the rounds, and the least and most."""
    ratios = results.ratios(work, peer)
    if not ratios:
        return ""
    spread = Spread.of(ratios)
    if len(ratios) == 1:
        return f"{spread.median:.2f}"
    return f"{spread.median:.2f} ({spread.least:.2f} to {spread.most:.2f})"
