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
from devtools.processes import ROOT, DevError, say

WINDOWS_SIGNING, MACOS_SIGNING = "AUTHWS_SIGN_COMMAND", "AUTHWS_CODESIGN_IDENTITY"
"""Variables that are set where downloads are signed."""
UNSIGNED = {
    WINDOWS_SIGNING: """
The program for Windows is not signed. Windows' SmartScreen says *Windows protected your PC*: choose *More
info*, *Run anyway*. Check a download with `SHA256SUMS` first.
""",
    MACOS_SIGNING: """
The app for macOS is neither signed nor notarised. macOS says that Apple could not check it: open it, then
*System Settings, Privacy & Security, Open Anyway*.
""",
}
"""What the notes say where such a variable is not set."""


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
    pattern = rf"^## {re.escape(version)}(?: [^\n]*)?$\n(.*?)(?=^## |\Z)"
    match = re.search(pattern, changelog, re.MULTILINE | re.DOTALL)
    if match is None or not match[1].strip():
        raise DevError(f"CHANGELOG.md has no section '## {version}' with something in it.")
    return match[1].strip() + "\n"


def release_date(root: Path = ROOT) -> str:
    """Return the day of this version's heading, else of the last commit: the same source, the same date."""
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    day = re.search(rf"^## {re.escape(read_version(root))} .*?(\d{{4}}-\d\d-\d\d)", changelog, re.MULTILINE)
    if day:
        return day[1]
    command = ["git", "log", "-1", "--format=%cs"]
    result = subprocess.run(command, capture_output=True, text=True, cwd=root, check=False)
    return result.stdout.strip() or "2025-01-01"


def release_moment(root: Path = ROOT) -> datetime.datetime:
    """Return when the release's day begins, UTC: no time in what is built is newer."""
    return datetime.datetime.fromisoformat(f"{release_date(root)}T00:00:00+00:00")


def unsigned_words() -> str:
    """Return what the notes say of downloads that are not signed."""
    words = "".join(text for name, text in UNSIGNED.items() if not os.environ.get(name))
    return "\n### Not signed\n" + words if words else ""


def write_notes(places: Places) -> None:
    """Write the release notes out of the changelog, and what unsigned downloads mean."""
    changelog = (places.root / "CHANGELOG.md").read_text(encoding="utf-8")
    notes = release_notes(changelog, read_version(places.root))
    places.out.mkdir(parents=True, exist_ok=True)
    (places.out / "RELEASE-NOTES.md").write_text(notes + unsigned_words(), encoding="utf-8")


def main(arguments: Sequence[str]) -> None:
    """Compare the tag, if there is one, with the version, and write the notes."""
    version = read_version()
    if list(arguments[:1]) == ["tag"] and arguments[1] != f"v{version}":
        raise DevError(f"The tag is {arguments[1]}, but the program's version is {version}.")
    write_notes(Places())
    say("Wrote RELEASE-NOTES.md")


if __name__ == "__main__":
    main(sys.argv[1:])
