"""`ban add`, `ban list` and `ban lift`, as typed."""

from __future__ import annotations

import argparse
import json
import time
from datetime import datetime
from pathlib import Path

import pytest

from authws_desktop.admission.bans import Ban, BanList
from authws_desktop.cli import bans, main


def run(folder: Path, *arguments: str) -> int:
    """Run a command."""
    return main.main(["--data-dir", str(folder), *arguments])


@pytest.fixture
def ana(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A folder with one account."""
    assert run(tmp_path, "user", "add", "ana", "--generate") == 0
    capsys.readouterr()
    return tmp_path


def test_a_user_is_banned_listed_and_lifted(ana: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By name, with an end and a reason."""
    assert run(ana, "ban", "add", "--user", "ANA", "--until", "2h", "--reason", "spam") == 0
    assert capsys.readouterr().out.startswith("Banned ana until 20")
    assert run(ana, "ban", "list", "--json") == 0
    row = json.loads(capsys.readouterr().out)
    assert (row["subject"], row["username"], row["reason"]) == ("user", "ana", "spam")
    assert run(ana, "ban", "list") == 0
    assert "ana" in capsys.readouterr().out
    assert run(ana, "ban", "lift", "Ana") == 0
    assert capsys.readouterr().out == "Lifted the ban of ana.\n"
    assert run(ana, "ban", "list") == 0
    assert capsys.readouterr().out == "Nobody is banned.\n"


def test_an_address_is_banned_for_ever_and_lifted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In any of its forms."""
    assert run(tmp_path, "ban", "add", "--address", "::ffff:203.0.113.9") == 0
    assert capsys.readouterr().out == "Banned 203.0.113.9 for ever.\n"
    assert [ban.value for ban in stored(tmp_path)] == ["203.0.113.9"]
    assert run(tmp_path, "ban", "lift", "::ffff:203.0.113.9") == 0
    assert stored(tmp_path) == []


def stored(folder: Path) -> list[Ban]:
    """Return what is in the file."""
    bans = BanList(folder / "bans.json")
    bans.load()
    return bans.current()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("add", "--address", "127.0.0.1"), "this computer itself"),
        (("add", "--address", "ana"), "is not an IP address"),
        (("add", "--user", "ben"), "There is no account 'ben'"),
        (("add", "--address", "203.0.113.9", "--until", "2001-01-01"), "over already"),
        (("lift", "ben"), "There is no ban of 'ben'"),
    ],
)
def test_what_cannot_be_done_is_said(
    ana: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    """In a sentence on standard error, with status 1; nothing is stored."""
    assert run(ana, "ban", *arguments) == 1
    assert words in capsys.readouterr().err
    assert stored(ana) == []


def test_a_damaged_file_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And left alone."""
    (tmp_path / "bans.json").write_text("{")
    assert run(tmp_path, "ban", "list") == 1
    assert "cannot be understood" in capsys.readouterr().err


@pytest.mark.parametrize("is_before", [True, False])
def test_common_options_count_before_and_after_the_command(tmp_path: Path, is_before: bool) -> None:
    """The folder is the one given, wherever it stands."""
    words = ["ban", "add", "--address", "203.0.113.9"]
    folder = ["--data-dir", str(tmp_path)]
    assert main.main(folder + words if is_before else words + folder) == 0
    assert len(stored(tmp_path)) == 1


def test_ends_are_lengths_or_times() -> None:
    """Minutes to weeks from now, or a local time."""
    for text, length_s in (("30m", 1800), ("2w", 14 * 86_400)):
        before_s = time.time()
        assert before_s + length_s <= bans.moment(text) <= time.time() + length_s
    assert bans.moment("2030-01-31T18:00") == datetime(2030, 1, 31, 18).astimezone().timestamp()
    for wrong in ("", "5", "soon", "-2h", "9999999d", "0001-01-01T00:00+23:00"):
        with pytest.raises(argparse.ArgumentTypeError):
            bans.moment(wrong)
