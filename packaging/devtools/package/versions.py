"""The version as each kind of package sorts it: a pre-release before its release, and 10 after 9."""

import re
from typing import NamedTuple

from devtools.processes import DevError

_PYTHONS = re.compile(r"(\d+\.\d+\.\d+)(?:(a|b|rc|\.dev)(\d+))?")
_KINDS = {
    ".dev": ("~~dev", "0.dev", 0),
    "a": ("~a", "a", 10_000),
    "b": ("~b", "b", 20_000),
    "rc": ("~rc", "rc", 30_000),
}
_RELEASE = 40_000


class Version(NamedTuple):
    """A version of ours: `1.2.3`, or with one of PEP 440's `a1`, `b1`, `rc1`, `.dev1` behind it.

    Attributes:
        tilde: As dpkg and rpm sort it: `~` comes before the end, and two of them before one.
        semantic: As npm and winget sort it: what has a `-` comes first, and a number before a word.
        numbers: As Windows compares files: four numbers, each up to 65,535.
    """

    tilde: str
    semantic: str
    numbers: str


def parse(version: str) -> Version:
    """Read a version as Python writes it; DevError for one that some package could not sort."""
    found = _PYTHONS.fullmatch(version)
    if found is None:
        raise DevError(f"The version {version} is not like 1.2.3, 1.2.3rc1, 1.2.3b1, 1.2.3a1 or 1.2.3.dev1.")
    release, kind, number = found.groups()
    if not kind:
        return Version(release, release, f"{release}.{_RELEASE}")
    tilde, semantic, rank = _KINDS[kind]
    return Version(
        f"{release}{tilde}{number}", f"{release}-{semantic}.{number}", f"{release}.{rank + int(number)}"
    )
