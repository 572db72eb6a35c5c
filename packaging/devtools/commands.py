"""The commands of dev.py. A new one is a function here and a line in COMMANDS."""

import contextlib
import itertools
import json
import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from devtools.environment import Environment, one_at_a_time
from devtools.locks import BENCH_FOLDER, NODE_FOLDERS, lock_node_packages, lock_python_packages
from devtools.machine import check_c_library, find_missing, provide
from devtools.package.compiled import install_compiled
from devtools.package.places import Places
from devtools.processes import ROOT, DevError, call, require, say, sha256_of
from devtools.site import build_where_possible
from devtools.vendored import NODE_FOLDER, copy_vendored
from trials.fresh import fresh

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


# Setting up


def set_up(environment: Environment, level: str, purposes: set[str], may_install: bool) -> Environment:
    """Provide what the system must bring for some purposes, then bring an environment to a level."""
    provide(lambda: environment.find_missing() + find_missing(purposes), may_install)
    environment.prepare(level)
    return environment


def prepare(level: str, purposes: set[str], may_install: bool) -> Environment:
    """Set up `.venv`, on a system that PySide6 has wheels for."""
    if sys.version_info[:2] > NEWEST_PYTHON:
        say(f"Note: Python {platform.python_version()} is newer than those this is tested with.")
    check_c_library(*platform.libc_ver())
    return set_up(Environment(), level, purposes, may_install)


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
        require(command, f"npm could not install the packages of {name}", cwd=folder)
        stamp.write_text(digest, encoding="utf-8")


def prepare_for_checks(may_install: bool) -> Environment:
    """Bring everything that the checks need."""
    environment = prepare("test", TEST_PURPOSES, may_install)
    for name in NODE_FOLDERS:
        prepare_node_packages(name)
    build_where_possible(environment)
    return environment


def prepare_compiled(environment: Environment, may_install: bool) -> Path:
    """Compile the hot modules; returns the folder with the package that holds them."""
    provide(lambda: find_missing({"compile"}), may_install)
    return install_compiled(environment)


# The checks


def check_commands(environment: Environment, pytest_arguments: Sequence[str]) -> dict[str, list[str | Path]]:
    """Return every check by name, in their order; without arguments for pytest, all tests run, on workers."""
    return {
        "ruff check": [environment.script("ruff"), "check", "."],
        "ruff format": [environment.script("ruff"), "format", "--check", "."],
        "mypy": [environment.python, "-m", "mypy"],
        "lint-imports": [environment.script("lint-imports"), "--no-logo"],
        "pytest": [environment.python, "-m", "pytest", *(pytest_arguments or [*on_workers(), "--cov"])],
    }


def compiled_tests(environment: Environment, site: Path, arguments: Sequence[str]) -> list[str | Path]:
    """Return the command that runs tests on what a folder holds: `COMPILED_ROOMS`, if none is named."""
    chosen = arguments or [*on_workers(), *(f"tests/{name}" for name in COMPILED_ROOMS)]
    places = f"pythonpath={site} . packaging"
    return [environment.python, "-m", "pytest", "-o", places, "--no-cov", *chosen]


def on_workers() -> list[str]:
    """Return what spreads tests over processes."""
    return ["-n", str(worker_count(os.cpu_count() or 1)), "--dist", "worksteal"]


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
    file = root / ".pytest_cache" / "v" / "cache" / "lastfailed"
    return set(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else set()


# The commands: each has its own arguments, and whether it may install what the system lacks


def run(arguments: list[str], may_install: bool) -> int:
    """Start the program; its arguments follow. `run -- --help` shows them."""
    arguments = own_arguments(arguments)
    environment = prepare("run", run_purposes(arguments), may_install)
    build_where_possible(environment)
    program = environment.script("authws-desktop")
    if sys.platform == "win32":
        return call([program, *arguments], cwd=Path.cwd())
    return os.execv(program, [str(program), *arguments])  # So that signals reach the program itself.


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


def own_arguments(arguments: list[str]) -> list[str]:
    """Return what is handed on to a program; a `--` before it keeps dev.py from answering `--help` itself."""
    return arguments[1:] if arguments[:1] == ["--"] else arguments


def setup(_arguments: list[str], may_install: bool) -> int:
    """Make or repair the environment with everything that the checks need."""
    prepare_for_checks(may_install)
    say("All is set up.")
    return 0


def test(arguments: list[str], may_install: bool) -> int:
    """Run every check; arguments go to pytest. `--compiled` runs tests on the compiled modules instead."""
    environment = prepare_for_checks(may_install)
    env = {
        "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
        "PYTHONDONTWRITEBYTECODE": "",  # The tests start the program some hundred times.
    }
    if "--compiled" not in arguments:
        return run_checks(check_commands(environment, arguments), env)
    site = prepare_compiled(environment, may_install)
    rest = [each for each in arguments if each != "--compiled"]
    # In pytest, and in the programs that tests start, its package comes before that of the working tree.
    env |= {"PYTHONPATH": str(site), "PYTHONSAFEPATH": "1", COMPILED_VARIABLE: "1"}
    return run_checks({"pytest": compiled_tests(environment, site, rest)}, env)


def bench(arguments: list[str], may_install: bool) -> int:
    """Measure the server beside the one it replaces, for up to half an hour; `bench -- --help` shows how."""
    environment = prepare("test", TEST_PURPOSES, may_install)
    prepare_node_packages(BENCH_FOLDER)
    if "--report" not in arguments:
        prepare_compiled(environment, may_install)
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


def run_module(environment: Environment, name: str, arguments: list[str]) -> int:
    """Run a module of the tests or of these tools, with a person's arguments."""
    places = os.pathsep.join([str(ROOT), str(ROOT / "packaging")])
    return call([environment.python, "-m", name, *own_arguments(arguments)], {"PYTHONPATH": places})


def package(arguments: list[str], may_install: bool) -> int:
    """Build and try what this system can make; --quick skips the trials, --no-root the clean root."""
    places = Places()
    environment = set_up(Environment(folder=places.work / "venv"), "package", PACKAGE_PURPOSES, may_install)
    command = [environment.python, "-m", "devtools.package", *arguments]
    return call(command, {"PYTHONPATH": str(places.recipes), "PYTHONDONTWRITEBYTECODE": "1"})


def lock(arguments: list[str], _may_install: bool) -> int:
    """Make the lock files anew; `--upgrade` takes the newest versions, else only what must change does."""
    uv, npm = shutil.which("uv"), shutil.which("npm")
    if not uv or not npm:
        raise DevError("Lock files are made with uv (pipx install uv) and npm (of Node.js): one is missing.")
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
    each.__name__: each
    for each in (run, test, setup, bench, soak, clients, languages, manual, docs, lock, package, fresh)
} | {"help": show_help}


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
    except KeyboardInterrupt:
        print("\ndev.py: stopped.", file=sys.stderr)
        return 130
