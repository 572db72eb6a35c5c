"""Copies of this program: its servers of now, and of before, which run beside each other in one run."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.setup import Accounts

ROOT = Path(__file__).parents[2]
_BEFORE = ", before"


@dataclass(frozen=True)
class Tree:
    """One copy of the program.

    Attributes:
        folder: Its root; servers run from there, those of `tests/benchmarks` included.
        accounts: What its servers start with, made by itself: a database may be newer than the other copy.
    """

    folder: Path
    accounts: Accounts


def before(kind: str) -> str:
    """Return the name of a server of the other copy."""
    return kind + _BEFORE


def kind_of(name: str) -> str:
    """Return which server a name means, of whichever copy."""
    return name.removesuffix(_BEFORE)


def is_before(name: str) -> bool:
    """Tell whether a name is of a server of the other copy."""
    return name.endswith(_BEFORE)


@contextmanager
def copy_of(revision_or_folder: str) -> Iterator[Path]:
    """Yield the root of another copy: a folder as it is, or what git knows by a name, for the block's length.

    Raises:
        SystemExit: It is neither, or not this program.
    """
    folder = Path(revision_or_folder)
    if folder.is_dir():
        yield _checked(folder.resolve())
        return
    command = ["git", "-C", str(ROOT), "archive", "--format=tar", revision_or_folder]
    archive = subprocess.run(command, capture_output=True, check=False)
    if archive.returncode:
        raise SystemExit(
            f"{revision_or_folder} is no folder, and git says: {archive.stderr.decode().strip()}"
        )
    with tempfile.TemporaryDirectory(prefix="authws-before-") as name:
        with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
            # Debian 12's own Python, 3.11.2, knows no filters.
            files.extraction_filter = getattr(tarfile, "data_filter", None)
            files.extractall(name)
        yield _checked(Path(name))


def _checked(folder: Path) -> Path:
    if not (folder / "authws_desktop").is_dir() or not (folder / "tests" / "benchmarks").is_dir():
        raise SystemExit(f"{folder} holds no copy of this program.")
    return folder
