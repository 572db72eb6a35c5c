"""Names and folders of a packaging run."""

import re
from pathlib import Path
from typing import NamedTuple

from devtools.processes import ROOT, DevError

NAME = "authws-desktop"
TITLE = "Authws Desktop"
APP_ID = "io.github.authws.desktop"
"""Reverse-DNS name in AppStream's metadata and in macOS' bundle."""


class Places(NamedTuple):
    """Where a run reads and writes; both folders are ignored by git.

    Attributes:
        root: The working tree.
        work: What is in between: environment, icons, bundle, clean root.
        out: What people get.
    """

    root: Path = ROOT
    work: Path = ROOT / "build" / "package"
    out: Path = ROOT / "dist"

    @property
    def recipes(self) -> Path:
        """The folder `packaging` of the working tree."""
        return self.root / "packaging"

    @property
    def icons(self) -> Path:
        """Rendered icons."""
        return self.work / "icons"

    @property
    def bundle(self) -> Path:
        """PyInstaller's one-folder program."""
        return self.work / "bundle" / NAME

    @property
    def notices(self) -> Path:
        """Licences and the list of parts, as they go into every package."""
        return self.work / "notices"


def read_version(root: Path = ROOT) -> str:
    """Return the program's version from its one place.

    Raises:
        DevError: When it is not there.
    """
    text = (root / "authws_desktop" / "__init__.py").read_text(encoding="utf-8")
    match = re.search(r'^__version__ = "([^"]+)"$', text, re.MULTILINE)
    if match is None:
        raise DevError("authws_desktop/__init__.py has no __version__.")
    return match[1]


def release_notes(changelog: str, version: str) -> str:
    """Return what the changelog says about a version.

    Args:
        changelog: The text of CHANGELOG.md.
        version: Such as "0.1.0".

    Raises:
        DevError: When it says nothing.
    """
    pattern = rf"^## \[?{re.escape(version)}\]?(?: [^\n]*)?$\n(.*?)(?=^## |\Z)"
    match = re.search(pattern, changelog, re.MULTILINE | re.DOTALL)
    if match is None or not match[1].strip():
        raise DevError(f"CHANGELOG.md has no section '## {version}' with something in it.")
    return match[1].strip() + "\n"


def release_date(changelog: str, version: str, fallback: str) -> str:
    """Return the date in the heading of a version, or the fallback where it says "unreleased"."""
    heading = re.search(rf"^## \[?{re.escape(version)}\]?[^\n]*?(\d{{4}}-\d\d-\d\d)", changelog, re.MULTILINE)
    return heading[1] if heading else fallback
