"""Lists the Python packages that the program is made of, as JSON. Run by the Python that holds them.

Usage: `python inventory.py PACKAGE`: the package and all that it needs, each with licence and texts.
"""

import importlib.metadata
import json
import sys
from typing import Any


def closure(name: str) -> list[importlib.metadata.Distribution]:
    """Return a package and, directly or through others, what it needs on this machine."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    found: dict[str, importlib.metadata.Distribution] = {}
    wanted = [name]
    while wanted:
        key = canonicalize_name(wanted.pop())
        if key in found:
            continue
        found[key] = importlib.metadata.distribution(key)
        needs = map(Requirement, found[key].requires or [])
        wanted += [need.name for need in needs if not need.marker or need.marker.evaluate({"extra": ""})]
    return [found[key] for key in sorted(found)]


def describe(package: importlib.metadata.Distribution) -> dict[str, Any]:
    """Return what the list of parts says of a package."""
    about = package.metadata
    urls = about.get_all("Home-page") or []
    urls += [line.partition(",")[2].strip() for line in about.get_all("Project-URL") or []]
    return {
        "name": about["Name"],
        "version": package.version,
        "licence": licence_of(about),
        "url": next(iter(urls), ""),
        "texts": licence_texts(package),
    }


def licence_of(about: Any) -> str:
    """Return the licence in short: the expression, else the field, else the classifier."""
    stated = about.get("License-Expression") or about.get("License", "")
    if stated and "\n" not in stated.strip() and len(stated) < 80:
        return str(stated.strip())
    classifiers = [c for c in about.get_all("Classifier") or [] if c.startswith("License ::")]
    return classifiers[0].split(" :: ")[-1] if classifiers else "see its text"


def licence_texts(package: importlib.metadata.Distribution) -> list[str]:
    """Return the texts of the licence files in a package's metadata."""
    words = ("licen", "copying", "notice", "authors")
    files = [f for f in package.files or [] if ".dist-info" in str(f.parent)]
    chosen = [f for f in files if any(word in f.name.lower() for word in words) or "licenses" in f.parts]
    return [file.locate().read_text("utf-8", "replace") for file in chosen]  # type: ignore[attr-defined]


if __name__ == "__main__":
    json.dump([describe(package) for package in closure(sys.argv[1])], sys.stdout)
