"""What is inside the parts is told."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.markers import Marker

from devtools.environment import Environment
from devtools.package.inside import (
    inside_python,
    inside_qt,
    inside_wheel,
    licence_in_words,
    shipped_files,
)
from devtools.package.linux import rpm_recipe
from devtools.package.parts import packages_in
from devtools.package.places import Places
from devtools.package.release import read_version
from devtools.processes import ROOT, DevError
from pyinstaller.pruning import QT_LIBRARIES

QT_PARTS = ROOT / "packaging" / "licences" / "qt-parts.toml"


def test_a_wheel_says_what_was_linked_into_it() -> None:
    """Cryptography: crates and OpenSSL with their licences, and no path of the machine that built it."""
    parts = {each["name"]: each for each in inside_wheel(packages_in(Environment())["cryptography"])}
    assert {"pyo3", "openssl", "libc"} <= parts.keys()
    assert [name for name, each in parts.items() if licence_in_words(each) == "see its text"] == []
    assert "file:" not in str(parts)
    assert "bom-ref" not in parts["pyo3"]
    assert inside_wheel(packages_in(Environment())["platformdirs"]) == []


def qt_locked_for(python: str) -> str:
    """Return the version of Qt that packages get which are built with a Python."""
    lock = (ROOT / "packaging" / "locks" / "package.txt").read_text(encoding="utf-8")
    lines = re.findall(r"^pyside6-essentials==(\S+) ; (.*) \\$", lock, re.MULTILINE)
    env = {"python_full_version": f"{python}.0", "python_version": python}
    (version,) = [qt for qt, marker in lines if Marker(marker).evaluate(env)]
    return str(version)


def test_what_others_wrote_of_qt_is_listed_for_the_qt_that_is_shipped() -> None:
    """Of the libraries that are shipped only, by each job that builds a package; another Qt needs another look."""
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8"))[
        "jobs"
    ]
    built = [
        job for name in ("package-linux", "package") for job in jobs[name]["strategy"]["matrix"]["include"]
    ]
    (qt,) = {qt_locked_for(job["python"]) for job in built}
    names = {each["name"] for each in inside_qt(qt, Places())}
    assert {"HarfBuzz in Qt Gui", "zlib in Qt Core"} <= names
    assert ("IAccessible2 in Qt Widgets" in names) == (sys.platform == "win32")
    with pytest.raises(DevError, match="this is Qt 7"):
        inside_qt("7.0.0", Places())
    table = tomllib.loads(QT_PARTS.read_text(encoding="utf-8"))
    for listed in (table["parts"], *table["only"].values()):
        assert set(listed) <= set(QT_LIBRARIES)


def test_what_python_brings_is_told_unless_the_system_does(tmp_path: Path) -> None:
    """Debian's packages are parts of their own; Windows' runtime is told where it lies in the bundle."""
    assert {each["name"] for each in inside_python([], tmp_path)} == {"OpenSSL", "SQLite", "zlib", "Expat"}
    debian = ["libssl3", "libsqlite3-0", "zlib1g", "libexpat1"]
    assert inside_python(debian, tmp_path) == []
    (tmp_path / "VCRUNTIME140.dll".lower()).touch()
    assert [each["name"] for each in inside_python(debian, tmp_path)] == ["Microsoft Visual C++ Runtime"]


def test_all_that_runs_has_a_sum(tmp_path: Path) -> None:
    """Programs and libraries of all systems; links and data have none."""
    for name in ("program", "in/libQt6Core.so.6", "in/Qt6Core.dll", "in/a.pyd", "in/b.dylib", "in/text.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "in" / "libQt6Core.so").symlink_to("libQt6Core.so.6")
    found = {each["name"]: each["hashes"][0]["content"] for each in shipped_files(tmp_path)}
    assert found.keys() == {"program", "in/libQt6Core.so.6", "in/Qt6Core.dll", "in/a.pyd", "in/b.dylib"}
    assert set(found.values()) == {"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}


@pytest.mark.skipif(sys.platform != "linux", reason="Linux' packages")
def test_the_recipe_of_the_rpm_is_filled_in() -> None:
    """Version, needs and tree; no mark is left but the address."""
    recipe = rpm_recipe(Places(), Path("/tree"), ["libX11.so.6()(64bit)"])
    assert f'version: "{read_version()}"' in recipe
    assert 'depends: ["libX11.so.6()(64bit)"]' in recipe
    assert "src: /tree/usr/share/man" in recipe
    assert [line for line in recipe.splitlines() if "@" in line and "maintainer" not in line] == [
        line for line in recipe.splitlines() if line.startswith("# ")
    ][:1]
