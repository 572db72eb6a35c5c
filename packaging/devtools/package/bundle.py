"""The one-folder program: frozen by PyInstaller, shaken, shortened, weighed."""

import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from devtools.package.places import NAME, Places
from devtools.processes import output_of, require, say


def freeze(places: Places) -> None:
    """Run PyInstaller on the wheel that is installed beside it."""
    shutil.rmtree(places.bundle.parent, ignore_errors=True)
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    folders = ["--distpath", places.bundle.parent, "--workpath", places.work / "pyinstaller"]
    spec = places.recipes / "pyinstaller" / f"{NAME}.spec"
    require([*command, *folders, spec], "PyInstaller failed: see above.", cwd=places.work)
    if sys.platform == "linux":
        shake(places.bundle)


class Needs(NamedTuple):
    """The names of the libraries that a Linux binary needs, and where it looks for them first."""

    libraries: frozenset[str]
    search_path: str = ""


def shake(bundle: Path) -> None:
    """Linux: take out unneeded libraries, debugging tables, and paths of this machine."""
    inside = bundle / "_internal"
    needs = {file: read_needs(file) for file in elf_files(bundle)}
    plain = [f for f in needs if f.is_relative_to(inside) and is_plain_library(f.relative_to(inside))]
    dropped = unneeded(needs, plain)
    for file in dropped:
        file.unlink()
    drop_dead_links(inside)
    kept = {file: need for file, need in needs.items() if file not in dropped}
    # Qt's are stripped, but for its ICU; the starter carries the modules behind its own end.
    rest = [file for file in kept if is_icu(file) or ("PySide6" not in file.parts and file.parent != bundle)]
    _run("strip", "--strip-unneeded", *rest)
    foreign = [file for file, need in kept.items() if need.search_path.startswith("/")]
    if foreign:
        _run("patchelf", "--remove-rpath", *foreign)
    say(f"  left out {len(dropped)} libraries that nothing needs")


def _run(program: str, *arguments: str | Path) -> str:
    return output_of([program, *arguments], f"{program} {arguments[0]} failed")


def elf_files(folder: Path) -> list[Path]:
    """Return the Linux binaries under a folder, sorted, symbolic links left out."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
    found = []
    for file in files:
        with file.open("rb") as stream:
            if stream.read(4) == b"\x7fELF":
                found.append(file)
    return found


def read_needs(file: Path) -> Needs:
    """Ask patchelf about a binary."""
    needed = _run("patchelf", "--print-needed", file).split()
    return Needs(frozenset(needed), _run("patchelf", "--print-rpath", file).strip())


def unneeded(needs: Mapping[Path, Needs], droppable: Iterable[Path]) -> set[Path]:
    """Return those of the droppable binaries that no other one needs, directly or through others."""
    by_name = {file.name: file for file in droppable}
    waiting = [file for file in needs if file not in set(by_name.values())]
    reached = set(waiting)
    while waiting:
        libraries = needs[waiting.pop()].libraries
        new = {by_name[name] for name in libraries if name in by_name} - reached
        reached |= new
        waiting += new
    return set(by_name.values()) - reached


def is_plain_library(path: Path) -> bool:
    """Tell whether a file, by its path in `_internal`, is there only for others to link with."""
    in_lib_folder = len(path.parts) == 1 or path.parts[:-1] == ("PySide6", "Qt", "lib")
    is_python = path.name.startswith("libpython")  # loaded by name, not linked
    return in_lib_folder and path.name.startswith("lib") and ".so" in path.name and not is_python


def is_icu(path: Path) -> bool:
    """Tell whether a file is a library of ICU."""
    return path.name.startswith("libicu")


def drop_dead_links(folder: Path) -> None:
    """Take out symbolic links to what is gone."""
    for path in list(folder.rglob("*")):
        if path.is_symlink() and not path.exists():
            path.unlink()


def weigh(bundle: Path) -> list[tuple[str, int]]:
    """Return bytes by folder or file directly in the bundle, those of Qt by kind, the largest first."""
    sums: Counter[str] = Counter()
    for file in bundle.rglob("*"):
        if file.is_file() and not file.is_symlink():
            parts = file.relative_to(bundle).parts
            inside = parts[1:] if len(parts) > 1 else parts  # the folder that holds all but the starter
            sums["/".join(inside[: 3 if inside[0] == "PySide6" else 1])] += file.stat().st_size
    return sums.most_common()
