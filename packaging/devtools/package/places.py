"""Names and folders of a packaging run, and how its templates are filled in."""

import re
from collections.abc import Mapping
from pathlib import Path

from devtools.processes import ROOT

NAME = "authws-desktop"
TITLE = "Authws Desktop"
APP_ID = "io.github.authws.desktop"
"""Reverse-DNS name in AppStream's metadata and in macOS' bundle."""
_MARK = re.compile("@([A-Z]+)@")


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


def fill(template: Path, values: Mapping[str, str]) -> str:
    """Return a template with its `@MARKS@` filled in; a line with a mark whose value is empty is left out."""
    lines = template.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = (line for line in lines if all(values[mark] for mark in _MARK.findall(line)))
    return "".join(_MARK.sub(lambda found: values[found[1]], line) for line in kept)
