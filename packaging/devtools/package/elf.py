"""What Linux binaries need from each other and from the system."""

import re
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from devtools.processes import DevError

MAGIC = b"\x7fELF"


class Needs(NamedTuple):
    """What a binary says that it needs.

    Attributes:
        libraries: Names of shared libraries.
        versions: Symbol versions, such as "GLIBC_2.34".
        search_path: Where it looks for libraries first.
    """

    libraries: frozenset[str]
    versions: frozenset[str]
    search_path: str = ""


def is_elf(file: Path) -> bool:
    """Tell whether a file is a Linux binary."""
    with file.open("rb") as stream:
        return stream.read(4) == MAGIC


def elf_files(folder: Path) -> list[Path]:
    """Return the binaries under a folder, sorted, symbolic links left out."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
    return [path for path in files if is_elf(path)]


def parse_needs(text: str) -> Needs:
    """Read the output of `objdump -p` about one file."""
    libraries = re.findall(r"^\s+NEEDED\s+(\S+)$", text, re.MULTILINE)
    versions = re.findall(r"^\s+0x\S+ 0x\S+ \d+ (\S+)$", text, re.MULTILINE)
    path = re.search(r"^\s+(?:RUNPATH|RPATH)\s+(\S+)$", text, re.MULTILINE)
    return Needs(frozenset(libraries), frozenset(versions), path[1] if path else "")


def read_needs(files: Iterable[Path]) -> dict[Path, Needs]:
    """Ask objdump about files."""
    found = {}
    for file in files:
        result = subprocess.run(["objdump", "-p", file], capture_output=True, text=True, check=False)
        if result.returncode:
            raise DevError(f"objdump cannot read {file.name}: {result.stderr.strip()}")
        found[file] = parse_needs(result.stdout)
    return found


def unneeded(needs: Mapping[Path, Needs], droppable: Iterable[Path]) -> set[Path]:
    """Return the droppable binaries that nothing else needs, directly or through others.

    Args:
        needs: All binaries.
        droppable: Those that are there only for others: plain shared libraries.
    """
    by_name = {file.name: file for file in droppable}
    kept = [file for file in needs if file not in set(by_name.values())]
    reached = set(kept)
    while kept:
        libraries = needs[kept.pop()].libraries
        new = {by_name[name] for name in libraries if name in by_name} - reached
        reached |= new
        kept += new
    return set(by_name.values()) - reached


def from_system(needs: Mapping[Path, Needs], names: Iterable[str]) -> dict[str, list[str]]:
    """Return the libraries that the bundle does not hold, with who needs them.

    Args:
        needs: All binaries of the bundle.
        names: The names of all its files and links.
    """
    inside = set(names)
    missing: dict[str, list[str]] = {}
    for file, need in needs.items():
        for library in need.libraries - inside:
            missing.setdefault(library, []).append(file.name)
    return missing


def newest_version(needs: Mapping[Path, Needs], family: str) -> str:
    """Return the newest symbol version of a family ("GLIBC") that any binary asks for, such as "2.34"."""
    found = {version for need in needs.values() for version in need.versions}
    numbers = [match[1] for v in found if (match := re.fullmatch(rf"{family}_(\d+(?:\.\d+)+)", v))]
    return max(numbers, key=lambda v: tuple(map(int, v.split("."))), default="")


def forget_builders_folders(patchelf: Path, needs: Mapping[Path, Needs]) -> int:
    """Take search paths that lead to folders of this machine out of binaries; returns how many had one."""
    found = [file for file, need in needs.items() if need.search_path.startswith("/")]
    for file in found:
        if subprocess.run([patchelf, "--remove-rpath", file], capture_output=True, check=False).returncode:
            raise DevError(f"patchelf cannot change {file.name}.")
    return len(found)


def strip_debug(files: Iterable[Path]) -> int:
    """Take the debugging tables out of binaries; returns how many bytes that saved."""
    saved = 0
    for file in files:
        before, mode = file.stat().st_size, file.stat().st_mode
        if subprocess.run(["strip", "--strip-unneeded", file], capture_output=True, check=False).returncode:
            raise DevError(f"strip cannot shorten {file.name}.")
        file.chmod(mode)
        saved += before - file.stat().st_size
    return saved
