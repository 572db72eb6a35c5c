"""The version as each kind of package sorts it: a pre-release before its release, and 10 after 9."""

import re
from typing import NamedTuple

from devtools.processes import DevError

_PYTHONS = re.compile(r"(\d+\.\d+\.\d+)(?:(a|b|rc|\.dev)(\d+))?")
_RANKS = {".dev": 0, "a": 10_000, "b": 20_000, "rc": 30_000, "": 40_000}
"""Where a kind begins in the last number of Windows' four, each of which ends at 65,535."""


class Version(NamedTuple):
    """A version of ours: `1.2.3`, or with one of PEP 440's `a1`, `b1`, `rc1`, `.dev1` behind it.

    Attributes:
        release: `1.2.3`.
        kind: "" for a release.
        number: Of the pre-release.
    """

    release: str
    kind: str
    number: int

    @property
    def tilde(self) -> str:
        """As dpkg and rpm sort it: `~` comes before the end, and two of them before one."""
        mark = "~~" if self.kind == ".dev" else "~"
        return f"{self.release}{mark}{self.kind.strip('.')}{self.number}" if self.kind else self.release

    @property
    def semantic(self) -> str:
        """As npm and winget sort it: what has a `-` comes first, and a number before a word."""
        mark = "0.dev" if self.kind == ".dev" else self.kind
        return f"{self.release}-{mark}.{self.number}" if self.kind else self.release

    @property
    def numbers(self) -> str:
        """As Windows compares files: four numbers."""
        return f"{self.release}.{_RANKS[self.kind] + self.number}"


def parse(version: str) -> Version:
    """Read a version as Python writes it; DevError for one that some package could not sort."""
    found = _PYTHONS.fullmatch(version)
    if found is None:
        raise DevError(f"The version {version} is not like 1.2.3, 1.2.3rc1, 1.2.3b1, 1.2.3a1 or 1.2.3.dev1.")
    return Version(found[1], found[2] or "", int(found[3] or 0))
