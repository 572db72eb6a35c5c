"""What the program is made of: the list that becomes the SBOM and the third-party licences."""

import json
import platform
import re
import subprocess
import sysconfig
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from devtools.package.build_environment import BuildEnvironment
from devtools.package.places import NAME, Places
from devtools.processes import DevError

QT_PACKAGE = "PySide6_Essentials"
QT_LICENCE = "LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only"


class Part(NamedTuple):
    """One thing that somebody else made.

    Attributes:
        name: As its makers call it.
        version: Its version.
        licence: An SPDX expression where known, else words.
        kind: "pypi", "deb" or "generic", as in package URLs.
        url: Where it is made, or "".
        texts: Its licence texts.
    """

    name: str
    version: str
    licence: str
    kind: str
    url: str = ""
    texts: tuple[str, ...] = ()

    @property
    def purl(self) -> str:
        """The package URL."""
        name = re.sub(r"[-_.]+", "-", self.name).lower() if self.kind == "pypi" else self.name
        kind = "deb/debian" if self.kind == "deb" else self.kind
        return f"pkg:{kind}/{name.replace(' ', '-')}@{self.version.replace('+', '%2B').replace(':', '%3A')}"


def list_parts(environment: BuildEnvironment, places: Places) -> list[Part]:
    """List the Python packages, Python, Qt and the system's libraries in the bundle."""
    python_packages = python_parts(environment)
    return [*python_packages, *foundation_parts(python_packages, environment, places), *system_parts(places)]


def python_parts(environment: BuildEnvironment) -> list[Part]:
    """List the Python packages that the program needs, itself left out."""
    script = Path(__file__).with_name("inventory.py")
    result = subprocess.run([environment.python, script, NAME], capture_output=True, text=True, check=False)
    if result.returncode:
        raise DevError(f"The parts cannot be listed: {result.stderr.strip()}")
    rows = [row for row in json.loads(result.stdout) if row["name"] != NAME]
    return [Part(r["name"], r["version"], r["licence"], "pypi", r["url"], tuple(r["texts"])) for r in rows]


def foundation_parts(
    python_packages: Iterable[Part], environment: BuildEnvironment, places: Places
) -> list[Part]:
    """List what is no package of its own: Python, Qt, ICU in Qt, PyInstaller's starter."""
    qt = next(part.version for part in python_packages if part.name == QT_PACKAGE)
    lgpl = tuple(
        (places.recipes / "licences" / f"{name}.txt").read_text(encoding="utf-8")
        for name in ("LGPL-3.0-only", "GPL-3.0-only")
    )
    query = "import importlib.metadata as m; print(m.version('pyinstaller'))"
    starter = subprocess.run([environment.python, "-c", query], capture_output=True, text=True, check=True)
    python_licence = Path(sysconfig.get_path("stdlib")) / "LICENSE.txt"
    text = (python_licence.read_text(encoding="utf-8"),) if python_licence.is_file() else ()
    return [
        Part("CPython", platform.python_version(), "PSF-2.0", "generic", "https://www.python.org", text),
        Part("Qt", qt, QT_LICENCE, "generic", "https://www.qt.io", lgpl),
        Part(
            "PyInstaller bootloader",
            starter.stdout.strip(),
            "GPL-2.0-or-later WITH Bootloader-exception",
            "generic",
            "https://pyinstaller.org",
        ),
        Part("Lucide icons", "0", "ISC", "generic", "https://lucide.dev", (_lucide(places),)),
        *_icu(places),
    ]


def _lucide(places: Places) -> str:
    return (places.root / "resources" / "icons" / "LICENSE-lucide.txt").read_text(encoding="utf-8")


def _icu(places: Places) -> list[Part]:
    file = next(places.bundle.rglob("libicudata.so.*"), None)
    return [Part("ICU", file.name.rpartition(".")[2], "Unicode-3.0", "generic")] if file else []


def system_parts(places: Places) -> list[Part]:
    """List the Debian packages whose libraries lie in the bundle; none where there is no dpkg."""
    inside = places.bundle / "_internal"
    names = [f.name for f in inside.glob("lib*.so*") if not f.is_symlink() and "python" not in f.name]
    try:
        result = subprocess.run(["dpkg", "-S", *names], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return []
    lines = result.stdout.splitlines()
    owners = {line.split(":")[0] for line in lines if Path(line.split(": ")[-1]).name in names}
    return [_debian_part(owner) for owner in sorted(o for o in owners if not o.endswith("-dev"))]


def _debian_part(package: str) -> Part:
    command = ["dpkg-query", "--show", "--showformat=${Version}\\n", package]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    notice = Path("/usr/share/doc") / package / "copyright"
    text = (notice.read_text(encoding="utf-8"),) if notice.is_file() else ()
    return Part(package, result.stdout.splitlines()[0], "see its text", "deb", "", text)
