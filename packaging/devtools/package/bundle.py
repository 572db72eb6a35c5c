"""The one-folder program: frozen by PyInstaller, shaken, shortened."""

import shutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from devtools.package.places import NAME, Places
from devtools.processes import output_of, require, say


def freeze(places: Places) -> None:
    """Run PyInstaller on the wheel that is installed beside it."""
    shutil.rmtree(places.bundle.parent, ignore_errors=True)
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    folders = ["--distpath", places.bundle.parent, "--workpath", places.work / "pyinstaller"]
    spec = places.recipes / "pyinstaller" / f"{NAME}.spec"
    require([*command, *folders, spec], "PyInstaller failed", cwd=places.work)
    if sys.platform == "linux":
        shake(places.bundle)


def shake(bundle: Path) -> None:
    """Linux: take out unneeded libraries, debugging tables, and paths of this machine."""
    inside = bundle / "_internal"
    needs = {file: needed_libraries(file) for file in elf_files(bundle)}
    plain = [f for f in needs if f.is_relative_to(inside) and is_plain_library(f.relative_to(inside))]
    dropped = unneeded(needs, plain)
    for file in dropped:
        file.unlink()
    for path in list(inside.rglob("*")):
        if path.is_symlink() and not path.exists():  # to what is gone now
            path.unlink()
    kept = [file for file in needs if file not in dropped]
    # Qt's are stripped, but for its ICU; the starter carries the modules behind its own end.
    stripped = {f for f in kept if f.parent == bundle or ("PySide6" in f.parts and f.name[:6] != "libicu")}
    _run("strip", "--strip-unneeded", *(file for file in kept if file not in stripped))
    for file in kept:
        if _run("patchelf", "--print-rpath", file).startswith("/"):
            _run("patchelf", "--remove-rpath", file)
    say(f"  left out {len(dropped)} libraries that nothing needs")


def _run(program: str, *arguments: str | Path) -> str:
    return output_of([program, *arguments], f"{program} {arguments[0]} failed")


def elf_files(folder: Path) -> list[Path]:
    """Return the Linux binaries under a folder, sorted, symbolic links left out."""

    def is_elf(file: Path) -> bool:
        with file.open("rb") as stream:
            return stream.read(4) == b"\x7fELF"

    return [f for f in sorted(folder.rglob("*")) if f.is_file() and not f.is_symlink() and is_elf(f)]


def needed_libraries(file: Path) -> set[str]:
    """Return the names of the libraries that a Linux binary is linked with."""
    return set(_run("patchelf", "--print-needed", file).split())


def unneeded(needs: Mapping[Path, Iterable[str]], droppable: Iterable[Path]) -> set[Path]:
    """Return those of the droppable binaries that no other one needs, directly or through others."""
    by_name = {file.name: file for file in droppable}
    unreached = set(by_name.values())
    waiting = [file for file in needs if file not in unreached]
    while waiting:
        new = {by_name[name] for name in needs[waiting.pop()] if name in by_name} & unreached
        unreached -= new
        waiting += new
    return unreached


def is_plain_library(path: Path) -> bool:
    """Tell whether a file, by its path in `_internal`, is there only for others to link with."""
    in_lib_folder = len(path.parts) == 1 or path.parts[:-1] == ("PySide6", "Qt", "lib")
    is_python = path.name.startswith("libpython")  # loaded by name, not linked
    return in_lib_folder and path.name.startswith("lib") and ".so" in path.name and not is_python
