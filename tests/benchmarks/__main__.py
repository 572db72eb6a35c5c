"""Runs the benchmarks: prints the table, writes `results.json`, `table.md` and `chart.png` to `out/`.

Everything runs on loopback, in processes of its own that end with it, within half an hour. What was measured is
kept in `out/results.jsonl` as it comes; `--report` makes table and chart of that, also of a run cut short.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import shutil
import signal
import sys
import time
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.benchmarks import chart, foreign_tools, stages
from tests.benchmarks.clustered import measure_clusters
from tests.benchmarks.half_closed import measure_half_closed
from tests.benchmarks.journal import kept_results, read_results
from tests.benchmarks.pairs import measure_pairs
from tests.benchmarks.peers import BEFORE, HERE, OURS, SERVERS
from tests.benchmarks.plan import Plan
from tests.benchmarks.processes import LOAD_CORE, SERVER_CORE, Screen
from tests.benchmarks.report import comparison, markdown, table
from tests.benchmarks.results import Results
from tests.benchmarks.setup import made_accounts, raise_file_limit
from tests.benchmarks.targets import judge
from tests.benchmarks.trees import ROOT, Tree, before, copy_of
from tests.benchmarks.waiters import measure_waiters

LIMIT_S = 1800
JOURNAL = "results.jsonl"
STAGES = {
    "ceilings": stages.measure_ceilings,
    "broadcast": stages.measure_fan_out,
    "direct": stages.measure_round_trips,
    "joins": stages.measure_storms,
    "pairs": measure_pairs,
    "cluster": measure_clusters,
    "half-closed": measure_half_closed,
    "waiters": measure_waiters,
}
PICTURE = HERE / "chart.png"
README = ROOT / "README.md"
TABLE_BEGINS, TABLE_ENDS = "<!-- benchmark: renewed by bench -- --save -->\n", "<!-- /benchmark -->"


class TimeUp(Exception):
    """The whole run takes too long; unlike what a peer does, it ends the run."""


def main() -> int:
    """Run what the command line asks for; returns the exit status."""
    options = _options()
    folder = Path(options.out)
    if options.report:
        _write(read_results(folder / JOURNAL), folder, is_saved=options.save)
        return 0
    if sys.platform != "linux" or not {SERVER_CORE, LOAD_CORE} <= os.sched_getaffinity(0):
        print("The benchmarks need Linux and two processors.", file=sys.stderr)
        return 2
    raise_file_limit()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGALRM, _on_time_up)
    signal.alarm(LIMIT_S)
    with kept_results(folder / JOURNAL) as results:
        return _run(options, results, folder)


def _run(options: argparse.Namespace, results: Results, folder: Path) -> int:
    results.add_machine(**_machine())
    started_s = time.monotonic()
    failure = ""
    try:
        _measure(options, results)
    except TimeUp as error:
        failure = f"\nStopped before the end: {error}"
    signal.alarm(0)
    results.add_machine(took_s=round(time.monotonic() - started_s))
    _write(results, folder, is_saved=options.save and not failure)
    print(failure, file=sys.stderr)
    return 1 if failure or results.failures else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev.py bench", description="Compare this server with others.")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each work (default 5)")
    parser.add_argument("--seconds", type=float, default=1.0, help="length of one measurement (default 1)")
    parser.add_argument("--only", nargs="+", choices=list(STAGES), default=list(STAGES))
    parser.add_argument("--peers", nargs="+", choices=[*SERVERS], default=[*SERVERS])
    parser.add_argument(
        "--against", metavar="REVISION_OR_FOLDER", help="compare with another copy of this program"
    )
    parser.add_argument("--out", default=str(HERE / "out"), help="where results go")
    parser.add_argument(
        "--report", action="store_true", help="measure nothing; report what the last run kept"
    )
    parser.add_argument("--save", action="store_true", help="also renew the README's table and picture")
    options = parser.parse_args()
    if options.against and options.save:
        parser.error("a comparison with another copy is not what the README shows")
    if options.against:
        kinds = [name for name in options.peers if name in OURS]
        options.peers = [name for kind in kinds for name in (kind, before(kind))]
    return options


def _measure(options: argparse.Namespace, results: Results) -> None:
    with ExitStack() as stack:
        screen = stack.enter_context(Screen())
        tree = Tree(ROOT, stack.enter_context(made_accounts()))
        other = None
        if options.against:
            folder = stack.enter_context(copy_of(options.against))
            other = Tree(folder, stack.enter_context(made_accounts(tree=folder)))
        os.sched_setaffinity(0, {LOAD_CORE})
        gc.freeze()
        gc.disable()
        plan = Plan(
            options.peers, options.rounds, options.seconds, tree, screen.display, results, _say, before=other
        )
        for name in options.only:
            _say(name)
            STAGES[name](plan)
            gc.collect()


def _on_time_up(*_: object) -> None:
    raise TimeUp(f"it took more than {LIMIT_S} s; is the machine busy with something else?")


def _say(text: str) -> None:
    print(text, flush=True)


def _machine() -> dict[str, Any]:
    cpu = next(
        (line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), ""
    )
    packages = ("websockets", "uvloop", "qasync", "PySide6_Essentials", "aiohttp", "msgspec")
    return {
        "cpu": cpu.partition(":")[2].strip(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        **foreign_tools.versions(),
        **{name: version(name) for name in packages},
    }


def _write(results: Results, folder: Path, *, is_saved: bool) -> None:
    targets = judge(results)
    text = table(results, targets)
    print(text)
    if any(peer in BEFORE for peers in results.samples.values() for peer in peers):
        print(f"\nbeside the other copy\n{comparison(results)}")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps(results.as_json(targets), indent=1) + "\n")
    (folder / "table.md").write_text(markdown(results))
    chart.draw(results, folder / "chart.png")
    if is_saved:
        shutil.copyfile(folder / "chart.png", PICTURE)
        _renew_readme(markdown(results))
    print(f"\n{results.machine.get('took_s', '?')} s. Written to {folder}.")


def _renew_readme(new_table: str) -> None:
    before, begins, rest = README.read_text(encoding="utf-8").partition(TABLE_BEGINS)
    _, ends, after = rest.partition(TABLE_ENDS)
    if not begins or not ends:
        raise SystemExit(f"{README.name} has no place for the table.")
    README.write_text(before + begins + new_table + ends + after, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
