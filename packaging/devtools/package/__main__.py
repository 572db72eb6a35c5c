"""Builds and tries the packages of this system; run by `dev.py package` where the tools are."""

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from devtools.environment import Environment
from devtools.package import installers, linux
from devtools.package.bundle import freeze, weigh
from devtools.package.compiled import build_compiled_wheel
from devtools.package.icons import render_icons
from devtools.package.parts import write_notices
from devtools.package.places import Places
from devtools.package.release import read_homepage, release_epoch, write_notes
from devtools.package.small import build_small_packages
from devtools.processes import DevError, call, require, say, sha256_of
from devtools.site import build as build_docs

LARGEST_BYTES = 65_000_000
OPTIONS = ("--quick", "--no-root")
MAKERS: dict[str, dict[str, Callable[[Places], Path]]] = {
    "linux": {".deb": linux.build_deb, ".rpm": linux.build_rpm, ".tar.gz": linux.build_tarball},
    "win32": {"setup program": installers.build_windows_setup},
    "darwin": {"disk image": installers.build_disk_image},
}


class Run:
    """One packaging run, with the lines of its report, and what could not be done here and why."""

    def __init__(self, places: Places) -> None:
        self.places = places
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
        """Note that something was not done."""
        say(f"\n=== {name}: {reason}")
        self.skipped.append(f"{name}: {reason}")


def build(run: Run) -> None:
    """Make everything that this system can make."""
    places = run.places
    own = Environment(places.root, Path(sys.prefix))
    installed = Environment(places.root, places.work / "installed")
    with run.step("documentation"):
        build_docs(places.root)
    with run.step("sdist and wheel"):
        wheel = build_wheel(places)
        installed.prepare("run")
        installed.pip("install", "--no-deps", "--force-reinstall", wheel)
    with run.step("compiled wheel"):
        # What is frozen, where those that start from the source or the other wheel have the pure form.
        compiled = build_compiled_wheel(Path(sys.executable), places.root, places.out)
        own.pip("install", "--no-deps", "--force-reinstall", compiled)
    with run.step("small packages"):
        build_small_packages(places.out, places.work / "small")
    with run.step("icons"):
        render_icons(places)
    with run.step("one-folder program"):
        freeze(places)
    with run.step("licences and list of parts"):
        write_notices(installed, places)
    for system, makers in MAKERS.items():
        for name, make in makers.items():
            if system != sys.platform:
                run.skip(f"{name} ({system})", f"it is made on {system} only")
                continue
            with run.step(name):
                file = make(places)
                say(f"  {file.name}: {file.stat().st_size / 1e6:.1f} MB")
    if not read_homepage(places.root):
        run.skip("homepage", "pyproject.toml names none, and AppStream asks for one")
    write_notes(places)
    write_checksums(places.out)


def build_wheel(places: Places) -> Path:
    """Empty the folder for what people get, build the sdist, and from it the wheel, which is returned."""
    places.out.mkdir(parents=True, exist_ok=True)
    for old in (file for file in places.out.iterdir() if file.is_file()):
        old.unlink()
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", places.out]
    require([*command, places.root], "The wheel could not be built: see above.")
    return next(places.out.glob("*-none-any.whl"))


def try_out(run: Run, has_root_trial: bool) -> None:
    """Run the trials of everything that was made; pytest says what each found."""
    trials = run.places.recipes / "trials"
    command = [sys.executable, "-m", "pytest", "-c", trials / "pytest.ini", trials]
    if not has_root_trial:
        run.skip("the .deb in a clean root", "--no-root")
        command += ["--ignore", trials / "test_clean_root.py"]
    with run.step("trials"):
        if call(command):
            raise DevError("A trial failed: see above.")


def write_checksums(folder: Path) -> None:
    """Write SHA256SUMS in the form that `sha256sum --check` reads."""
    files = [f for f in sorted(folder.iterdir()) if f.is_file() and f.name != "SHA256SUMS"]
    lines = [f"{sha256_of(file)}  {file.name}\n" for file in files]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8", newline="\n")


def report(run: Run) -> None:
    """Say sizes, times and what was not done; complain of what is too large."""
    say("\n=== what the program is made of")
    rows = weigh(run.places.bundle)
    for name, size in [*rows[:16], ("All", sum(size for _, size in rows))]:
        say(f"{name:<52}{size / 1e6:7.1f} MB")
    say("\n=== files in dist")
    for file in sorted(run.places.out.iterdir()):
        say(f"{file.name:<52}{file.stat().st_size / 1e6:7.1f} MB")
        if file.stat().st_size > LARGEST_BYTES:
            raise DevError(f"{file.name} is larger than {LARGEST_BYTES / 1e6:.0f} MB.")
    say("\n=== steps\n" + "\n".join(run.lines))
    say("\n=== not done here\n" + "\n".join(run.skipped or ["everything was done"]))


def main(arguments: list[str]) -> int:
    """Build, try and report; returns the exit code."""
    run = Run(Places())
    run.places.work.mkdir(parents=True, exist_ok=True)
    # The tools of this environment are programs, too, and a person's own must not come before them.
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    # The same source makes the same bytes: no time of today, and no order by chance, gets into what is built.
    os.environ |= {"SOURCE_DATE_EPOCH": str(release_epoch(run.places.root)), "PYTHONHASHSEED": "0"}
    try:
        unknown = [each for each in arguments if each not in OPTIONS]
        if unknown:
            raise DevError(f"package does not know {unknown[0]}. It knows: {', '.join(OPTIONS)}.")
        build(run)
        if "--quick" not in arguments:
            try_out(run, has_root_trial="--no-root" not in arguments)
        report(run)
    except DevError as error:
        say("\n=== steps so far\n" + "\n".join(run.lines))
        print(f"\ndev.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
