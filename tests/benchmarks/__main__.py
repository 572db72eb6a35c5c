"""Runs the benchmarks: prints the table, writes `results.json`, `table.md` and `chart.png` to `out/`.

Everything runs on loopback, in processes of its own that end with it, within ten minutes.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.benchmarks import chart, stages
from tests.benchmarks.clients import LoadError
from tests.benchmarks.peers import HERE, SERVERS
from tests.benchmarks.processes import LOAD_CORE, SERVER_CORE, Screen
from tests.benchmarks.report import markdown, table
from tests.benchmarks.results import Results
from tests.benchmarks.setup import made_accounts, raise_file_limit
from tests.benchmarks.targets import judge

LIMIT_S = 580
STAGES = {
    "a": stages.measure_fan_out,
    "bce": stages.measure_round_trips,
    "df": stages.measure_storms,
}
PICTURE = HERE / "chart.png"
README = HERE.parents[1] / "README.md"
TABLE_BEGINS, TABLE_ENDS = "<!-- benchmark: renewed by bench -- --save -->\n", "<!-- /benchmark -->"


def main() -> int:
    """Run what the command line asks for; returns the exit status."""
    options = _options()
    if sys.platform != "linux" or not {SERVER_CORE, LOAD_CORE} <= os.sched_getaffinity(0):
        print("The benchmarks need Linux and two processors.", file=sys.stderr)
        return 2
    raise_file_limit()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGALRM, _on_time_up)
    signal.alarm(LIMIT_S)
    results = Results(machine=_machine())
    started_s = time.monotonic()
    failure = ""
    try:
        _measure(options, results)
    except LoadError as error:
        failure = f"\nStopped before the end: {error}"
    signal.alarm(0)
    results.machine["took_s"] = round(time.monotonic() - started_s)
    _write(results, Path(options.out), is_saved=options.save and not failure)
    print(failure, file=sys.stderr)
    return 1 if failure else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev.py bench", description="Compare this server with others.")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each work (default 5)")
    parser.add_argument("--seconds", type=float, default=1.0, help="length of one measurement (default 1)")
    parser.add_argument("--stages", nargs="+", choices=list(STAGES), default=list(STAGES))
    parser.add_argument("--peers", nargs="+", choices=[*SERVERS], default=[*SERVERS])
    parser.add_argument("--out", default=str(HERE / "out"), help="where results go")
    parser.add_argument("--save", action="store_true", help="also renew the README's table and picture")
    return parser.parse_args()


def _measure(options: argparse.Namespace, results: Results) -> None:
    with made_accounts() as accounts, Screen() as screen:
        os.sched_setaffinity(0, {LOAD_CORE})
        gc.freeze()
        gc.disable()
        plan = stages.Plan(options.peers, options.rounds, options.seconds, accounts, screen.display, _say)
        _say("The load generator against a null server")
        stages.measure_ceilings(plan, results)
        for name in options.stages:
            _say(f"Works {', '.join(name)}")
            STAGES[name](plan, results)
            gc.collect()


def _on_time_up(*_: object) -> None:
    raise LoadError(f"it took more than {LIMIT_S} s; is the machine busy with something else?")


def _say(text: str) -> None:
    print(text, flush=True)


def _machine() -> dict[str, Any]:
    cpu = next(
        (line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), ""
    )
    node = subprocess.run(
        [shutil.which("node") or "node", "--version"], capture_output=True, text=True, check=True
    )
    ws = json.loads((HERE / "node_modules" / "ws" / "package.json").read_text())["version"]
    packages = ("websockets", "uvloop", "qasync", "PySide6_Essentials", "aiohttp", "msgspec")
    return {
        "cpu": cpu.partition(":")[2].strip(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "node": node.stdout.strip().removeprefix("v"),
        "ws": ws,
        **{name: version(name) for name in packages},
    }


def _write(results: Results, folder: Path, *, is_saved: bool) -> None:
    targets = judge(results)
    text = table(results, targets)
    print(text)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps(results.as_json(targets), indent=1) + "\n")
    (folder / "table.md").write_text(markdown(results))
    chart.draw(results, folder / "chart.png")
    if is_saved:
        shutil.copyfile(folder / "chart.png", PICTURE)
        _renew_readme(markdown(results))
    print(f"\n{results.machine['took_s']} s. Written to {folder}.")


def _renew_readme(new_table: str) -> None:
    before, begins, rest = README.read_text(encoding="utf-8").partition(TABLE_BEGINS)
    _, ends, after = rest.partition(TABLE_ENDS)
    if not begins or not ends:
        raise SystemExit(f"{README.name} has no place for the table.")
    README.write_text(before + begins + new_table + ends + after, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
