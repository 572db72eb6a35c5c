"""Writing files, where they are, and starting tasks."""

from __future__ import annotations

import asyncio
import logging
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from authws_desktop.files import WatchedFile, create_atomically, remove_leftovers, write_atomically
from authws_desktop.paths import DataPaths, resource_dir
from authws_desktop.tasks import start_task


def test_a_file_is_replaced_whole_and_private(tmp_path: Path) -> None:
    """Its folder is made, its mode is 0600, nothing else is left."""
    file = tmp_path / "new" / "file"
    write_atomically(file, b"one")
    write_atomically(file, b"two")
    assert file.read_bytes() == b"two"
    assert os.name != "posix" or stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_a_failed_write_leaves_the_old_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fills up in the middle."""
    file = tmp_path / "file"
    write_atomically(file, b"one")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_atomically(file, b"two")
    assert file.read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who comes second leaves the first one's content, also where files cannot be linked."""
    file = tmp_path / "new" / "file"
    create_atomically(file, b"one")
    create_atomically(file, b"two")

    def no_links(*_: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", no_links)
    create_atomically(file, b"three")
    create_atomically(file.with_name("other"), b"four")
    assert {each.name: each.read_bytes() for each in file.parent.iterdir()} == {
        "file": b"one",
        "other": b"four",
    }


def test_leftovers_of_killed_writers_are_removed(tmp_path: Path) -> None:
    """Those of a process that runs, the file itself and an editor's own files stay."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    stay = {
        "secret",
        f".secret.{os.getpid()}.abcdefgh",
        ".secret.swp",
        ".secrets.abcdefgh",
        ".secret.x.abcdefgh",
    }
    for name in (*stay, ".secret.ab_cd123", f".secret.{process.pid}.abcdefgh"):
        (tmp_path / name).write_text("")
    remove_leftovers(tmp_path / "secret")
    assert {each.name for each in tmp_path.iterdir()} == stay
    remove_leftovers(tmp_path / "no folder" / "secret")


def test_a_killed_writer_is_cleaned_up_after(tmp_path: Path) -> None:
    """What a real process leaves when it is killed before the last step has a name that is recognised."""
    code = "import os, sys; from pathlib import Path; from authws_desktop import files; "
    code += "files.Path.replace = lambda *_: os._exit(9); files.write_atomically(Path(sys.argv[1]), b'half')"
    file = tmp_path / "bans.json"
    assert subprocess.run([sys.executable, "-c", code, str(file)], check=False).returncode == 9
    assert len(list(tmp_path.iterdir())) == 1
    remove_leftovers(file)
    assert list(tmp_path.iterdir()) == []


def test_a_watched_file_tells_what_happened(tmp_path: Path) -> None:
    """Written by others, replaced, gone, back again; what it wrote itself is known."""
    file = tmp_path / "file"
    watched = WatchedFile(file)
    assert (watched.look(), watched.noted) == (None, None)
    watched.write(b"one")
    first = watched.look()
    assert first is not None
    assert first == watched.noted
    file.write_bytes(b"longer")
    second = watched.look()
    assert second is not None
    assert second != first
    assert second.is_same_file(first)
    write_atomically(file, b"longer")
    third = watched.look()
    assert third is not None
    assert not third.is_same_file(first)
    file.rename(tmp_path / "away")
    assert watched.look() is None
    (tmp_path / "away").rename(file)
    watched.note(third)
    assert watched.look() == watched.noted


def test_one_folder_holds_everything(tmp_path: Path) -> None:
    """`--data-dir` keeps tests and portable use apart from the user's own files."""
    paths = DataPaths.under(tmp_path)
    for file in (
        paths.settings_file,
        paths.secret_file,
        paths.database_file,
        paths.log_file,
        paths.window_file,
    ):
        assert file.is_relative_to(tmp_path)


def test_the_user_s_folders_carry_the_program_s_name() -> None:
    """Once, not doubled."""
    paths = DataPaths.of_user()
    for folder in (paths.config_dir, paths.data_dir):
        assert str(folder).count("authws-desktop") == 1


@pytest.mark.parametrize("file", ["icons/authws-desktop.svg", "web/index.html"])
def test_resources_are_found(file: str) -> None:
    """In a checkout at the top level."""
    assert (resource_dir() / file).is_file()


async def test_a_failed_task_is_logged_with_its_name(caplog: pytest.LogCaptureFixture) -> None:
    """Nobody awaits it, and still it does not fail in silence."""

    async def fail() -> None:
        raise RuntimeError("broken")

    task = start_task(fail(), "the task")
    await asyncio.wait([task])
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.ERROR, "Task the task failed")
    ]
    assert caplog.records[0].exc_info is not None


async def test_a_cancelled_task_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Cancelling is how tasks are ended here."""
    task = start_task(asyncio.sleep(60), "sleeper")
    task.cancel()
    await asyncio.wait([task])
    assert not caplog.records
