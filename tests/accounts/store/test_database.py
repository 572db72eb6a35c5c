"""Opening databases, good and bad."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import Connection, text

from authws_desktop.accounts.errors import StoreError, StoreFailure
from authws_desktop.accounts.store import sqlite
from authws_desktop.accounts.store.database import Database, sqlite_url
from authws_desktop.accounts.store.tables import SCHEMA_VERSION


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the database is, in a folder that does not exist yet."""
    return tmp_path / "data #1 %20 ?é" / "accounts.db"


@pytest.fixture
def made(file: Path) -> Path:
    """A database that was made and closed."""
    database = Database(sqlite_url(file))
    database.open()
    database.close()
    return file


@pytest.fixture
def refused(file: Path) -> Callable[[], StoreError]:
    """Opens a database that cannot be, and checks that its file is untouched."""

    def open_() -> StoreError:
        content = file.read_bytes()
        with pytest.raises(StoreError) as error:
            Database(sqlite_url(file), busy_timeout_s=0.05).open()
        assert file.read_bytes() == content
        return error.value

    return open_


def run(file: Path, *statements: str) -> list[tuple[object, ...]]:
    """Run SQL on a file as another program would; return the rows of the last statement."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        rows: list[tuple[object, ...]] = []
        for statement in statements:
            rows = connection.execute(statement).fetchall()
        return rows


def test_a_new_database_is_made(made: Path) -> None:
    """Folder and file are made, in WAL mode, with the schema's version."""
    assert run(made, "SELECT id, schema_version, revision FROM meta") == [(1, SCHEMA_VERSION, 1)]
    assert run(made, "PRAGMA journal_mode") == [("wal",)]
    assert [entry.name for entry in made.parent.iterdir()] == ["accounts.db"]


@pytest.mark.skipif(os.name != "posix", reason="POSIX rights")
def test_only_the_owner_may_read_the_database(made: Path) -> None:
    """The file holds password hashes: mode 0600."""
    assert stat.S_IMODE(made.stat().st_mode) == 0o600


def test_opening_again_keeps_everything(made: Path) -> None:
    """A second opening changes nothing."""
    run(made, "INSERT INTO users VALUES ('u', 'Ana', 'ana', 'h', 'member', 1.0, NULL, 0, 1, '', NULL, '')")
    database = Database(sqlite_url(made))
    database.open()
    with database.reading() as connection:
        assert connection.execute(text("SELECT username FROM users")).scalar_one() == "Ana"
    database.close()
    database.close()


def test_foreign_keys_hold(made: Path) -> None:
    """Sessions of nobody cannot be stored."""
    database = Database(sqlite_url(made))
    database.open()
    with pytest.raises(StoreError), database.writing() as connection:
        connection.execute(text("INSERT INTO sessions VALUES ('j', 'nobody', 1, 2, NULL, '', '', 'k')"))
    database.close()


def test_an_error_undoes_the_whole_transaction(made: Path) -> None:
    """Half a write is never kept."""
    database = Database(sqlite_url(made))
    database.open()

    def half() -> None:
        with database.writing() as connection:
            connection.execute(text("UPDATE meta SET revision = 99"))
            raise LookupError

    def half_often() -> None:
        with database.writing_often() as driver:
            driver.execute("UPDATE meta SET revision = ?", (99,))
            raise LookupError

    for act in (half, half_often, half):
        with pytest.raises(LookupError):
            act()
        with database.reading() as connection:
            assert connection.execute(text("SELECT revision FROM meta")).scalar_one() == 1
    database.close()


def test_who_writes_often_is_like_the_others(made: Path) -> None:
    """Its commits are seen by them; it keeps no file open; what is locked, gone or closed is said as always."""
    database = Database(sqlite_url(made), busy_timeout_s=0.05)
    database.open()
    with database.writing_often() as driver:
        driver.execute("UPDATE meta SET revision = ?", (7,))
    with database.reading() as connection:
        assert connection.execute(text("SELECT revision FROM meta")).scalar_one() == 7
    with closing(sqlite3.connect(made)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError) as locked, database.writing_often():
            pass
    assert locked.value.failure is StoreFailure.LOCKED
    with database.writing_often() as driver:
        driver.execute("UPDATE meta SET revision = ?", (8,))
    database.close()
    assert [entry.name for entry in made.parent.iterdir()] == ["accounts.db"]
    with pytest.raises(StoreError), database.writing_often():
        pass
    database.open()
    made.unlink()
    with pytest.raises(StoreError) as gone, database.writing_often():
        pass
    assert gone.value.failure is StoreFailure.GONE
    database.close()


@pytest.mark.parametrize("content", [b"this is not a database " * 100, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_damaged_file_is_refused(file: Path, refused: Callable[[], StoreError], content: bytes) -> None:
    """What is no database is left alone, and the sentence says what to do."""
    file.parent.mkdir()
    file.write_bytes(content)
    error = refused()
    assert error.failure is StoreFailure.CORRUPT
    assert str(file) in str(error)
    assert "Restore it from a backup" in str(error)


def test_damage_inside_is_found_at_opening(made: Path, refused: Callable[[], StoreError]) -> None:
    """A good header with broken pages behind it is refused as well."""
    content = bytearray(made.read_bytes())
    content[4096:] = b"\x5a" * (len(content) - 4096)
    made.write_bytes(content)
    assert refused().failure is StoreFailure.CORRUPT


def test_a_newer_database_is_refused(made: Path, refused: Callable[[], StoreError]) -> None:
    """A database from a newer program is left alone."""
    run(made, "UPDATE meta SET schema_version = 99")
    error = refused()
    assert error.failure is StoreFailure.NEWER
    assert "Use the newer program" in str(error)


def test_another_programs_database_is_refused(file: Path, refused: Callable[[], StoreError]) -> None:
    """A database with other tables gets none of ours."""
    file.parent.mkdir()
    run(file, "CREATE TABLE songs (title)")
    assert refused().failure is StoreFailure.FOREIGN
    assert run(file, "SELECT name FROM sqlite_master") == [("songs",)]


def test_a_database_without_its_version_is_refused(made: Path, refused: Callable[[], StoreError]) -> None:
    """An emptied meta table counts as damage."""
    run(made, "DELETE FROM meta")
    assert refused().failure is StoreFailure.CORRUPT


def test_a_locked_database_is_told(made: Path, refused: Callable[[], StoreError]) -> None:
    """Another program that holds the lock is waited for, then the sentence says so."""
    with closing(sqlite3.connect(made, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        error = refused()
        other.execute("ROLLBACK")
    assert error.failure is StoreFailure.LOCKED
    assert "Close that program" in str(error)


@pytest.mark.parametrize("is_let_go", [True, False])
def test_the_switch_to_the_log_waits_for_another_start(
    file: Path, monkeypatch: pytest.MonkeyPatch, is_let_go: bool
) -> None:
    """Two programs that make one database both get it; one that never lets go is told in words."""
    refusals: list[sqlite3.OperationalError] = []
    switch = sqlite.switch_to_wal

    def refuse(connection: object) -> None:
        if is_let_go and len(refusals) == 3:
            return switch(connection)
        refusals.append(sqlite3.OperationalError("database is locked"))
        refusals[-1].sqlite_errorcode = sqlite3.SQLITE_BUSY
        raise refusals[-1]

    monkeypatch.setattr(sqlite, "switch_to_wal", refuse)
    database = Database(sqlite_url(file), busy_timeout_s=60 if is_let_go else 0)
    if is_let_go:
        database.open()
        database.close()
        assert run(file, "PRAGMA journal_mode") == [("wal",)]
        return
    with pytest.raises(StoreError) as error:
        database.open()
    assert error.value.failure is StoreFailure.LOCKED


@pytest.mark.parametrize("suffix", ["", "-wal"])
def test_a_file_that_goes_during_a_write_is_noticed(file: Path, suffix: str) -> None:
    """The commit is no reason to take what is there now for what was opened."""
    database = Database(sqlite_url(file))
    database.open()
    grow = text("UPDATE meta SET revision = revision + 1")
    with database.writing() as connection:
        connection.execute(grow)
    with database.writing() as connection:
        connection.execute(grow)
        gone = file.with_name(file.name + suffix)
        gone.rename(file.with_name("away"))
    with pytest.raises(StoreError) as error, database.reading():
        pass
    assert error.value.failure is StoreFailure.GONE
    database.close()


def test_a_read_only_database_is_told_at_opening(tmp_path: Path) -> None:
    """Not being able to write shows at the start, not at the first login."""
    file = tmp_path / "accounts.db"
    database = Database(sqlite_url(file))
    database.open()
    database.close()
    content = file.read_bytes()
    with pytest.raises(StoreError, match="Allow writing") as error:
        Database(f"sqlite:///file:{file}?mode=ro&uri=true").open()
    assert error.value.failure is StoreFailure.READ_ONLY
    assert file.read_bytes() == content


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """A file in the folder's place: a sentence that says what to do."""
    (tmp_path / "data").write_text("a file")
    database = Database(sqlite_url(tmp_path / "data" / "accounts.db"))
    with pytest.raises(StoreError, match="cannot be opened") as error:
        database.open()
    assert error.value.failure is StoreFailure.UNREACHABLE
    assert (tmp_path / "data").read_text() == "a file"


def test_a_folder_in_the_files_place_is_told(tmp_path: Path) -> None:
    """A folder where the file should be."""
    with pytest.raises(StoreError) as error:
        Database(sqlite_url(tmp_path)).open()
    assert error.value.failure is StoreFailure.UNREACHABLE


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "not valid"),
        ("not a url", "not valid"),
        ("nosuchdb://host/name", "not installed"),
        ("mysql://user:hunter22@host/name", "not installed"),
    ],
)
def test_an_address_that_is_none_is_told(url: str, says: str) -> None:
    """A wrong database address is a sentence, without the password in it."""
    with pytest.raises(StoreError, match=says) as error:
        Database(url).open()
    assert "hunter22" not in str(error.value)


def test_a_closed_database_says_so(made: Path) -> None:
    """Using a database that is not open is an error of its own."""
    with pytest.raises(StoreError, match="is closed"), Database(sqlite_url(made)).reading():
        pass


def add_colour(connection: Connection) -> None:
    """Step up to the next version."""
    connection.execute(text("ALTER TABLE users ADD COLUMN colour TEXT"))


def fail(connection: Connection) -> None:
    """Step up that breaks off halfway."""
    add_colour(connection)
    connection.execute(text("UPDATE nowhere SET x = 1"))


def test_an_older_database_steps_up(made: Path) -> None:
    """Each step runs once, and the version is noted."""
    for _ in range(2):
        database = Database(
            sqlite_url(made), schema_version=SCHEMA_VERSION + 1, upgrades={SCHEMA_VERSION: add_colour}
        )
        database.open()
        database.close()
    assert run(made, "SELECT schema_version FROM meta") == [(SCHEMA_VERSION + 1,)]
    assert run(made, "SELECT colour FROM users") == []


def test_a_step_up_that_fails_leaves_the_old_state(made: Path) -> None:
    """Upgrading is all or nothing."""
    before = run(made, "SELECT sql FROM sqlite_master")
    with pytest.raises(StoreError):
        Database(sqlite_url(made), schema_version=SCHEMA_VERSION + 1, upgrades={SCHEMA_VERSION: fail}).open()
    assert run(made, "SELECT sql FROM sqlite_master") == before
    assert run(made, "SELECT schema_version FROM meta") == [(SCHEMA_VERSION,)]


def test_no_error_shows_values_of_a_statement(made: Path) -> None:
    """A failed write does not put a password hash into any text."""
    database = Database(sqlite_url(made))
    database.open()
    insert = text("INSERT INTO users VALUES ('u', 'A', 'a', :hash, NULL, 1, NULL, 0, 1, '', NULL)")
    with pytest.raises(StoreError) as error, database.writing() as connection:
        connection.execute(insert, {"hash": "$2b$12$hidden"})
    assert "hidden" not in repr(error.value)
    assert error.value.__suppress_context__
    database.close()


def test_a_full_disk_says_so(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the file cannot be made or SQLite finds no room for its log."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", full)
        with pytest.raises(StoreError, match="the disk is full") as refused:
            Database(sqlite_url(file)).open()
    assert refused.value.failure is StoreFailure.FULL
    monkeypatch.setattr(
        "authws_desktop.accounts.store.database_failures.shutil.disk_usage", lambda _: SimpleNamespace(free=0)
    )
    monkeypatch.setattr(Database, "_use_wal", lambda _: _no_room_for_the_log())
    with pytest.raises(StoreError, match="Make room, then try again"):
        Database(sqlite_url(file)).open()


def _no_room_for_the_log() -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
    raise error
