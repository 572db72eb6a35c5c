"""The commands of dev.py. A new one is a function here and a line in COMMANDS."""

import contextlib
import hashlib
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
from devtools.package.command import package
from devtools.processes import ROOT, DevError, call, require, say


def check_qt(environment: Environment) -> None:
    """Import Qt's widgets in the environment, and name the library that stops it.

    Raises:
        DevError: When they cannot be imported.
    """

    def look() -> list[Missing]:
        command = [str(environment.python), "-c", "import PySide6.QtNetwork, PySide6.QtWidgets"]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode == 0:
            return []
        missing = missing_from_error(result.stderr, read_system_table())
        if not missing:
            raise DevError(f"Qt does not start here: {result.stderr.strip().splitlines()[-1]}")
        return missing

    provide(look)


def prepare(level: str, purposes: set[str]) -> Environment:
    """Look for what the system must bring, then bring the environment to a level.

    Args:
        level: "run" or "test".
        purposes: What the system is needed for, see system-packages.toml.
    """
    if sys.version_info[:2] > NEWEST_PYTHON:
        say(f"Note: Python {platform.python_version()} is newer than those this is tested with.")
    check_c_library(*platform.libc_ver())
    environment = Environment()
    provide(lambda: environment.find_missing() + find_missing(purposes, read_system_table()))
    environment.prepare(level)
    qt_starts = environment.folder / "qt-starts"
    if "window" in purposes and not qt_starts.exists():
        check_qt(environment)
        qt_starts.touch()
    return environment


def prepare_node_packages(name: str, root: Path = ROOT) -> None:
    """Install the npm packages of a folder, unless they are there.

    Args:
        name: The folder that holds `package-lock.json`, from the project's root.
        root: The project's root.

    Raises:
        DevError: When npm fails.
    """
    folder = root / name
    digest = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    stamp = folder / "node_modules" / ".dev-stamp"  # npm ci begins by emptying this folder.
    with contextlib.suppress(OSError):
        if stamp.read_text(encoding="utf-8") == digest:
            return
    with one_at_a_time(root):
        command = [shutil.which("npm") or "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        require(command, f"npm could not install the packages of {name}: see above.", cwd=folder)
        stamp.write_text(digest, encoding="utf-8")


NEWEST_PYTHON = (3, 13)
QT_FREE = {"serve", "user", "secret", "--help", "-h", "--version"}
TEST_PURPOSES = {"window", "screen", "test"}
MOST_WORKERS = 4
"""Each reads all tests and starts a Chromium; and a container may not use all the cores it says it has."""


def run_purposes(arguments: Sequence[str]) -> set[str]:
    """Return what the operating system must bring for a start of the program with these arguments."""
    if QT_FREE.intersection(arguments):
        return set()
    on_x = os.environ.get("DISPLAY") and "xcb" in os.environ.get("QT_QPA_PLATFORM", "xcb")
    return {"window", "screen"} if on_x else {"window"}


def run(arguments: list[str]) -> int:
    """Start the program; its arguments follow. `run -- --help` shows them."""
    arguments = arguments[1:] if arguments[:1] == ["--"] else arguments
    program = prepare("run", run_purposes(arguments)).script("authws-desktop")
    if sys.platform == "win32":
        return call([program, *arguments], cwd=Path.cwd())
    return os.execv(program, [str(program), *arguments])  # So that signals reach the program itself.


def setup(_arguments: list[str]) -> int:
    """Make or repair the environment with everything that the checks need."""
    prepare("test", TEST_PURPOSES)
    for name in NODE_FOLDERS:
        prepare_node_packages(name)
    say("All is set up.")
    return 0


def check_commands(environment: Environment, pytest_arguments: Sequence[str]) -> dict[str, list[str | Path]]:
    """Return every check by name, in the order in which they run.

    Args:
        environment: Where the tools are.
        pytest_arguments: What the person wants of pytest; for nothing, all tests run, on several workers.
    """
    workers = ["-n", str(worker_count(os.cpu_count() or 1)), "--dist", "worksteal"]
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
    """Run all checks, also after a failure, and say which failed.

    Args:
        commands: Command lines by name.
        env: Additions to the environment.

    Returns:
        0 when all passed, else 1.
    """
    failed = []
    lines = []
    for name, command in commands.items():
        say(f"\n=== {name}")
        started = time.monotonic()
        exit_code = call(command, env)
        if exit_code:
            failed.append(name)
        result = f"FAILED (exit code {exit_code})" if exit_code else "ok"
        lines.append(f"{name:<14}{time.monotonic() - started:6.1f} s  {result}")
    say("\n=== all checks\n" + "\n".join(lines))
    say(f"FAILED: {', '.join(failed)}" if failed else "All checks passed.")
    return 1 if failed else 0


def test(arguments: list[str]) -> int:
    """Run every check: ruff, mypy, import-linter and pytest (in one process if it gets arguments)."""
    environment = prepare("test", TEST_PURPOSES)
    for name in NODE_FOLDERS:
        prepare_node_packages(name)
    env = {
        "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
        "PYTHONDONTWRITEBYTECODE": "",  # The tests start the program some hundred times.
    }
    return run_checks(check_commands(environment, arguments), env)


def bench(arguments: list[str]) -> int:
    """Measure the server beside the one it replaces, for up to 10 minutes; `bench -- --help` shows how."""
    arguments = arguments[1:] if arguments[:1] == ["--"] else arguments
    environment = prepare("test", TEST_PURPOSES)
    prepare_node_packages(BENCH_FOLDER)
    return call([environment.python, "-m", "tests.benchmarks", *arguments])


def lock(arguments: list[str]) -> int:
    """Make the lock files anew; `--upgrade` takes the newest versions, else only what must change does."""
    beside = Environment().script("uv")
    uv = shutil.which("uv") or (str(beside) if beside.exists() else "")
    npm = shutil.which("npm")
    if not uv or not npm:
        raise DevError(
            "Lock files are made with uv (pip install uv) and npm (part of Node.js): one is missing."
        )
    lock_python_packages(uv, arguments)
    lock_node_packages(npm)
    say("Wrote the lock files in packaging/locks and tests/e2e. Run the checks before you commit them.")
    return 0


def show_help(_arguments: list[str]) -> int:
    """Show this list."""
    say("usage: python3 dev.py COMMAND [arguments]\n")
    for name, command in COMMANDS.items():
        say(f"  {name:<8}{command.__doc__}")
    return 0


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "run": run,
    "test": test,
    "setup": setup,
    "bench": bench,
    "lock": lock,
    "package": package,
    "help": show_help,
}


def carry_out(arguments: list[str]) -> int:
    """Carry out one command line and return the exit code.

    Args:
        arguments: The command's name and its own arguments. `--help` after the name shows what it does.
    """
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
        return command(rest)
    except DevError as error:
        print(f"\ndev.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ndev.py: stopped.", file=sys.stderr)
        return 130
