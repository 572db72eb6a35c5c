"""The small packages that are published from this tree: clients, and plugins for test runners."""

import json
import shutil
import sys
from pathlib import Path

from devtools.package.archive import packed
from devtools.package.release import read_homepage, read_version, release_epoch
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
_CLIENT_HERE, _CLIENT_THERE = "from ..client", "from authws_client"


def build_small_packages(out: Path, work: Path, root: Path = ROOT) -> list[Path]:
    """Make all of them.

    Args:
        out: Where they go.
        work: An empty folder for what is in between.
        root: The tree.

    Returns:
        The files: wheels, then tarballs for npm.

    Raises:
        DevError: One cannot be made.
    """
    out.mkdir(parents=True, exist_ok=True)
    version = read_version(root)
    npms = parse(version).semantic
    made = [_build_wheel(name, out, work, root, version) for name in PYTHON]
    return made + [_pack(folder, out, root, npms) for folder in NODE]


def _build_wheel(name: str, out: Path, work: Path, root: Path, version: str) -> Path:
    module, room = PYTHON[name]
    folder = work / name
    shutil.copytree(
        root / room, folder / module, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True
    )
    for file in (folder / module).glob("*.py"):
        # In the tree the client lies beside; published, it is a package of its own.
        text = file.read_text("utf-8").replace(_CLIENT_HERE, _CLIENT_THERE)
        file.write_text(text, "utf-8")
    (folder / module / "py.typed").touch()
    for file in (root / "packaging" / "small" / name).iterdir():
        (folder / file.name).write_text(file.read_text("utf-8").replace(UNVERSIONED, version), "utf-8")
    shutil.copy(root / "LICENSE", folder)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    output_of(command, f"{name} cannot be built", cwd=folder)
    return out / f"{module}-{version}-py3-none-any.whl"


def _pack(folder: str, out: Path, root: Path, version: str) -> Path:
    """Write what `npm pack` would; the same files always give the same bytes."""
    own = root / "packaging" / "small" / folder
    files = [*own.iterdir(), *(root / each for each in NODE[folder]), root / "LICENSE"]
    described = json.loads((own / "package.json").read_text("utf-8").replace(UNVERSIONED, version))
    if homepage := read_homepage(root):  # npm compares it with where the publishing workflow runs
        described["repository"] = {"type": "git", "url": homepage}
    target = out / f"{described['name']}-{version}.tgz"
    with packed(target, release_epoch(root)) as archive:
        for file in sorted(files, key=lambda each: each.name):
            is_description = file.name == "package.json"
            data = json.dumps(described, indent=2).encode() if is_description else file.read_bytes()
            archive.add_file(f"package/{file.name}", data)
    return target
