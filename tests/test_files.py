"""Writing files, where they are, and starting tasks."""

from __future__ import annotations

import asyncio
import logging
import os
import stat
from pathlib import Path

import pytest

from authws_desktop.files import write_atomically
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


@pytest.mark.parametrize(
    "file", ["icons/authws-desktop.svg", "web/index.html", "api/openapi.json", "api/asyncapi.json"]
)
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
