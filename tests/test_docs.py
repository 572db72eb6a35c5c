"""The documents name what there is."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from authws_desktop.cli.main import build_parser

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("[A-Z]*.md"), *(ROOT / "docs").glob("*.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: file.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    """To a file beside it."""
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text("utf-8")):
        assert (document.parent / target).exists(), target


def test_every_picture_is_made_by_a_test() -> None:
    """`e2e/test_pictures.py` draws the window, `bench -- --save` the chart."""
    named = {
        (document.parent / target).resolve().relative_to(ROOT).as_posix()
        for document in DOCUMENTS
        for target in re.findall(
            r"[(\"]([^()\"\s]+\.(?:png|svg|jpe?g|gif))[)\"]", document.read_text("utf-8")
        )
    }
    assert named == {f"tests/screenshots/window-{look}.png" for look in ("light", "dark")} | {
        "tests/benchmarks/chart.png"
    }


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


def test_every_command_of_the_program_exists() -> None:
    """`authws-desktop WORDS`, as the documents call it; those in blocks are run by `e2e/test_documents.py`."""
    named = {
        words.strip()
        for file in DOCUMENTS
        for words in re.findall(r"`authws-desktop ((?:[a-z]+ ?)+)", file.read_text("utf-8"))
    }
    assert {"serve", "secret show", "traffic export"} <= named
    for words in named:
        with pytest.raises(SystemExit) as left:
            build_parser().parse_args([*words.split(), "--help"])
        assert left.value.code == 0, words
