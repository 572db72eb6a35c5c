"""What the operating system has to bring: looks for it, names it with the line that installs it."""

import contextlib
import ctypes
import importlib
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from devtools.processes import DevError, call, say

_APT = ("apt-get", "install", "-y", "--no-install-recommends")
INSTALL_COMMANDS = {
    "ubuntu": _APT,
    "apt": _APT,
    "dnf": ("dnf", "install", "-y"),
    "pacman": ("pacman", "-S", "--needed", "--noconfirm"),
    "brew": ("brew", "install"),
    "winget": ("winget", "install"),
}
FOR_ROOT = ("ubuntu", "apt", "dnf", "pacman")
"""The package managers that only root may use."""


class Missing(NamedTuple):
    """A file or command that the operating system lacks, with package names by package manager."""

    name: str
    packages: Mapping[str, str]


def read_system_table() -> dict[str, Any]:
    """Return `system-packages.toml` as it is."""
    return tomllib.loads(Path(__file__).with_name("system-packages.toml").read_text(encoding="utf-8"))


def find_missing(purposes: set[str], system: str = sys.platform) -> list[Missing]:
    """List what is needed for some purposes and is not there; libraries are looked for on Linux only."""
    table, missing = read_system_table(), list[Missing]()
    for purpose in sorted(purposes):
        for library, entry in table["library"].get(purpose, {}).items():
            if system == "linux" and not can_load(library):
                missing.append(Missing(library, entry))
        for command, entry in table["command"].get(purpose, {}).items():
            if (system == "linux" or "everywhere" in entry) and not has_command(command, entry):
                missing.append(Missing(command, entry))
    return missing + (missing_python_headers() if "compile" in purposes and system == "linux" else [])


def can_load(library: str) -> bool:
    """Tell whether the system finds a shared library and all that it needs itself."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def has_command(name: str, entry: Mapping[str, Any]) -> bool:
    """Tell whether a command of the table is on the path or in one of its places."""
    places = (Path(os.path.expandvars(place)) for place in entry.get("places", []))
    return any(map(shutil.which, [name, *entry.get("also", [])])) or any(map(Path.is_file, places))


def missing_venv_module() -> list[Missing]:
    """Report Debian's split-off package when Python cannot put pip into a new environment."""
    importlib.invalidate_caches()
    if importlib.util.find_spec("ensurepip"):
        return []
    return [Missing("ensurepip", {"apt": f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"})]


def missing_python_headers() -> list[Missing]:
    """Report what distributions split off from Python, and every compiled module is made with."""
    if (Path(sysconfig.get_path("include")) / "Python.h").is_file():
        return []
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    return [Missing("Python.h", {"apt": f"python{version}-dev", "dnf": "python3-devel"})]


def package_manager() -> str:
    """Return the key in INSTALL_COMMANDS of this machine's package manager, or ""."""
    with contextlib.suppress(OSError):
        if platform.freedesktop_os_release().get("ID") == "ubuntu":
            return "ubuntu"
    return next(
        (n for n, command in INSTALL_COMMANDS.items() if n != "ubuntu" and shutil.which(command[0])), ""
    )


def packages_for(missing: Sequence[Missing], manager: str) -> list[str]:
    """Return the names of the packages that bring the missing things, each once, in order."""
    also = (
        "apt" if manager == "ubuntu" else manager
    )  # Ubuntu's names are Debian's where it has none of its own.
    names = (thing.packages.get(manager) or thing.packages.get(also, "") for thing in missing)
    return [name for name in dict.fromkeys(names) if name]


def install_line(packages: Sequence[str], manager: str, is_root: bool) -> str:
    """Return the line that installs packages, as a person would type it."""
    sudo = [] if is_root or manager not in FOR_ROOT else ["sudo"]
    return " ".join([*sudo, *INSTALL_COMMANDS[manager], *packages])


def missing_sentence(missing: Sequence[Missing], manager: str, is_root: bool) -> str:
    """Name what is missing and the line that installs it."""
    sentence = f"This machine lacks {', '.join(thing.name for thing in missing)}."
    if packages := packages_for(missing, manager):
        sentence += f"\nInstall it with:\n\n    {install_line(packages, manager, is_root)}\n"
    if unknown := [thing for thing in missing if not packages_for([thing], manager)]:
        names, debian = ", ".join(thing.name for thing in unknown), " ".join(packages_for(unknown, "apt"))
        sentence += (
            f"\nInstall what brings {names} on this system (Debian's packages: {debian or 'not known'})."
        )
    return sentence


def is_root_user() -> bool:
    """Tell whether we may install system packages without sudo (never on Windows)."""
    return sys.platform != "win32" and os.geteuid() == 0


def sudo_asks_nothing() -> bool:
    """Tell whether sudo is there and lets us through without a password."""
    if not shutil.which("sudo"):
        return False
    command = ["sudo", "-n", "true"]
    return subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, check=False).returncode == 0


def provide(look: Callable[[], list[Missing]], may_install: bool = True) -> None:
    """Make sure that nothing is missing: call `look` and, where we may, install what it lists.

    Root, and who has a sudo that asks nothing, is told what is installed; a person at a terminal is asked.
    Elsewhere DevError has the line that installs it.
    """
    manager, is_root = package_manager(), is_root_user()
    tried: set[str] = set()  # One library may hide the next that is missing, but none is installed twice.
    while missing := look():
        packages = packages_for(missing, manager)
        is_new = bool(set(packages) - tried)
        if not (is_new and may_install and _is_agreed(missing, packages, manager, is_root)):
            raise DevError(missing_sentence(missing, manager, is_root))
        install(packages, manager, is_root)
        tried.update(packages)


def _is_agreed(missing: Sequence[Missing], packages: Sequence[str], manager: str, is_root: bool) -> bool:
    """Say what is about to be installed, or ask the person at the terminal; nobody there is a no."""
    line = install_line(packages, manager, is_root)
    if manager in FOR_ROOT and (is_root or sudo_asks_nothing()):
        say(f"This machine lacks {', '.join(thing.name for thing in missing)}; installing:\n    {line}")
        return True
    if sys.stdin.isatty() and sys.stdout.isatty():
        with contextlib.suppress(EOFError):  # Ctrl-D
            return input(f"Run this now?\n\n    {line}\n\n[Y/n] ").strip().lower() in ("", "y", "yes")
    return False


def install(packages: Sequence[str], manager: str, is_root: bool) -> None:
    """Install system packages; what this fails to bring is named by the caller."""
    # sudo drops our variables, so env(1) hands them on, behind it.
    sudo = [] if is_root or manager not in FOR_ROOT else ["sudo", "env", "DEBIAN_FRONTEND=noninteractive"]
    program, *words = INSTALL_COMMANDS[manager]
    steps = [[program, *words, *packages]]
    if program == "apt-get":
        quiet = [program, "-qq", "-o", "Dpkg::Use-Pty=0", "-o", "DPkg::Lock::Timeout=300"]
        steps = [[*quiet, "update"], [*quiet, *words, *packages]]
    for step in steps:
        call([*sudo, *step], {"DEBIAN_FRONTEND": "noninteractive"})


def check_c_library(name: str, version: str) -> None:
    """Refuse, by DevError, a C library (see `platform.libc_ver`) that is too old for the PySide6 wheels."""
    if name == "glibc" and tuple(int(part) for part in re.findall(r"\d+", version)[:2]) < (2, 34):
        raise DevError(
            f"This system's C library, glibc {version}, is too old for Qt, which needs 2.34: "
            "use Debian 12, Ubuntu 22.04, Fedora 36, RHEL 9 or newer."
        )
