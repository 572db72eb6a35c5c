"""The commands of dev.py. A new one is a function here and a line in COMMANDS."""

import contextlib
import itertools
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from devtools.environment import Environment, one_at_a_time
from devtools.locks import BENCH_FOLDER, NODE_FOLDERS, lock_node_packages, lock_python_packages
from devtools.machine import (
    Missing,
    check_c_library,
    find_missing,
    missing_from_error,
    provide,
    read_system_table,
)
from devtools.package.compiled import install_compiled
from devtools.package.places import Places
from devtools.processes import ROOT, DevError, call, require, say, sha256_of
from devtools.site import build_where_possible
from devtools.vendored import NODE_FOLDER, copy_vendored
from trials.fresh import fresh

COMPILED_VARIABLE = "TESTS_ON_COMPILED"
"""Set where the tests run on the compiled modules."""
COMPILED_ROOMS = (
    "client",
    "hub",
    "messages",
    "package/test_self_test.py",
    "panels/live",
    "protocol",
    "server",
    "traffic",
    "test_compiled.py",
)
"""The tests of the rooms with compiled modules, and of those that use them most."""


def check_qt(environment: Environment, may_install: bool) -> None:
    """Import Qt's widgets in the environment, and provide the library that stops it; DevError if none can."""

    def look() -> list[Missing]:
        command = [str(environment.python), "-c", "import PySide6.QtNetwork, PySide6.QtWidgets"]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode == 0:
            return []
        missing = missing_from_error(result.stderr, read_system_table())
        if not missing:
            raise DevError(f"Qt does not start here: {result.stderr.strip().splitlines()[-1]}")
        return missing

    provide(look, may_install)


def set_up(environment: Environment, level: str, purposes: set[str], may_install: bool) -> Environment:
    """Provide what the system must bring for some purposes, then bring an environment to a level."""
    table = read_system_table()
    provide(lambda: environment.find_missing() + find_missing(purposes, table), may_install)
    environment.prepare(level)
    return environment


def prepare(level: str, purposes: set[str], may_install: bool) -> Environment:
    """Set up `.venv`, on a system on which Qt starts where it is needed."""
    if sys.version_info[:2] > NEWEST_PYTHON:
        say(f"Note: Python {platform.python_version()} is newer than those this is tested with.")
    check_c_library(*platform.libc_ver())
    environment = set_up(Environment(), level, purposes, may_install)
    qt_starts = environment.folder / "qt-starts"
    if "window" in purposes and not qt_starts.exists():
        check_qt(environment, may_install)
        qt_starts.touch()
    return environment


def prepare_node_packages(name: str, root: Path = ROOT) -> None:
    """Install the npm packages of a folder with a `package-lock.json`, unless they are there."""
    folder = root / name
    digest = sha256_of(folder / "package-lock.json")
    stamp = folder / "node_modules" / ".dev-stamp"  # npm ci begins by emptying this folder.
    with contextlib.suppress(OSError):
        if stamp.read_text(encoding="utf-8") == digest:
            return
    with one_at_a_time(root):
        command = [shutil.which("npm") or "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        require(command, f"npm could not install the packages of {name}: see above.", cwd=folder)
        stamp.write_text(digest, encoding="utf-8")


NEWEST_PYTHON = (3, 14)
NO_SYSTEM_PACKAGES = "--no-system-packages"
VALUE_OPTIONS = {"--host", "--port", "--data-dir", "--log-level"}
TALKING_OPTIONS = {"--help", "-h", "--version"}
TEST_PURPOSES = {"window", "screen", "test"}
PACKAGE_PURPOSES = {"window", "screen", "package", "compile"}
TESTS_FAILED = 1
"""pytest's exit code for it."""
WORKER_DIED = 8
"""The tests' own exit code for it; pytest has none that high."""
MEASURED = ("admission", "cluster", "hub", "messages", "protocol", "server", "traffic")
"""Folders of tests that run every line and branch that must be run (`tool.coverage` in pyproject.toml)."""
MOST_ALONE = 8
"""More tests that fail beside each other are no accident of a busy machine."""
MOST_WORKERS = 4
"""Each reads all tests and starts a Chromium; and a container may not use all the cores it says it has."""


def run_purposes(arguments: Sequence[str]) -> set[str]:
    """Return what the operating system must bring for a start of the program with these arguments.

    Only the window needs anything; it is what opens without the name of a command.
    """
    before = ["", *arguments]
    names = [a for a, b in zip(arguments, before, strict=False) if a[:1] != "-" and b not in VALUE_OPTIONS]
    if names or TALKING_OPTIONS.intersection(arguments):
        return set()
    on_x = os.environ.get("DISPLAY") and "xcb" in os.environ.get("QT_QPA_PLATFORM", "xcb")
    return {"window", "screen"} if on_x else {"window"}


def run(arguments: list[str], may_install: bool) -> int:
    """Start the program; its arguments follow. `run -- --help` shows them."""
    arguments = arguments[1:] if arguments[:1] == ["--"] else arguments
    environment = prepare("run", run_purposes(arguments), may_install)
    build_where_possible(environment)
    program = environment.script("authws-desktop")
    if sys.platform == "win32":
        return call([program, *arguments], cwd=Path.cwd())
    return os.execv(program, [str(program), *arguments])  # So that signals reach the program itself.


def prepare_for_checks(may_install: bool) -> Environment:
    """Bring everything that the checks need."""
    environment = prepare("test", TEST_PURPOSES, may_install)
    for name in NODE_FOLDERS:
        prepare_node_packages(name)
    build_where_possible(environment)
    return environment


def setup(_arguments: list[str], may_install: bool) -> int:
    """Make or repair the environment with everything that the checks need."""
    prepare_for_checks(may_install)
    say("All is set up.")
    return 0


def check_commands(environment: Environment, pytest_arguments: Sequence[str]) -> dict[str, list[str | Path]]:
    """Return every check by name, in their order; without arguments for pytest, all tests run, on workers."""
    workers = ["-n", str(worker_count(os.cpu_count() or 1)), "--dist", "worksteal", "--cov"]
    return {
        "ruff check": [environment.script("ruff"), "check", "."],
        "ruff format": [environment.script("ruff"), "format", "--check", "."],
        "mypy": [environment.python, "-m", "mypy"],
        "lint-imports": [environment.script("lint-imports"), "--no-logo"],
        "pytest": [environment.python, "-m", "pytest", *(pytest_arguments or workers)],
    }


def worker_count(cores: int) -> int:
    """Return on how many processes the tests run: one more than there are cores, for many tests only wait."""
    return min(cores + 1, MOST_WORKERS)


def run_checks(commands: Mapping[str, Sequence[str | Path]], env: Mapping[str, str]) -> int:
    """Run all checks, also after a failure, and say which failed; returns 0 when all passed, else 1."""
    failed, lines = [], []
    for name, command in commands.items():
        say(f"\n=== {name}")
        started = time.monotonic()
        exit_code, remark = call(command, env), ""
        if exit_code in (TESTS_FAILED, WORKER_DIED) and _is_on_workers(command):
            exit_code, remark = run_alone(command, env, has_died=exit_code == WORKER_DIED)
        if exit_code:
            failed.append(name)
        result = f"FAILED (exit code {exit_code})" if exit_code else f"ok{remark}"
        lines.append(f"{name:<14}{time.monotonic() - started:6.1f} s  {result}")
    say("\n=== all checks\n" + "\n".join(lines))
    say(f"FAILED: {', '.join(failed)}" if failed else "All checks passed.")
    return 1 if failed else 0


def _is_on_workers(command: Sequence[str | Path]) -> bool:
    return any(option == "-n" and count != "0" for option, count in itertools.pairwise(command))


def run_alone(
    command: Sequence[str | Path], env: Mapping[str, str], root: Path = ROOT, *, has_died: bool = False
) -> tuple[int, str]:
    """Run the tests that failed on workers once more, one at a time; returns the exit code and a remark.

    Browsers, clusters and wall clocks share the machine with what the other workers do. A test that fails
    there and passes alone is named, since it is a fault to be mended, but says nothing of the change that
    is being tested. Many failures are no accident of that kind: they stand.

    A worker that died took along what it had covered: what is measured runs once more, from the start.

    Args:
        command: What ran.
        env: Additions to the environment.
        root: Where.
        has_died: Whether a worker died.
    """
    failed = _last_failed(root)
    if len(failed) > MOST_ALONE:
        return TESTS_FAILED, ""
    say("\n=== pytest, what failed beside other tests, alone")
    more = ["--last-failed", "--last-failed-no-failures", "none", "-n", "0"]
    is_measured = "--cov" in command
    coverage = [] if not is_measured else ["--no-cov"] if has_died else ["--cov-append"]
    exit_code = call([*command, *more, *coverage], env, root)
    remark = f"; passed only alone: {', '.join(sorted(failed - _last_failed(root)))}"
    if has_died and is_measured and not exit_code:
        say("\n=== pytest, what is measured, as a worker died")
        exit_code = call([*command, *(f"tests/{each}" for each in MEASURED)], env, root)
    return exit_code, remark


def _last_failed(root: Path) -> set[str]:
    """Return the tests that pytest remembers as failed."""
    try:
        text = (root / ".pytest_cache" / "v" / "cache" / "lastfailed").read_text(encoding="utf-8")
    except FileNotFoundError:
        return set()
    return set(json.loads(text))


def test(arguments: list[str], may_install: bool) -> int:
    """Run every check; arguments go to pytest. `--compiled` runs tests on the compiled modules instead."""
    environment = prepare_for_checks(may_install)
    env = {
        "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
        "PYTHONDONTWRITEBYTECODE": "",  # The tests start the program some hundred times.
    }
    if "--compiled" not in arguments:
        return run_checks(check_commands(environment, arguments), env)
    provide(lambda: find_missing({"compile"}, read_system_table()), may_install)
    site = install_compiled(environment)
    rest = [each for each in arguments if each != "--compiled"]
    # In pytest, and in the programs that tests start, its package comes before that of the working tree.
    env |= {"PYTHONPATH": str(site), "PYTHONSAFEPATH": "1", COMPILED_VARIABLE: "1"}
    return run_checks({"pytest": compiled_tests(environment, site, rest)}, env)


def compiled_tests(environment: Environment, site: Path, arguments: Sequence[str]) -> list[str | Path]:
    """Return the command that runs tests on what a folder holds: `COMPILED_ROOMS`, if none is named."""
    workers = ["-n", str(worker_count(os.cpu_count() or 1)), "--dist", "worksteal"]
    chosen = arguments or [*workers, *(f"tests/{name}" for name in COMPILED_ROOMS)]
    places = f"pythonpath={site} . packaging"
    return [environment.python, "-m", "pytest", "-o", places, "--no-cov", *chosen]


def run_module(environment: Environment, name: str, arguments: Sequence[str]) -> int:
    """Run a module of the tests or of these tools, with a person's arguments behind an optional `--`."""
    arguments = arguments[1:] if arguments[:1] == ["--"] else arguments
    places = os.pathsep.join([str(ROOT), str(ROOT / "packaging")])
    return call([environment.python, "-m", name, *arguments], {"PYTHONPATH": places})


def bench(arguments: list[str], may_install: bool) -> int:
    """Measure the server beside the one it replaces, for up to half an hour; `bench -- --help` shows how."""
    environment = prepare("test", TEST_PURPOSES, may_install)
    prepare_node_packages(BENCH_FOLDER)
    if "--report" not in arguments:
        provide(lambda: find_missing({"compile"}, read_system_table()), may_install)
        install_compiled(environment)
    return run_module(environment, "tests.benchmarks", arguments)


def soak(arguments: list[str], may_install: bool) -> int:
    """Find what the server loses in a long run: `soak --minutes 15`; `soak -- --help` shows how."""
    return run_module(prepare("test", set(), may_install), "tests.soak", arguments)


def clients(arguments: list[str], may_install: bool) -> int:
    """Run foreign clients against the server; `--all` those of other languages, too, `--only NAME` one."""
    return run_module(prepare("test", TEST_PURPOSES, may_install), "tests.clients", arguments)


def languages(arguments: list[str], may_install: bool) -> int:
    """Bring the window's languages up to date with its texts; `--check` only says what they lack."""
    return run_module(prepare("test", TEST_PURPOSES, may_install), "devtools.languages", arguments)


def manual(arguments: list[str], may_install: bool) -> int:
    """Make the man page anew from the program's parser."""
    return run_module(prepare("test", set(), may_install), "devtools.manual", arguments)


def docs(arguments: list[str], may_install: bool) -> int:
    """Build the documentation as a site that can be read from the disk; a running server has it at /docs."""
    return run_module(prepare("test", set(), may_install), "devtools.site", arguments)


def package(arguments: list[str], may_install: bool) -> int:
    """Build and try what this system can make; --quick skips the trials, --no-root the clean root."""
    places = Places()
    environment = set_up(Environment(folder=places.work / "venv"), "package", PACKAGE_PURPOSES, may_install)
    command = [environment.python, "-m", "devtools.package", *arguments]
    return call(command, {"PYTHONPATH": str(places.recipes), "PYTHONDONTWRITEBYTECODE": "1"})


def lock(arguments: list[str], _may_install: bool) -> int:
    """Make the lock files anew; `--upgrade` takes the newest versions, else only what must change does."""
    beside = Environment().script("uv")
    uv = shutil.which("uv") or (str(beside) if beside.exists() else "")
    npm = shutil.which("npm")
    if not uv or not npm:
        raise DevError("Lock files are made with uv (pip install uv) and npm (of Node.js): one is missing.")
    lock_python_packages(uv, arguments)
    lock_node_packages(npm)
    prepare_node_packages(NODE_FOLDER)
    copy_vendored()
    say("Wrote the lock files in packaging/locks and tests, and the modules in resources/web/vendor.")
    say("Run the checks before you commit them.")
    return 0


def show_help(_arguments: list[str], _may_install: bool) -> int:
    """Show this list."""
    say("usage: python3 dev.py COMMAND [arguments]\n")
    for name, command in COMMANDS.items():
        say(f"  {name:<11}{command.__doc__}")
    say("\nMissing system packages are installed where root, or a sudo that asks nothing, allows it;")
    say(f"with {NO_SYSTEM_PACKAGES} they are only named.")
    return 0


COMMANDS: dict[str, Callable[[list[str], bool], int]] = {
    "run": run,
    "test": test,
    "setup": setup,
    "bench": bench,
    "soak": soak,
    "clients": clients,
    "languages": languages,
    "manual": manual,
    "docs": docs,
    "lock": lock,
    "package": package,
    "fresh": fresh,
    "help": show_help,
}


def carry_out(arguments: list[str]) -> int:
    """Carry out one command line, the command's name and its own arguments; returns the exit code."""
    may_install = NO_SYSTEM_PACKAGES not in arguments
    arguments = [each for each in arguments if each != NO_SYSTEM_PACKAGES]
    name, rest = (arguments[0], arguments[1:]) if arguments else ("help", [])
    name = "help" if name in {"--help", "-h"} else name
    command = COMMANDS.get(name)
    if command is None:
        print(f"dev.py has no command {name!r}. It has: {', '.join(COMMANDS)}.", file=sys.stderr)
        return 2
    if rest[:1] in (["--help"], ["-h"]):
        say(f"{name}: {command.__doc__}")
        return 0
    try:
        return command(rest, may_install)
    except DevError as error:
        print(f"\ndev.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ndev.py: stopped.", file=sys.stderr)
        return 130
