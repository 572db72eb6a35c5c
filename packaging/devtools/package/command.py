"""`dev.py package`: wheel, one-folder program, the packages of this system, and their trials."""

import contextlib
import hashlib
import os
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from devtools.machine import find_missing, provide, read_system_table
from devtools.package import clean_root, clean_root_trials, debian, installers
from devtools.package.build_environment import BuildEnvironment
from devtools.package.bundle import freeze, weigh
from devtools.package.icons import render_icons
from devtools.package.notices import write_notices
from devtools.package.parts import list_parts
from devtools.package.places import NAME, Places
from devtools.package.start_time import Start, describe, start_times
from devtools.package.wheel import build_wheel, run_self_test, try_as_tool, try_installed
from devtools.processes import DevError, say

LARGEST_BYTES = 60_000_000
LONGEST_START_S = 1.5
OPTIONS = ("--quick", "--no-root")


class Run:
    """One packaging run and what it has to report.

    Attributes:
        places: Where it works.
        environment: What it builds with.
        lines: The report.
        skipped: What could not be run here, and why.
    """

    def __init__(self, places: Places) -> None:
        self.places = places
        self.environment = BuildEnvironment(places)
        self.lines: list[str] = []
        self.skipped: list[str] = []

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Announce a step and note how long it took."""
        say(f"\n=== {name}")
        started = time.monotonic()
        yield
        self.lines.append(f"{name:<44}{time.monotonic() - started:6.1f} s")

    def skip(self, name: str, reason: str) -> None:
        """Note that something was not run."""
        say(f"\n=== {name}: not run, {reason}")
        self.skipped.append(f"{name}: {reason}")


def package(arguments: list[str]) -> int:
    """Build and try what this system can make; --quick skips the trials, --no-root the clean root."""
    unknown = [each for each in arguments if each not in OPTIONS]
    if unknown:
        raise DevError(f"package does not know {unknown[0]}. It knows: {', '.join(OPTIONS)}.")
    provide(lambda: find_missing({"package"}, read_system_table()))
    run = Run(Places())
    run.places.work.mkdir(parents=True, exist_ok=True)
    try:
        build(run)
        if "--quick" not in arguments:
            try_out(run, has_root_trial="--no-root" not in arguments)
    except DevError:
        say("\n=== steps so far\n" + "\n".join(run.lines))
        raise
    report(run)
    return 0


def build(run: Run) -> None:
    """Make everything."""
    with run.step("environment"):
        run.environment.prepare()
    with run.step("sdist and wheel"):
        files = build_wheel(run.environment, run.places)
        run.environment.install("--force-reinstall", files[0])
    with run.step("icons"):
        render_icons(run.environment, run.places)
    with run.step("one-folder program"):
        freeze(run.environment, run.places)
    with run.step("licences and list of parts"):
        write_notices(list_parts(run.environment, run.places), run.places)
    build_packages(run)
    debian.notes_file(run.places)
    write_checksums(run.places.out)


def build_packages(run: Run) -> None:
    """Make the packages of this system."""
    makers: dict[str, dict[str, Callable[[Places], Path]]] = {
        "linux": {".deb": debian.build_deb, ".tar.gz": debian.build_tarball},
        "win32": {"setup program": installers.build_windows_setup},
        "darwin": {"disk image": installers.build_disk_image},
    }
    for name, make in makers.get(sys.platform, {}).items():
        with run.step(name):
            file = make(run.places)
            say(f"  {file.name}: {file.stat().st_size / 1e6:.1f} MB")
    for system, made in makers.items():
        if system != sys.platform:
            for name in made:
                run.skip(f"{name} ({system})", f"it is made on {system} only")


def try_out(run: Run, has_root_trial: bool) -> None:
    """Try everything that was made."""
    places = run.places
    with run.step("self-test of the one-folder program"):
        for program in installers.programs(places):
            run_self_test([program], places.work)
    for file in sorted([*places.out.glob("*.whl"), *places.out.glob("authws_desktop-*.tar.gz")]):
        with run.step(f"self-test of the {'wheel' if file.suffix == '.whl' else 'sdist'}, installed"):
            try_installed(file, places)
    with run.step("uv tool install"):
        if not try_as_tool(sorted(places.out.glob("authws_desktop-*")), places):
            run.skip("uv tool install", "uv is not installed")
    try_as_installed(run, sys.platform, has_root_trial)


def try_as_installed(run: Run, system: str, has_root_trial: bool) -> None:
    """Install this system's package and try what was installed."""
    if system == "linux":
        try_on_linux(run, has_root_trial)
        return
    with run.step("self-test of the installed package"):
        if system == "win32":
            installers.try_windows_setup(run.places)
        else:
            installers.try_disk_image(run.places)


def try_on_linux(run: Run, has_root_trial: bool) -> None:
    """Measure the start, and use the .deb in a clean root."""
    with run.step("start to window, on a screen"):
        times = start_times([run.places.bundle / "authws-desktop"])
        run.lines.append(f"  {describe(times)}; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        run.lines.append(f"  {judge_start(times)}")
    reason = clean_root.obstacle() if has_root_trial else "--no-root"
    if reason:
        run.skip("the .deb in a clean root", reason)
        return
    with run.step("the .deb in a clean root"), clean_root.made_root(run.places) as root:
        came = clean_root.install_package(root, next(run.places.out.glob("*.deb")))
        run.lines.append(f"  {came} packages came with it")
        root.install(*clean_root.SCREEN_PACKAGES)
        archive = next(run.places.out.glob("*-linux-*.tar.gz"))
        shutil.copy(archive, root.folder / "var" / "cache" / f"{NAME}.tar.gz")
        for trial in clean_root_trials.trials(run.places.work / "clean-root.png"):
            say(f"  {trial.__doc__}")
            run.lines.append(f"  {trial.__name__.replace('_', ' ')}: {trial(root)}")


def judge_start(starts: Sequence[Start]) -> str:
    """Say whether the aim is met; a busy machine may miss it without the program being to blame."""
    slow = statistics.median(start.wall_s for start in starts)
    return f"the aim of {LONGEST_START_S} s is {'met' if slow <= LONGEST_START_S else 'MISSED'}"


def write_checksums(folder: Path) -> None:
    """Write SHA256SUMS in the form that `sha256sum --check` reads."""
    files = [f for f in sorted(folder.iterdir()) if f.is_file() and f.name not in ("SHA256SUMS",)]
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8", newline="\n")


def report(run: Run) -> None:
    """Say sizes, times and what was not run; complain of what is too large."""
    say("\n=== what the program is made of")
    rows = weigh(run.places.bundle)
    for name, size in [*rows, ("All", sum(size for _, size in rows))]:
        say(f"{name:<52}{size / 1e6:7.1f} MB")
    say("\n=== files in dist")
    for file in sorted(run.places.out.iterdir()):
        say(f"{file.name:<52}{file.stat().st_size / 1e6:7.1f} MB")
        if file.stat().st_size > LARGEST_BYTES:
            raise DevError(f"{file.name} is larger than {LARGEST_BYTES / 1e6:.0f} MB.")
    say("\n=== steps\n" + "\n".join(run.lines))
    say("\n=== not run here\n" + "\n".join(run.skipped or ["everything was run"]))
