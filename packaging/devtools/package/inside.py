"""What is inside the parts: in wheels, in Qt, in Python; and the sums of what is shipped.

Wheels of late tell themselves what was linked into them (PEP 770). Qt's do not: what others wrote of it is in
`licences/qt-parts.toml`. Python tells the versions of the libraries that it brings on Windows and macOS.
"""

import json
import platform
import pyexpat
import re
import sqlite3
import ssl
import sys
import tomllib
import zlib
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution
from pathlib import Path
from typing import Any
from urllib.parse import quote

from packaging.utils import canonicalize_name

from devtools.environment import Environment
from devtools.package.places import Places
from devtools.processes import DevError, sha256_of

Component = dict[str, Any]
BINARY = re.compile(r"\.(?:so|dylib|dll|pyd|exe)(?:\.[\d.]+)?$")
_KEPT = ("type", "name", "version", "licenses", "purl", "hashes", "externalReferences")
_SILENT = {"openssl": "Apache-2.0"}
"""Licences that the lists in wheels leave out."""


def make_component(name: str, version: str, licence: str, kind: str = "generic") -> Component:
    """Return a part that is no Python package as CycloneDX writes it; `licence` is SPDX, or ""."""
    purl = f"pkg:{kind}/{re.sub('[^A-Za-z0-9.]+', '-', name)}@{quote(version)}"
    licences = [{"expression": licence} if licence else {"license": {"name": "see its text"}}]
    part = {"type": "library", "bom-ref": purl, "name": name, "version": version}
    return {**part, "licenses": licences, "purl": purl}


def inside_wheel(package: Distribution) -> list[Component]:
    """Return what a wheel says that it was made of: crates of Rust, OpenSSL."""
    found = []
    for file in package.files or []:
        if "sboms" in file.parts and file.name.endswith(".json"):
            listed = json.loads(Path(str(file.locate())).read_text(encoding="utf-8"))
            found += [_short(each) for each in listed.get("components", []) if each["type"] == "library"]
    name = canonicalize_name(package.metadata["Name"])
    return [each for each in found if canonicalize_name(each["name"]) != name]


def _short(component: Component) -> Component:
    """Return a component without the paths of the machine that its wheel was built on."""
    kept = {key: component[key] for key in _KEPT if key in component}
    if component["name"] in _SILENT and "licenses" not in kept:
        kept["licenses"] = [{"expression": _SILENT[component["name"]]}]
    if "file:" in kept.get("purl", ""):
        kept["purl"] = kept["purl"].partition("?")[0]
    return kept


def inside_qt(qt: str, places: Places) -> list[Component]:
    """Return what others wrote of Qt's libraries; DevError where the list is of another Qt."""
    table = tomllib.loads((places.recipes / "licences" / "qt-parts.toml").read_text(encoding="utf-8"))
    if not qt.startswith(f"{table['qt']}."):
        raise DevError(
            f"packaging/licences/qt-parts.toml is of Qt {table['qt']}, and this is Qt {qt}: build with "
            "Python 3.11, or look through Qt's own list anew."
        )
    rows = [
        (f"{name} in Qt {library}", licence)
        for parts in (table["parts"], table["only"].get(sys.platform, {}))
        for library, listed in parts.items()
        for name, licence in listed
    ]
    return [make_component(name, qt, licence) | {"bom-ref": f"qt:{name}"} for name, licence in rows]


def inside_python(owners: Iterable[str], bundle: Path) -> list[Component]:
    """Return the libraries that Python brings, where they are no packages of the system.

    Args:
        owners: Names of the system's packages whose libraries lie in the bundle.
        bundle: The program's folder.
    """
    found = [
        ("OpenSSL", ssl.OPENSSL_VERSION.split()[1], "Apache-2.0", "libssl"),
        ("SQLite", sqlite3.sqlite_version, "blessing", "libsqlite3"),
        ("zlib", zlib.ZLIB_RUNTIME_VERSION, "Zlib", "zlib1g"),
        ("Expat", ".".join(map(str, pyexpat.version_info)), "MIT", "libexpat"),
    ]
    owned = tuple(owners)
    rows = [row[:3] for row in found if not any(owner.startswith(row[3]) for owner in owned)]
    if list(bundle.rglob("vcruntime*.dll")):
        rows.append(("Microsoft Visual C++ Runtime", platform.python_compiler(), "LicenseRef-Microsoft"))
    return [make_component(name, version, licence) for name, version, licence in rows]


def archive_sums(environment: Environment, lock: Path) -> dict[str, str]:
    """Return the SHA-256 of the archive that each Python package comes from here, as pip chooses it."""
    report = environment.folder / "pip-report.json"
    choose = ["install", "--dry-run", "--ignore-installed", "--no-deps", "--only-binary", ":all:"]
    environment.pip(*choose, "--report", report, "-r", lock)
    listed = json.loads(report.read_text(encoding="utf-8"))["install"]
    return {
        canonicalize_name(each["metadata"]["name"]): each["download_info"]["archive_info"]["hashes"]["sha256"]
        for each in listed
    }


def with_sum(component: Component, sha256: str) -> Component:
    """Return a component with a SHA-256."""
    return component | {"hashes": [{"alg": "SHA-256", "content": sha256}]}


def shipped_files(bundle: Path) -> Iterator[Component]:
    """Yield every program and library in the bundle, with its SHA-256."""
    for file in sorted(bundle.rglob("*")):
        is_program = file.parent == bundle or BINARY.search(file.name)
        if is_program and file.is_file() and not file.is_symlink():
            name = file.relative_to(bundle).as_posix()
            yield with_sum({"type": "file", "bom-ref": f"file:{name}", "name": name}, sha256_of(file))


def licence_in_words(component: Component) -> str:
    """Return a component's licence in short."""
    licences = [each.get("license", {}) | each for each in component.get("licenses", [])]
    words = [each.get("expression") or each.get("id") or each.get("name", "") for each in licences]
    chosen = [word.split(" :: ")[-1] for word in words if not word.startswith("declared license")]
    return ", ".join(chosen) or "see its text"
