"""Builds and tries the packages of this system; run by `dev.py package` where the tools are."""

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from devtools.environment import Environment
from devtools.package import installers, linux
from devtools.package.bundle import freeze
from devtools.package.compiled import build_compiled_wheel
from devtools.package.icons import render_icons
from devtools.package.parts import write_notices
from devtools.package.places import Places
from devtools.package.release import read_homepage, release_moment, write_notes
from devtools.package.small import build_small_packages
from devtools.processes import DevError, require, say, sha256_of
from devtools.site import build as build_docs

LARGEST_BYTES = 65_000_000
MAKERS: dict[str, dict[str, Callable[[Places], Path]]] = {
    "linux": {".deb": linux.build_deb, ".rpm": linux.build_rpm, ".tar.gz": linux.build_tarball},
    "win32": {"setup program": installers.build_windows_setup},
    "darwin": {"disk image": installers.build_disk_image},
}


@contextlib.contextmanager
def step(name: str) -> Iterator[None]:
    """Announce a step, and say how long it took."""
    say(f"\n=== {name}")
    started = time.monotonic()
    yield
    say(f"  {name}: {time.monotonic() - started:.1f} s")


def build(places: Places) -> None:
    """Make everything that this system can make."""
    own = Environment(places.root, Path(sys.prefix))
    installed = Environment(places.root, places.work / "installed")
    with step("documentation"):
        build_docs(places.root)
    with step("sdist and wheel"):
        wheel = build_wheel(places)
        installed.prepare("run")
        installed.pip("install", "--no-deps", "--force-reinstall", wheel)
    with step("compiled wheel"):
        # What is frozen, where those that start from the source or the other wheel have the pure form.
        compiled = build_compiled_wheel(Path(sys.executable), places.root, places.out)
        own.pip("install", "--no-deps", "--force-reinstall", compiled)
    with step("small packages"):
        build_small_packages(places.out, places.work / "small")
    with step("icons"):
        render_icons(places)
    with step("one-folder program"):
        freeze(places)
    with step("licences and list of parts"):
        write_notices(installed, places)
    for name, make in MAKERS[sys.platform].items():
        with step(name):
            make(places)
    write_notes(places)
    write_checksums(places.out)


def build_wheel(places: Places) -> Path:
    """Empty the folder for what people get, build the sdist, and from it the wheel, which is returned."""
    places.out.mkdir(parents=True, exist_ok=True)
    for old in (file for file in places.out.iterdir() if file.is_file()):
        old.unlink()
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", places.out]
    require([*command, places.root], "The wheel could not be built")
    return next(places.out.glob("*-none-any.whl"))


def write_checksums(folder: Path) -> None:
    """Write SHA256SUMS in the form that `sha256sum --check` reads."""
    files = [f for f in sorted(folder.iterdir()) if f.is_file() and f.name != "SHA256SUMS"]
    lines = [f"{sha256_of(file)}  {file.name}\n" for file in files]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8", newline="\n")


def report(places: Places) -> None:
    """Say what was made and what could not be; complain of what is too large."""
    say("\n=== files in dist")
    for file in sorted(places.out.iterdir()):
        say(f"{file.name:<52}{file.stat().st_size / 1e6:7.1f} MB")
        if file.stat().st_size > LARGEST_BYTES:
            raise DevError(f"{file.name} is larger than {LARGEST_BYTES / 1e6:.0f} MB.")
    others = [f"{name} ({system})" for system in MAKERS.keys() - {sys.platform} for name in MAKERS[system]]
    say(f"\nMade on other systems only: {', '.join(sorted(others))}.")
    if not read_homepage(places.root):
        say("pyproject.toml names no homepage, and AppStream asks for one.")


def main(arguments: list[str]) -> None:
    """Build, try and report."""
    parser = argparse.ArgumentParser(prog="dev.py package", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="build, and try nothing")
    parser.add_argument("--no-root", action="store_true", help="leave the trials in a clean root out")
    options = parser.parse_args(arguments)
    places = Places()
    places.work.mkdir(parents=True, exist_ok=True)
    # The tools of this environment are programs, too, and a person's own must not come before them.
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    # The same source makes the same bytes: no time of today, and no order by chance, gets into what is built.
    epoch = int(release_moment(places.root).timestamp())
    os.environ |= {"SOURCE_DATE_EPOCH": str(epoch), "PYTHONHASHSEED": "0"}
    build(places)
    if not options.quick:
        trials = places.recipes / "trials"
        left_out = ["--ignore", trials / "test_clean_root.py"] if options.no_root else []
        command = [sys.executable, "-m", "pytest", "-c", trials / "pytest.ini", trials, *left_out]
        with step("trials"):
            require(command, "A trial failed")
    report(places)


if __name__ == "__main__":
    main(sys.argv[1:])
