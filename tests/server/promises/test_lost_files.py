"""Files that somebody deletes, replaces, truncates or overwrites under a running server."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from authws_desktop.accounts.store.database import sqlite_url
from authws_desktop.errors import ServiceError
from authws_desktop.files import stamp_of
from authws_desktop.server.service import Service
from tests.own_clients import PASSWORD, HttpClient, eventually, running_service

NOTICED_S = 10.0
"""Two looks of half a second, and room for a busy machine."""


def unlink(file: Path) -> None:
    """Delete the database with all that belongs to it."""
    for each in file.parent.glob(file.name + "*"):
        each.unlink()


def move_away(file: Path) -> None:
    """Move the file alone."""
    file.rename(file.with_name("away.db"))


def rename_over(file: Path) -> None:
    """Put another, sound database in its place."""
    other = file.with_name("other.db")
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE notes (text)")
        connection.commit()
    other.replace(file)


def truncate(file: Path) -> None:
    """Cut it to nothing, in place."""
    os.truncate(file, 0)


def cut_in_half(file: Path) -> None:
    """Cut off its end, in place."""
    os.truncate(file, file.stat().st_size // 2)


def fill_with_garbage(file: Path) -> None:
    """Overwrite it in place."""
    with file.open("r+b") as stream:
        stream.write(b"garbage " * (file.stat().st_size // 8))


def overwrite_the_middle(file: Path) -> None:
    """Leave its header, which looks sound."""
    with file.open("r+b") as stream:
        stream.seek(4096)
        stream.write(b"\xff" * (file.stat().st_size - 4096))


def restore_old_backup(file: Path) -> None:
    """Copy the backup that the test made over it, in place."""
    shutil.copyfile(file.with_name("backup.db"), file)


def delete_the_log(file: Path) -> None:
    """Remove what SQLite has not moved into the file yet."""
    file.with_name(file.name + "-wal").unlink()


DAMAGES = [
    (unlink, "was deleted or moved away"),
    (move_away, "was deleted or moved away"),
    (delete_the_log, "was deleted or moved away"),
    (rename_over, "was replaced or overwritten"),
    (truncate, "was replaced or overwritten"),
    (cut_in_half, "was replaced or overwritten"),
    (fill_with_garbage, "was replaced or overwritten"),
    (overwrite_the_middle, "was replaced or overwritten"),
    (restore_old_backup, "was replaced or overwritten"),
]


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    """Run a server whose database holds something, and has a backup."""
    async with running_service(tmp_path, registration="open") as first:
        await first.accounts.administration.create("ana", PASSWORD)
    shutil.copyfile(tmp_path / "accounts.db", tmp_path / "backup.db")
    async with running_service(tmp_path) as second:
        await second.accounts.administration.create("ben", PASSWORD)
    async with running_service(tmp_path) as service:
        yield service


def folder_content(folder: Path) -> dict[str, bytes]:
    """Return what the database's files hold."""
    return {
        each.name: each.read_bytes()
        for each in sorted(folder.glob("accounts.db*"))
        if "-shm" not in each.name
    }


@pytest.mark.parametrize(("damage", "words"), DAMAGES)
async def test_a_damaged_database_is_noticed_and_left_alone(
    service: Service,
    http: HttpClient,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    damage: Callable[[Path], None],
    words: str,
) -> None:
    """Nothing is acknowledged any more, the host is told what to do, and the files stay as they are."""
    token = (await http.login("ana"))["token"]
    damage(tmp_path / "accounts.db")
    left = folder_content(tmp_path)
    for path, body in (
        ("/auth/register", {"username": "carl", "password": PASSWORD}),
        ("/auth/login", {"username": "ana", "password": PASSWORD}),
        ("/auth/refresh", None),
    ):
        status, answer = await http.post(path, body, token=token)
        assert (status, answer["code"]) == (503, "SERVER_ERROR")
    await eventually(lambda: any(words in each for each in service.troubles), NOTICED_S)
    assert any("estart the program" in each for each in service.troubles)
    assert sum(words in each.getMessage() and each.levelno == logging.WARNING for each in caplog.records) == 1
    await service.close()
    if damage is not delete_the_log:
        assert folder_content(tmp_path) == left


async def test_a_deleted_log_loses_nothing(service: Service, http: HttpClient, tmp_path: Path) -> None:
    """What was acknowledged before is written into the file when the server ends."""
    await http.register("carl")
    delete_the_log(tmp_path / "accounts.db")
    await service.close()
    with closing(sqlite3.connect(tmp_path / "accounts.db")) as connection:
        names = {name for (name,) in connection.execute("SELECT username FROM users")}
    assert names == {"ana", "ben", "carl"}


async def test_a_database_that_is_put_back_works_again(
    service: Service, http: HttpClient, tmp_path: Path
) -> None:
    """Moved away by mistake and back: nothing was lost, and the notice goes."""
    move_away(tmp_path / "accounts.db")
    await eventually(lambda: service.troubles, NOTICED_S)
    (tmp_path / "away.db").rename(tmp_path / "accounts.db")
    await eventually(lambda: not service.troubles, NOTICED_S)
    await http.register("carl")


async def test_another_copy_of_the_program_may_write(
    service: Service, http: HttpClient, tmp_path: Path
) -> None:
    """Its changes move into the file while this one runs; that is no damage, and it is followed."""
    code = "import asyncio, sys; from tests.server.promises.test_lost_files import other_copy; asyncio.run(other_copy(sys.argv[1]))"
    file = tmp_path / "accounts.db"
    before = stamp_of(file)
    assert subprocess.run([sys.executable, "-c", code, str(file)], check=False).returncode == 0
    assert stamp_of(file) != before
    await eventually(lambda: service.accounts.find("user1") is not None)
    await http.register("carl")
    assert service.troubles == []


async def other_copy(file: str) -> None:
    """Add an account in another process, and move it from the log into the file."""
    from authws_desktop.accounts.accounts import Accounts
    from authws_desktop.accounts.keys import SigningKeys

    keys = SigningKeys(Path(file).with_name("secret"))
    accounts = Accounts(sqlite_url(Path(file)), keys, password_cost=4)
    await accounts.open()
    await accounts.administration.create("user1", PASSWORD)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(FULL)")
    await accounts.close()


async def test_a_lost_secret_is_told(service: Service, http: HttpClient, tmp_path: Path) -> None:
    """Tokens go on working; garbage in its place is told too, and left alone."""
    token = (await http.login("ana"))["token"]
    (tmp_path / "secret").unlink()
    await eventually(
        lambda: any("secret's file" in each and "is gone" in each for each in service.troubles), NOTICED_S
    )
    assert (await http.get("/auth/me", token))[0] == 200
    (tmp_path / "secret").write_bytes(b"garbage")
    await eventually(lambda: any("is damaged" in each for each in service.troubles), NOTICED_S)
    assert (await http.get("/auth/me", token))[0] == 200
    assert (tmp_path / "secret").read_bytes() == b"garbage"


async def test_lost_bans_are_told_and_stay(service: Service, tmp_path: Path) -> None:
    """Whoever is banned stays banned until the server ends."""
    ana = service.accounts.find("ana")
    assert ana is not None
    await service.moderation.ban_user(ana.id)
    (tmp_path / "bans.json").unlink()
    await eventually(
        lambda: any("bans" in each and "are gone" in each for each in service.troubles), NOTICED_S
    )
    assert service.bans.of_user(ana.id) is not None


async def test_changed_settings_are_told_and_not_overwritten(service: Service, tmp_path: Path) -> None:
    """Saving is refused until the host decided; moving the file away decides for what is in force."""
    changed = msgspec.structs.replace(service.settings.saved, token_life_s=1000)
    await service.apply(changed)
    file = tmp_path / "settings.toml"
    file.write_bytes(b"version = 1\n")
    await eventually(lambda: any("settings" in each for each in service.troubles), NOTICED_S)
    with pytest.raises(ServiceError, match="changed by another program"):
        await service.apply(msgspec.structs.replace(changed, token_life_s=2000))
    assert file.read_bytes() == b"version = 1\n"
    assert service.settings.values.token_life_s == 1000
    file.unlink()
    await service.apply(msgspec.structs.replace(changed, token_life_s=2000))
    await eventually(lambda: service.troubles == [], NOTICED_S)


async def test_leftovers_of_a_kill_are_removed_at_start(tmp_path: Path) -> None:
    """Of the secret, the bans and the settings."""
    for name in (".secret.abcdefgh", ".bans.json.abcdefgh", ".settings.toml.abcdefgh"):
        (tmp_path / name).write_text("half")
    async with running_service(tmp_path):
        assert not list(tmp_path.glob(".*"))
