"""The program's own log."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from authws_desktop.logs import LogRing, close_logging, level_of, set_up_logging
from authws_desktop.paths import DataPaths
from authws_desktop.settings import Settings

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


@pytest.fixture(autouse=True)
def restored_logging() -> Iterator[None]:
    level = logging.getLogger().level
    yield
    close_logging()
    logging.getLogger().setLevel(level)


def test_lines_go_to_file_and_ring(tmp_path: Path) -> None:
    """Numbered from 1, read by what came after."""
    ring, paths = LogRing(max_lines=3), DataPaths.under(tmp_path)
    set_up_logging(Settings(), paths, ring=ring)
    for number in range(5):
        logging.getLogger("test").info("line %d", number)
    assert [line.text for line in ring.after(0)] == ["line 2", "line 3", "line 4"]
    assert [line.number for line in ring.after(4)] == [5]
    assert ring.after(5) == []
    assert "line 0" in paths.log_file.read_text("utf-8")


def test_secrets_are_hidden_in_messages_and_tracebacks(tmp_path: Path) -> None:
    """Even if a mistake put one there."""
    ring, paths = LogRing(), DataPaths.under(tmp_path)
    set_up_logging(Settings(), paths, ring=ring)
    try:
        raise ValueError(f'{{"password": "hunter22"}} {TOKEN}')
    except ValueError:
        logging.getLogger("test").exception("token %s", TOKEN)
    text = ring.after(0)[0].text + paths.log_file.read_text("utf-8")
    assert "Traceback" in text
    assert TOKEN not in text
    assert "hunter22" not in text


def test_a_folder_that_cannot_be_written_costs_only_the_file(tmp_path: Path) -> None:
    """The window's log says so."""
    (tmp_path / "logs").write_text("in the way")
    ring = LogRing()
    set_up_logging(Settings(), DataPaths.under(tmp_path), ring=ring)
    assert "No log file can be written" in ring.after(0)[0].text


@pytest.mark.parametrize(
    ("environment", "level", "expected"),
    [
        ("production", "", logging.INFO),
        ("development", "", logging.DEBUG),
        ("development", "warning", logging.WARNING),
    ],
)
def test_the_level_follows_environment_and_setting(environment: str, level: str, expected: int) -> None:
    """The more specific one wins."""
    settings = msgspec.convert({"environment": environment, "log_level": level}, Settings)
    assert level_of(settings) == expected
