"""The small packages that are published from this tree: clients, and plugins for test runners."""

import json
import shutil
import sys
from pathlib import Path

from devtools.package.archive import pack
from devtools.package.release import read_homepage, read_version, release_moment
from devtools.package.versions import parse
from devtools.processes import ROOT, output_of

PYTHON = {
    "authws-client": ("authws_client", "authws_desktop/client"),
    "pytest-authws": ("pytest_authws", "authws_desktop/testing"),
}
"""By name: the module that people import, and the room of this tree that it is."""
NODE = {"npm-client": ("resources/web/client.js", "resources/web/client.d.ts"), "npm-test": ()}
"""By folder: what comes from elsewhere in the tree."""
UNVERSIONED = "0.0.0"
"""Stands for the version in the descriptions."""


def build_small_packages(out: Path, work: Path) -> list[Path]:
    """Make all of them.

    Args:
        out: Where they go.
        work: For what is in between.

    Returns:
        The files: wheels, then tarballs for npm.
    """
    shutil.rmtree(work, ignore_errors=True)
    out.mkdir(parents=True, exist_ok=True)
    return [_build_wheel(name, out, work / name) for name in PYTHON] + [
        _pack(name, out, work / name) for name in NODE
    ]


def _stage(name: str, folder: Path, version: str) -> None:
    """Put what stands in `packaging/small` into a folder, with the version and the licence."""
    shutil.copytree(ROOT / "packaging" / "small" / name, folder)
    shutil.copy(ROOT / "LICENSE", folder)
    for file in folder.iterdir():
        file.write_text(file.read_text("utf-8").replace(UNVERSIONED, version), "utf-8", newline="\n")


def _build_wheel(name: str, out: Path, folder: Path) -> Path:
    (module, room), version = PYTHON[name], read_version()
    _stage(name, folder, version)
    shutil.copytree(ROOT / room, folder / module, ignore=shutil.ignore_patterns("__pycache__"))
    for file in (folder / module).glob("*.py"):
        # In the tree the client lies beside; published, it is a package of its own.
        text = file.read_text("utf-8").replace("from ..client", "from authws_client")
        file.write_text(text, "utf-8")
    (folder / module / "py.typed").touch()
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", out]
    output_of(command, f"{name} cannot be built", cwd=folder)
    return out / f"{module}-{version}-py3-none-any.whl"


def _pack(name: str, out: Path, folder: Path) -> Path:
    """Write what `npm pack` would; the same files always give the same bytes."""
    version = parse(read_version()).semantic
    _stage(name, folder, version)
    for each in NODE[name]:
        shutil.copy(ROOT / each, folder)
    described = json.loads((folder / "package.json").read_text("utf-8"))
    if homepage := read_homepage():  # npm compares it with where the publishing workflow runs
        described["repository"] = {"type": "git", "url": homepage}
        (folder / "package.json").write_text(json.dumps(described, indent=2), "utf-8")
    return pack(folder, out / f"{described['name']}-{version}.tgz", "package", release_moment())
