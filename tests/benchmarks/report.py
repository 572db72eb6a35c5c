"""The table that a person reads, on the terminal and for the README."""

from __future__ import annotations

from collections.abc import Sequence

from tests.benchmarks.peers import LABELS, RAW, SERVERS
from tests.benchmarks.results import MEMORY, TITLES, Results, Spread, Target, tick_summary

ORDER = (*SERVERS, RAW)


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
    """Return the medians as a table for the README."""
    works = [work for work in TITLES if work in results.samples]
    lines = ["| | " + " | ".join(TITLES[work] for work in works) + " |", "|---|" + "---:|" * len(works)]
    for peer in ORDER:
        cells = [_cell(results, work, peer) for work in works]
        if any(cells):
            lines.append(f"| {LABELS[peer]} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _cell(results: Results, work: str, peer: str) -> str:
    values = results.values(work, peer)
    if not values:
        return ""
    ratios = results.ratios(work, peer)
    value = f"{Spread.of(values).median:,.1f}" if work == "f" else f"{Spread.of(values).median:,.0f}"
    if work == MEMORY or not ratios:
        return value
    spread = Spread.of(ratios)
    return f"{value} ({spread.median:.2f} x; {spread.least:.2f} to {spread.most:.2f})"
