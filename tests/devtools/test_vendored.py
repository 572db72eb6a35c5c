"""The npm modules that the web client and the documentation bring along."""

from pathlib import Path

import pytest

from devtools.processes import ROOT
from devtools.vendored import COPIES, FOLDER, original_of


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_is_what_npm_installed(name: str) -> None:
    """Nobody edits a copy, and a newer lock file brings newer copies along."""
    if not original_of(name).is_file():
        pytest.skip("the npm packages are not installed")
    assert (ROOT / name).read_bytes() == original_of(name).read_bytes()


def test_nothing_else_lies_there() -> None:
    """Each file of others is one that is compared."""
    assert {file.name for file in (ROOT / FOLDER).iterdir()} == {
        Path(name).name for name in COPIES if name.startswith(FOLDER)
    }
