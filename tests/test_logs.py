"""The program's own log."""

from __future__ import annotations

import io
import logging
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from authws_desktop import logs
from authws_desktop.logs import LogRing, PrivateFileHandler, close_logging, level_of, set_up_logging
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


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_log_files_are_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest, those before it, and the folder; also where an earlier version let everyone read."""
    monkeypatch.setattr(logs, "MAX_FILE_BYTES", 60)
    paths = DataPaths.under(tmp_path)
    paths.log_dir.mkdir(mode=0o755)
    paths.log_file.touch(mode=0o644)
    set_up_logging(Settings(), paths)
    for _ in range(1 + logs.FILES_KEPT):  # From Python 3.13 on, an empty file is not rotated.
        logging.getLogger("test").info("a line that is long enough to begin a new file")
    files = sorted(paths.log_dir.iterdir())
    assert len(files) == 1 + logs.FILES_KEPT
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(paths.log_dir.stat().st_mode) == 0o700


def test_a_full_disk_costs_lines_and_no_tracebacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What keeps the program from starting must not drown in errors of its own log."""
    set_up_logging(Settings(), DataPaths.under(tmp_path))
    (handler,) = [each for each in logging.getLogger().handlers if isinstance(each, PrivateFileHandler)]

    class Full(io.StringIO):
        def write(self, _text: str) -> int:
            raise OSError(28, "No space left on device")

        def close(self) -> None:
            super().close()
            self.write("what is left")

    handler.close()
    monkeypatch.setattr(handler, "stream", Full())
    logging.getLogger("test").warning("a line")
    close_logging()
    assert capsys.readouterr().err == ""
