"""What others need to offer a release: winget, Homebrew, Flathub, and the window that looks for a newer one.

The release workflow runs `python -m devtools.package.stores FOLDER HOMEPAGE` when the packages lie in FOLDER.
"""

import json
import re
import sys
from pathlib import Path

from devtools.package.installers import setup_name
from devtools.package.places import Places, fill
from devtools.package.release import read_version, release_date
from devtools.package.versions import parse
from devtools.processes import DevError, say, sha256_of


def write_store_files(folder: Path, homepage: str, places: Places) -> None:
    """Fill in the templates beside the packages that they are about.

    Args:
        folder: Holds the packages, and gets the files.
        homepage: Address of the repository; its releases are where the packages will be.
        places: Of the templates and the version.

    Raises:
        DevError: A package is missing.
    """
    version = read_version(places.root)
    files = f"{homepage}/releases/download/v{version}"
    values = {
        "VERSION": version,
        "SEMANTIC": parse(version).semantic,
        "DATE": release_date(places.root),
        "HOMEPAGE": homepage,
        "FILES": files,
        "PAGE": f"{homepage}/releases/tag/v{version}",
        "INSTALLERS": json.dumps(windows_installers(folder, files, version)),
    }
    for template in (places.recipes / "stores").iterdir():
        text = re.sub("@SHA256 ([^@]+)@", lambda found: sha256(folder / found[1]), fill(template, values))
        (folder / template.name).write_text(text, encoding="utf-8", newline="\n")


def windows_installers(folder: Path, files: str, version: str) -> list[dict[str, str]]:
    """Return winget's list of setup programs: that for x64, and that for ARM where it was built."""
    names = {machine: setup_name(version, machine) for machine in ("x64", "arm64")}
    return [
        {"Architecture": machine, "InstallerUrl": f"{files}/{name}", "InstallerSha256": sha256(folder / name)}
        for machine, name in names.items()
        if machine == "x64" or (folder / name).is_file()
    ]


def sha256(file: Path) -> str:
    """Return a file's sum; DevError if it is not there."""
    if not file.is_file():
        raise DevError(f"{file.name} was not built, and the files for the stores name it.")
    return sha256_of(file)


if __name__ == "__main__":
    write_store_files(Path(sys.argv[1]), sys.argv[2], Places())
    say("Wrote the files for the stores.")
