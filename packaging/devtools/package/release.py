"""Version, date and notes of a release; `python -m devtools.package.release [tag v1.2.3]` writes these."""

import datetime
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

from devtools.package.places import Places
from devtools.processes import ROOT, DevError, exit_code_of, say


def read_version(root: Path = ROOT) -> str:
    """Return the program's version from its one place."""
    text = (root / "authws_desktop" / "__init__.py").read_text(encoding="utf-8")
    match = re.search(r'^__version__ = "([^"]+)"$', text, re.MULTILINE)
    if match is None:
        raise DevError("authws_desktop/__init__.py has no __version__.")
    return match[1]


def read_homepage(root: Path = ROOT) -> str:
    """Return the homepage's address from its one place, pyproject.toml; "" while there is none."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    homepage: str = project.get("urls", {}).get("Homepage", "")
    return homepage


def release_notes(changelog: str, version: str) -> str:
    """Return what the changelog says about a version; it has to say something."""
    pattern = rf"^## \[?{re.escape(version)}\]?(?: [^\n]*)?$\n(.*?)(?=^## |\Z)"
    match = re.search(pattern, changelog, re.MULTILINE | re.DOTALL)
    if match is None or not match[1].strip():
        raise DevError(f"CHANGELOG.md has no section '## {version}' with something in it.")
    return match[1].strip() + "\n"


def release_date(root: Path = ROOT) -> str:
    """Return the day of this version's heading, else of the last commit: the same source, the same date."""
    changelog, version = (root / "CHANGELOG.md").read_text(encoding="utf-8"), read_version(root)
    heading = re.search(rf"^## \[?{re.escape(version)}\]?[^\n]*?(\d{{4}}-\d\d-\d\d)", changelog, re.MULTILINE)
    if heading:
        return heading[1]
    command = ["git", "log", "-1", "--format=%cs"]
    result = subprocess.run(command, capture_output=True, text=True, cwd=root, check=False)
    return result.stdout.strip() or "2025-01-01"


def release_moment(root: Path = ROOT) -> datetime.datetime:
    """Return the release's date as the moment at which its day begins, UTC."""
    return datetime.datetime.fromisoformat(f"{release_date(root)}T00:00:00+00:00")


def release_epoch(root: Path = ROOT) -> int:
    """Return that moment in seconds, as SOURCE_DATE_EPOCH has it: no time in what is built is newer."""
    return int(release_moment(root).timestamp())


UNSIGNED_WINDOWS = """
The program for Windows is not signed. Windows' SmartScreen says *Windows protected your PC*: choose *More
info*, *Run anyway*. Check a download with `SHA256SUMS` first.
"""
UNSIGNED_MACOS = """
The app for macOS is neither signed nor notarised. macOS says that Apple could not check it: open it, then
*System Settings, Privacy & Security, Open Anyway*.
"""


WINDOWS_SIGNING, MACOS_SIGNING = "AUTHWS_SIGN_COMMAND", "AUTHWS_CODESIGN_IDENTITY"
"""Variables that are set where downloads are signed."""


def unsigned_words() -> str:
    """Return what the notes say of downloads that are not signed."""
    words = {WINDOWS_SIGNING: UNSIGNED_WINDOWS, MACOS_SIGNING: UNSIGNED_MACOS}
    unsigned = [text for name, text in words.items() if not os.environ.get(name)]
    return "\n### Not signed\n" + "".join(unsigned) if unsigned else ""


def write_notes(places: Places) -> Path:
    """Write the release notes out of the changelog, and what unsigned downloads mean; returns the file."""
    changelog = (places.root / "CHANGELOG.md").read_text(encoding="utf-8")
    file = places.out / "RELEASE-NOTES.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    notes = release_notes(changelog, read_version(places.root))
    file.write_text(notes + unsigned_words(), encoding="utf-8")
    return file


def main(arguments: Sequence[str]) -> int:
    """Check the tag, if there is one, and write the notes; returns the exit code."""

    def write() -> None:
        version = read_version()
        if list(arguments[:1]) == ["tag"] and arguments[1] != f"v{version}":
            raise DevError(f"The tag is {arguments[1]}, but the program's version is {version}.")
        say(f"Wrote {write_notes(Places()).name}")

    return exit_code_of(write)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
