"""What the operating system has to bring: looks for it, names it with the line that installs it."""

import ctypes
import importlib
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from devtools.processes import DevError, say

INSTALL_LINES = {
    "apt": "sudo apt-get install -y --no-install-recommends",
    "dnf": "sudo dnf install",
    "pacman": "sudo pacman -S --needed",
    "brew": "brew install",
    "winget": "winget install",
}


class Missing(NamedTuple):
    """A thing the operating system lacks.

    Attributes:
        name: The file or command that was looked for.
        packages: Package names by package manager.
    """

    name: str
    packages: Mapping[str, str]


def read_system_table() -> dict[str, Any]:
    """Return `system-packages.toml` as it is."""
    return tomllib.loads(Path(__file__).with_name("system-packages.toml").read_text(encoding="utf-8"))


def can_load(library: str) -> bool:
    """Tell whether the system finds a shared library and all that it needs itself."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def has_command(entry: Mapping[str, Any]) -> bool:
    """Tell whether a command of the table is on the path or in one of its places."""
    places = (Path(os.path.expandvars(place)) for place in entry.get("places", []))
    return any(map(shutil.which, entry["names"])) or any(place.is_file() for place in places)


def find_missing(purposes: set[str], table: Mapping[str, Any], system: str = sys.platform) -> list[Missing]:
    """List what is needed for some purposes and is not there.

    Args:
        purposes: Values of the table's `needed_for`.
        table: The table, see `read_system_table`.
        system: The operating system as in `sys.platform`; shared libraries are looked for on Linux only.
    """
    libraries = [entry for entry in table["library"] if entry["needed_for"] in purposes and system == "linux"]
    commands = [e for e in table["command"] if e["needed_for"] in purposes and system in e["systems"]]
    missing = [Missing(e["file"], e["packages"]) for e in libraries if not can_load(e["file"])]
    return missing + [Missing(e["names"][0], e["packages"]) for e in commands if not has_command(e)]


def missing_from_error(error: str, table: Mapping[str, Any]) -> list[Missing]:
    """Read the missing shared library out of an ImportError's text.

    Args:
        error: Such as "ImportError: libEGL.so.1: cannot open shared object file: No such file or directory".
        table: The table, see `read_system_table`.
    """
    match = re.search(r"(lib[\w.+-]+\.so[.\d]*): cannot open shared object", error)
    if match is None:
        return []
    known = {entry["file"]: entry["packages"] for entry in table["library"]}
    return [Missing(match[1], known.get(match[1], {}))]


def missing_venv_module() -> list[Missing]:
    """Report Debian's split-off package when Python cannot put pip into a new environment."""
    importlib.invalidate_caches()
    if importlib.util.find_spec("ensurepip"):
        return []
    return [Missing("ensurepip", {"apt": f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"})]


def package_manager() -> str:
    """Return the key in INSTALL_LINES of this machine's package manager, or ""."""
    programs = {"apt": "apt-get", **{name: name for name in INSTALL_LINES if name != "apt"}}
    return next((name for name, program in programs.items() if shutil.which(program)), "")


def is_ubuntu() -> bool:
    """Tell whether Ubuntu's package names apply."""
    try:
        return platform.freedesktop_os_release().get("ID") == "ubuntu"
    except OSError:
        return False


def packages_for(missing: Sequence[Missing], manager: str, ubuntu: bool = False) -> list[str]:
    """Return the names of the packages that bring the missing things, each once, in order."""
    names = []
    for thing in missing:
        own_name = thing.packages.get("ubuntu") if ubuntu and manager == "apt" else None
        names.append(own_name or thing.packages.get(manager, ""))
    return [name for name in dict.fromkeys(names) if name]


def missing_sentence(missing: Sequence[Missing], manager: str, ubuntu: bool, is_root: bool) -> str:
    """Name what is missing and the line that installs it."""
    sentence = f"This machine lacks {', '.join(thing.name for thing in missing)}."
    packages = packages_for(missing, manager, ubuntu)
    if packages:
        line = f"{INSTALL_LINES[manager]} {' '.join(packages)}"
        sentence += f"\nInstall it with:\n\n    {line.removeprefix('sudo ') if is_root else line}\n"
    unknown = [thing for thing in missing if not packages_for([thing], manager, ubuntu)]
    if unknown:
        names, debian = ", ".join(thing.name for thing in unknown), " ".join(packages_for(unknown, "apt"))
        sentence += (
            f"\nInstall what brings {names} on this system (Debian's packages: {debian or 'not known'})."
        )
    return sentence


def is_root_user() -> bool:
    """Tell whether we may install system packages without sudo (never on Windows)."""
    return sys.platform != "win32" and os.geteuid() == 0


def provide(look: Callable[[], list[Missing]]) -> None:
    """Make sure that nothing is missing; as root on a CI machine with apt, install it.

    Args:
        look: Lists what is missing; called again after an installation.

    Raises:
        DevError: With the install line, when something is (still) missing.
    """
    missing = look()
    manager, ubuntu, is_root = package_manager(), is_ubuntu(), is_root_user()
    packages = packages_for(missing, manager, ubuntu)
    if packages and manager == "apt" and is_root and os.environ.get("CI"):
        apt_install(packages)
        missing = look()
    if missing:
        raise DevError(missing_sentence(missing, manager, ubuntu, is_root))


def check_c_library(name: str, version: str) -> None:
    """Refuse a C library that is too old for the PySide6 wheels.

    Args:
        name: As `platform.libc_ver()` gives it, "" where it is unknown.
        version: Such as "2.36".

    Raises:
        DevError: When it is too old.
    """
    if name == "glibc" and tuple(int(part) for part in re.findall(r"\d+", version)[:2]) < (2, 34):
        raise DevError(
            f"This system's C library, glibc {version}, is too old for Qt, which needs 2.34: "
            "use Debian 12, Ubuntu 22.04, Fedora 36, RHEL 9 or newer."
        )


def apt_install(packages: Sequence[str]) -> None:
    """Install Debian packages, asking nothing; what it fails to bring is named by the caller."""
    say(f"Installing {' '.join(packages)} (root on a CI machine)")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        subprocess.run(
            ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0", *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            check=False,
        )
