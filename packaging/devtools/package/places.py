"""Names and folders of a packaging run."""

from pathlib import Path

from devtools.processes import ROOT

NAME = "authws-desktop"
TITLE = "Authws Desktop"
APP_ID = "io.github.authws.desktop"
"""Reverse-DNS name in AppStream's metadata and in macOS' bundle."""


class Places:
    """The working tree, and, ignored by git, the folders for what is in between and for what people get."""

    def __init__(self, root: Path = ROOT, work: Path | None = None, out: Path | None = None) -> None:
        self.root = root
        self.work = work or root / "build" / "package"
        self.out = out or root / "dist"
        self.recipes = root / "packaging"
        self.icons = self.work / "icons"
        self.bundle = self.work / "bundle" / NAME
        self.notices = self.work / "notices"
