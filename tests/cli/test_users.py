"""The commands about accounts, in one process each as the shell runs them."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from authws_desktop.cli.main import main

HASH = "$2b$10$" + "abcdefghijklmnopqrstuv" + "a" * 31
"""A hash of nobody's password."""


def names(folder: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return who has an account."""
    capsys.readouterr()
    assert main(["user", "list", "--json", "--data-dir", str(folder)]) == 0
    return [json.loads(line)["username"] for line in capsys.readouterr().out.splitlines()]


def test_a_table_of_users_is_imported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the hashes they have; who has none gets a password, which is printed."""
    file = tmp_path / "users.json"
    file.write_text(json.dumps([{"username": "ana", "password": HASH}, {"username": "ben"}]))
    assert main(["user", "import", str(file), "--data-dir", str(tmp_path / "data")]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Imported 2 accounts.\nben\t")
    assert len(out.splitlines()) == 2
    assert HASH not in out
    assert names(tmp_path / "data", capsys) == ["ana", "ben"]


def test_a_line_with_a_problem_imports_nobody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line and the problem are told; `--skip-bad` leaves it out; a list may come by standard input."""
    options = ["user", "import", "-", "--data-dir", str(tmp_path)]

    def typed(text: str) -> None:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text.encode())))

    typed(f"name,hash\nana,{HASH}\nx,{HASH}\n")
    assert main(options) == 1
    told = capsys.readouterr().err
    assert "Line 3: The username must have" in told
    assert "Nothing was imported: 1 of 2 lines have a problem." in told
    assert names(tmp_path, capsys) == []
    typed(f"name,hash\nana,{HASH}\nx,{HASH}\n")
    assert main([*options, "--skip-bad"]) == 0
    assert names(tmp_path, capsys) == ["ana"]


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A sentence, no traceback."""
    assert main(["user", "import", str(tmp_path / "none"), "--data-dir", str(tmp_path)]) == 1
    assert "cannot be read (No such file or directory)" in capsys.readouterr().err
