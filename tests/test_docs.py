"""The documents name what there is."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*(ROOT / "docs").glob("*.md"), ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md"])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: file.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    """To a file beside it."""
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text("utf-8")):
        assert (document.parent / target).exists(), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: file.name)
def test_every_module_it_names_exists(document: Path) -> None:
    """Named from the root, from the package, or by its last name alone."""
    for name in re.findall(r"`([\w/]+\.py)`", document.read_text("utf-8")):
        found = (ROOT / name).exists() or (ROOT / "authws_desktop" / name).exists()
        assert found or list((ROOT / "authws_desktop").rglob(name)), name


def test_every_command_of_dev_py_exists() -> None:
    """As the documents call it."""
    named = {
        word for file in DOCUMENTS for word in re.findall(r"python3 dev\.py (\w+)", file.read_text("utf-8"))
    }
    assert {"run", "test"} <= named
    for word in named:
        done = subprocess.run(
            ["python3", "dev.py", word, "--help"], cwd=ROOT, capture_output=True, check=False
        )
        assert done.returncode == 0, word
