"""Versions sort in every kind of package as Python sorts them."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess

import pytest
from packaging.version import Version as PythonVersion

from devtools.package.versions import parse
from devtools.processes import DevError

ASCENDING = (
    "0.1.0",
    "0.2.0.dev1",
    "0.2.0.dev10",
    "0.2.0a1",
    "0.2.0a9",
    "0.2.0a10",
    "0.2.0b1",
    "0.2.0rc1",
    "0.2.0rc10",
    "0.2.0",
    "0.2.1.dev1",
    "0.10.0",
)


def semantic_key(version: str) -> tuple[list[int], bool, list[tuple[bool, int, str]]]:
    """Return what semver 2.0.0, section 11, compares."""
    release, _, behind = version.partition("-")
    parts = [(not p.isdigit(), int(p) if p.isdigit() else 0, p) for p in behind.split(".")]
    return [int(number) for number in release.split(".")], not behind, parts


def test_they_are_in_pythons_order() -> None:
    """The list itself."""
    assert sorted(ASCENDING, key=PythonVersion) == list(ASCENDING)


@pytest.mark.skipif(not shutil.which("dpkg"), reason="needs dpkg")
def test_dpkg_sorts_them() -> None:
    """By its own judgement; rpm's rule for `~` is the same."""
    for one, next_one in itertools.pairwise(ASCENDING):
        pair = (parse(one).tilde, parse(next_one).tilde)
        assert (
            subprocess.run(["dpkg", "--compare-versions", pair[0], "lt", pair[1]], check=False).returncode
            == 0
        ), pair


def test_npm_and_winget_sort_them() -> None:
    """By the rule of semantic versions, in which numbers are compared as numbers."""
    versions = [parse(each).semantic for each in ASCENDING]
    assert sorted(versions, key=semantic_key) == versions


def test_windows_sorts_them() -> None:
    """Four numbers of 16 bits."""
    versions = [[int(number) for number in parse(each).numbers.split(".")] for each in ASCENDING]
    assert sorted(versions) == versions
    assert all(len(each) == 4 and max(each) < 2**16 for each in versions)


@pytest.mark.parametrize("version", ["1.0", "1.0.0.post1", "1.0.0+local", "1!1.0.0", "1.0.0-rc1"])
def test_what_cannot_be_sorted_is_refused(version: str) -> None:
    """Before anything is built."""
    with pytest.raises(DevError, match=re.escape(version)):
        parse(version)
