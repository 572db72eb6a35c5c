"""The table that a person reads, on the terminal and for the README."""

from __future__ import annotations

from collections.abc import Sequence

from tests.benchmarks.peers import (
    ALONE_WITH,
    BEFORE,
    BUN,
    CLUSTERS,
    COMPILED,
    COMPILED_WINDOW,
    GO,
    LIBRARY,
    NODE,
    OURS,
    RAW,
    SERVERS,
    UVLOOP,
    label,
)
from tests.benchmarks.results import Results, Spread, Target, tick_summary
from tests.benchmarks.trees import before
from tests.benchmarks.works import PROCESSOR_ROWS, ROWS, TITLES, Row

ORDER = (*SERVERS, *BEFORE, RAW, *CLUSTERS, *ALONE_WITH)
LEAST_RATIO = 0.98
"""No row may get slower than this, beside the same row of before in the same run."""
IN_README = (GO, BUN, COMPILED, COMPILED_WINDOW, UVLOOP, LIBRARY)


def table(results: Results, targets: Sequence[Target]) -> str:
    """Return everything as text."""
    lines = []
    for work in [each for each in TITLES if each in results.samples or each in results.failures]:
        lines += ["", f"{work}: {TITLES[work]}", *_rows(results, work)]
    lines += ["", "window ticks, gaps of a 10 ms timer (ms)"]
    for work, gaps in results.ticks_ms.items():
        if gaps:
            ticks = tick_summary(gaps)
            lines.append(
                f"  during {work:<14} median {ticks['median']:6.1f}   99 % {ticks['p99']:6.1f}   max {ticks['max']:6.1f}"
            )
    lines += ["", "load generator against a null server"]
    lines += [f"  {name:<34}{value:>12,.0f}" for name, value in results.ceilings.items()]
    lines += ["", "targets"]
    lines += [
        f"  {'met   ' if each.is_met else 'MISSED'} {each.work:<14} {each.text}: {each.reached}"
        for each in targets
    ]
    return "\n".join(lines)


def _rows(results: Results, work: str) -> list[str]:
    head = f"  {'':<42}{'median':>12}   ratio to Node: min, median, max   load busy  server cpu"
    rows = [head]
    for peer in ORDER:
        if results.values(work, peer):
            rows.append(_row(results, work, peer))
        elif peer in results.absent:
            rows.append(f"  {label(peer):<42}not measured: {results.absent[peer]}")
        if reason := results.failures.get(work, {}).get(peer):
            rows.append(f"  {label(peer):<42}FAILED: {reason}")
    return rows


def _row(results: Results, work: str, peer: str) -> str:
    ratios = results.ratios(work, peer)
    spread = Spread.of(ratios) if ratios else Spread(0, 0, 0)
    samples = results.samples[work][peer]
    busy = max(sample.load_busy for sample in samples)
    cpu = Spread.of([sample.server_cpu for sample in samples]).median
    decimals = next((row.decimals for row in ROWS if row.work == work), 0)
    return (
        f"  {label(peer):<42}{Spread.of(results.values(work, peer)).median:>12,.{decimals}f}   "
        f"{spread.least:>12.2f} {spread.median:>6.2f} {spread.most:>6.2f}"
        f"{busy:>16.0%}{cpu:>11.0%}   {_details(results, work, peer)}"
    ).rstrip()


def _details(results: Results, work: str, peer: str) -> str:
    samples = results.samples[work][peer]
    names = samples[0].details
    medians = {name: Spread.of(results.details(work, peer, name)).median for name in names}
    return "  ".join(f"{name} {value:.2f}" for name, value in medians.items())


def markdown(results: Results) -> str:
    """Return Node's medians and the others' ratios to them, as a table for the README."""
    peers = [peer for peer in IN_README if any(peer in each for each in results.samples.values())]
    heads = ["", label(NODE), *(label(peer) for peer in peers)]
    lines = [f"| {' | '.join(heads)} |", "|---|" + "---:|" * (len(peers) + 1)]
    for row in [each for each in ROWS if results.shown(each, NODE)]:
        middle = Spread.of(results.shown(row, NODE)).median
        cells = [
            row.short or row.title,
            f"{middle:,.{row.decimals}f}",
            *(_cell(results, row, peer) for peer in peers),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(results: Results, row: Row, peer: str) -> str:
    """Return a peer's ratio to Node: the median of the rounds, and the least and most; or its own median."""
    if row.is_absolute and (values := results.shown(row, peer)):
        return f"{Spread.of(values).median:,.{row.decimals}f}"
    ratios = results.shown_ratios(row, peer)
    if not ratios:
        return ""
    spread = Spread.of(ratios)
    if len(ratios) == 1:
        return f"{spread.median:.2f}"
    return f"{spread.median:.2f} ({spread.least:.2f} to {spread.most:.2f})"


def comparison(results: Results) -> str:
    """Return this copy's servers beside those of before, row by row; more than 1 is better in each row."""
    lines = [f"  {'':<54}{'':<18}ratio to before: min, median, max"]
    for row in (*ROWS, *PROCESSOR_ROWS):
        for kind in OURS:
            ratios = results.shown_ratios(row, kind, before(kind))
            if row.is_less_better:
                ratios = [1 / ratio for ratio in ratios if ratio]
            if ratios:
                spread = Spread.of(ratios)
                verdict = "" if spread.median >= LEAST_RATIO else f"   LESS than {LEAST_RATIO}"
                figures = f"{spread.least:>12.2f} {spread.median:>6.2f} {spread.most:>6.2f}"
                lines.append(f"  {row.title:<54}{kind:<18}{figures}{verdict}")
    return "\n".join(lines)
