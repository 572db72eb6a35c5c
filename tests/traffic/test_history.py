"""The history across launches, with real servers and real files."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from authws_desktop.paths import DataPaths
from authws_desktop.server.service import ServerState, Service
from authws_desktop.traffic import history_file
from authws_desktop.traffic.history import History
from authws_desktop.traffic.history_file import HistoryError, HistoryFile, read_page, read_runs
from authws_desktop.traffic.record import Direction, Identity, Kind
from authws_desktop.traffic.recorder import Recorder
from authws_desktop.traffic.ring import TrafficRing
from tests.own_clients import PASSWORD, Join, WsClient, eventually, http_client, running_service, ws_client

MIB = 1024 * 1024


@pytest.fixture
def changes() -> dict[str, Any]:
    """The history is on."""
    return {"history_max_mib": 10}


def fill(ring: TrafficRing, count: int, payload: bytes = b'{"type":"message"}') -> None:
    """Let messages pass."""
    for _ in range(count):
        Recorder(ring).add(Direction.IN, Kind.MESSAGE, Identity(1, "c1", "127.0.0.1"), payload)


def write(file: Path, ring: TrafficRing, max_bytes: int = 10 * MIB) -> None:
    """Write all of a ring as one run."""
    history = HistoryFile(file)
    history.open()
    history.write(ring.after(0), max_bytes)
    history.close()


async def said(client: WsClient, text: str) -> None:
    """Say something and wait until it was heard."""
    await client.send({"type": "message", "content": text})
    await client.expect("message")


async def kept(service: Service) -> None:
    """Wait until everything that passed is written."""
    await eventually(lambda: service.history.seen_number == service.traffic.last_number)


def everything(file: Path) -> bytes:
    """Return what lies on the disk, whatever SQLite makes of it."""
    return b"".join(each.read_bytes() for each in file.parent.glob(f"{file.name}*"))


async def test_rows_survive_a_restart(tmp_path: Path) -> None:
    """Each launch is a stretch of its own; the last row of the first is that it stopped."""
    for text in ("first launch", "second launch"):
        async with (
            running_service(tmp_path, history_max_mib=10) as service,
            http_client(service) as http,
            ws_client(service) as client,
        ):
            answer = await (http.register if text.startswith("first") else http.login)("ana")
            await client.log_in(answer["token"])
            await said(client, text)
        passed = service.traffic.after(0)
    newer, older = await service.history.runs()
    assert newer.last_at >= newer.first_at >= older.last_at
    assert newer.rows == len(passed)
    page = await service.history.page(newer.id)
    found = page.records.after(0)
    assert found == passed
    old = (await service.history.page(older.id)).records.after(0)
    assert next(each.identity.username for each in old if b"first launch" in each.payload) == "ana"
    assert old[-1].detail == "Server stopped."
    assert not [each for each in old if b"second launch" in each.payload]


async def test_it_writes_while_the_server_runs(service: Service, join: Join) -> None:
    """Within a second or so, not only at the end."""
    await said(await join("ana"), "hello")
    await kept(service)
    assert b"hello" in everything(service.paths.history_file)


async def test_it_is_off_by_default(tmp_path: Path) -> None:
    """Then there is no file, and nothing in it."""
    async with running_service(tmp_path) as service, ws_client(service):
        assert not service.history.is_on
    assert list(tmp_path.glob("history*")) == []
    assert await service.history.runs() == []


async def test_it_is_switched_while_the_server_runs(tmp_path: Path) -> None:
    """What passed before and after is not kept; what was kept stays."""
    async with running_service(tmp_path) as service, http_client(service) as http, ws_client(service) as ana:
        await ana.log_in((await http.register("ana"))["token"])
        for text, size in (("too early", 5), ("just right", 0), ("too late", 0)):
            await said(ana, text)
            await service.apply(msgspec.structs.replace(service.settings.saved, history_max_mib=size))
    (run,) = await service.history.runs()
    found = (await service.history.page(run.id)).records.after(0)
    assert [each for each in found if b"just right" in each.payload]
    for unwanted in (b"too early", b"too late"):
        assert unwanted not in everything(service.paths.history_file)


async def test_no_secret_is_in_the_file(service: Service, join: Join) -> None:
    """Neither passwords nor tokens, by whichever way they came."""
    async with http_client(service) as http:
        token = (await http.register("ana"))["token"]
        await http.post("/auth/login", {"username": "ana", "password": "wrong-" + PASSWORD})
        client = await join()
        await client.log_in(token)
        await said(client, f"my token is {token}")
        await client.send({"type": "message", "content": {"password": PASSWORD}})
        await client.expect("message")
    await kept(service)
    found = everything(service.paths.history_file)
    assert b"my token is" in found
    for secret in (token, token.split(".")[2], PASSWORD):
        assert secret.encode() not in found
    assert service.paths.history_file.stat().st_mode & 0o077 == 0


# Size


def test_the_file_stays_within_its_size(tmp_path: Path) -> None:
    """The newest rows are there, the oldest made room, whatever their sizes."""
    file, largest = tmp_path / "history.db", 0
    history = HistoryFile(file)
    history.open()
    ring = TrafficRing()
    for size in (10, 5000, 90_000, 300, 4100) * 3:
        fill(ring, 4 * MIB // (size + 400) // 4, b'"' + b"x" * size + b'"')
        history.write(ring.after(max(0, history_last(file))), 2 * MIB)
        largest = max(largest, file.stat().st_size)
    history.close()
    assert MIB < largest <= 2 * MIB
    (run,) = read_runs(file)
    page = read_page(file, run.id)
    assert page.last == ring.last_number
    assert 0 < run.rows < ring.last_number
    assert not page.has_newer


def history_last(file: Path) -> int:
    """Return the number of the newest row."""
    with closing(sqlite3.connect(file)) as connection:
        return int(connection.execute("SELECT coalesce(max(number), 0) FROM records").fetchone()[0])


def test_a_smaller_size_shrinks_the_file(tmp_path: Path) -> None:
    """The disk gets its space back with the next rows."""
    file, ring = tmp_path / "history.db", TrafficRing()
    fill(ring, 4000, b'"' + b"x" * 1000 + b'"')
    write(file, ring)
    assert file.stat().st_size > 4 * MIB
    after = TrafficRing()
    fill(after, 1)
    write(file, after, MIB)
    assert file.stat().st_size <= MIB
    assert [run.id for run in read_runs(file)] == [2, 1]


def test_a_row_that_would_fill_the_file_loses_its_payload(tmp_path: Path) -> None:
    """And says so; the rows around it stay."""
    file, ring = tmp_path / "history.db", TrafficRing()
    fill(ring, 1, b'"before"')
    fill(ring, 1, b'"' + b"x" * MIB + b'"')
    write(file, ring, MIB)
    before, large = read_page(file, 1).records.after(0)
    assert before.payload == b'"before"'
    assert (large.payload, large.detail) == (b"", "(too large for the history)")
    assert large.size_bytes == MIB + 2


def test_pages_follow_one_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every row is on one page, in order; rows that passed too fast are counted."""
    monkeypatch.setattr(history_file, "PAGE_ROWS", 40)
    file, ring = tmp_path / "history.db", TrafficRing(100)
    fill(ring, 100)
    history = HistoryFile(file)
    history.open()
    history.write(ring.after(0, 60), MIB)
    fill(ring, 65)
    history.write(ring.after(60), MIB)
    history.close()
    (run,) = read_runs(file)
    assert (run.rows, run.missing) == (160, 5)
    page = read_page(file, run.id)
    assert (page.first, page.last, page.has_older, page.has_newer) == (126, 165, True, False)
    pages = [page]
    while pages[-1].has_older:
        pages.append(read_page(file, run.id, before=pages[-1].first))
    assert [(each.first, each.last) for each in pages] == [(126, 165), (86, 125), (41, 85), (1, 40)]
    assert read_page(file, run.id, after=pages[-1].last).first == 41
    monkeypatch.setattr(history_file, "PAGE_BYTES", 1)
    assert (read_page(file, run.id).first, read_page(file, run.id, after=3).first) == (165, 4)
    with pytest.raises(HistoryError, match="made room"):
        read_page(file, 7)


# Trouble


async def test_a_full_disk_stops_the_history_and_not_the_server(
    service: Service, join: Join, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One line in the log, a sentence for the window; afterwards nothing is missing."""
    ana = await join("ana")
    await kept(service)
    real, is_full = history_file.connect, True

    def connect(file: Path) -> sqlite3.Connection:
        connection = real(file)
        if is_full:  # SQLite then says what it says on a full disk
            connection.execute("PRAGMA max_page_count = 1")
        return connection

    monkeypatch.setattr(history_file, "connect", connect)
    await service.apply(msgspec.structs.replace(service.settings.saved, history_max_mib=0))
    await service.apply(msgspec.structs.replace(service.settings.saved, history_max_mib=10))
    with caplog.at_level(logging.WARNING):
        for number in range(40):
            await said(ana, f"{number} " + "x" * 4000)
        await eventually(lambda: service.history.trouble)
    assert "cannot grow: the disk is full" in service.history.trouble
    assert [each.message for each in caplog.records if "history" in each.message] == [
        f"The history stopped: {service.history.trouble}"
    ]
    await said(ana, "still here")
    assert service.state is ServerState.RUNNING
    is_full = False
    service.history.retry()
    assert service.history.trouble == ""
    await kept(service)
    with closing(sqlite3.connect(service.paths.history_file)) as connection:
        rows = [str(row) for (row,) in connection.execute("SELECT row FROM records ORDER BY id")]
    for text in (*(f'"{number} x' for number in range(40)), '"still here'):
        assert len([row for row in rows if text in row.replace("\\", "")]) == 1, text


async def broken(file: Path) -> None:
    """No database at all."""
    file.write_bytes(b"something else " * 1000)


async def cut(file: Path) -> None:
    """Half of a history."""
    ring = TrafficRing()
    fill(ring, 2000)
    write(file, ring)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


async def newer(file: Path) -> None:
    """As a later program might leave it."""
    write(file, TrafficRing())
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA user_version = 2")


async def foreign(file: Path) -> None:
    """Somebody else's database."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE records (x)")


@pytest.mark.parametrize(
    ("make", "words"),
    [(broken, "damaged"), (cut, "damaged"), (newer, "newer version"), (foreign, "is no history")],
)
async def test_a_file_that_cannot_be_used_is_left_as_it_is(tmp_path: Path, make: Any, words: str) -> None:
    """The server runs; the history says why it does not."""
    file = DataPaths.under(tmp_path).history_file
    await make(file)
    before = file.read_bytes()
    async with running_service(tmp_path, history_max_mib=10) as service, ws_client(service) as client:
        await eventually(lambda: service.history.trouble)
        assert client.client_id
        assert words in service.history.trouble
        assert str(file) in service.history.trouble
        with pytest.raises(HistoryError):
            await service.history.page(1)
    assert file.read_bytes() == before
    assert [each.name for each in tmp_path.glob("history*")] == ["history.db"]


@pytest.mark.parametrize(
    ("lose", "words"),
    [
        (lambda file: file.unlink(), "deleted or moved away"),
        (lambda file: file.rename(file.with_name("elsewhere.db")), "deleted or moved away"),
        (lambda file: os.replace(shutil.copy(file, f"{file}.copy"), file), "was replaced"),  # noqa: PTH105
    ],
)
async def test_a_file_that_is_lost_is_noticed(
    service: Service, join: Join, lose: Callable[[Path], object], words: str
) -> None:
    """While nothing passes, too; the server goes on, and a new beginning keeps what has passed since."""
    ana = await join("ana")
    await kept(service)
    lose(service.paths.history_file)
    await eventually(lambda: service.history.trouble)
    assert words in service.history.trouble
    await said(ana, "still here")
    service.history.retry()
    assert service.history.trouble == ""
    await eventually(lambda: service.history.seen_number == service.traffic.last_number)
    (run, *_older) = read_runs(service.paths.history_file)
    page = read_page(service.paths.history_file, run.id)
    assert any(b"still here" in record.payload for record in page.records.after(0))


async def test_a_locked_file_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By another program that does not let go in time."""
    monkeypatch.setattr(history_file, "BUSY_TIMEOUT_S", 0.05)
    file, ring = tmp_path / "history.db", TrafficRing()
    write(file, ring)
    history = History(file, ring)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        history.apply(10)
        fill(ring, 1)
        await eventually(lambda: history.trouble)
        assert "locked by another program" in history.trouble
        other.execute("ROLLBACK")
    history.retry()
    await eventually(lambda: history.seen_number == 1)
    await history.close()
    assert [run.rows for run in read_runs(file)] == [1]


async def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "data").write_text("")
    history = History(tmp_path / "data" / "history.db", TrafficRing())
    history.apply(10)
    await eventually(lambda: history.trouble)
    assert "cannot be used" in history.trouble
    await history.close()
    assert history.trouble == ""


async def test_another_size_goes_on_with_the_same_run(service: Service, join: Join) -> None:
    """Nothing that passes meanwhile is missing, and asking again where all is well changes nothing."""
    ana = await join("ana")
    await said(ana, "before")
    await service.apply(msgspec.structs.replace(service.settings.saved, history_max_mib=20))
    service.history.retry()
    service.history.apply(20)
    await said(ana, "after")
    await kept(service)
    (run,) = await service.history.runs()
    assert run.missing == 0
    content = everything(service.paths.history_file)
    assert b"before" in content
    assert b"after" in content


def test_an_empty_file_holds_no_runs(tmp_path: Path) -> None:
    """As it is left by a program that ended right after making it."""
    file = tmp_path / "history.db"
    file.touch()
    assert read_runs(file) == []


def test_a_row_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    """Instead of a page with a hole."""
    file, ring = tmp_path / "history.db", TrafficRing()
    fill(ring, 3)
    write(file, ring)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE records SET row = 'x' WHERE number = 2")
    with pytest.raises(history_file.HistoryError, match="damaged"):
        read_page(file, 1)


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """All rows of a write are there, or none."""
    file, ring = tmp_path / "history.db", TrafficRing()
    fill(ring, 3)
    write(file, ring)

    def fail(connection: sqlite3.Connection) -> None:
        with history_file._transaction(connection):
            connection.execute("DELETE FROM records")
            raise sqlite3.OperationalError("disk I/O error")

    with (
        closing(history_file.connect(file)) as connection,
        pytest.raises(sqlite3.OperationalError, match="I/O"),
    ):
        fail(connection)
    assert read_runs(file)[0].rows == 3


def test_a_transaction_that_sqlite_ended_is_no_second_error(tmp_path: Path) -> None:
    """SQLite rolls back by itself where a disk is full; the error that is told is the first one."""
    file = tmp_path / "history.db"
    write(file, TrafficRing())

    def fail(connection: sqlite3.Connection) -> None:
        with history_file._transaction(connection):
            connection.execute("ROLLBACK")
            raise sqlite3.OperationalError("database or disk is full")

    with (
        closing(history_file.connect(file)) as connection,
        pytest.raises(sqlite3.OperationalError, match="full"),
    ):
        fail(connection)
