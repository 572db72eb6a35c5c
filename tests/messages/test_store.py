"""The statements of the store: what they touch, and how few they are."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import event

from authws_desktop.accounts.store.database import Database, Driver, sqlite_url
from authws_desktop.messages import store
from authws_desktop.messages.kept import DeliveryState, Kept
from authws_desktop.messages.rows import MOST_ROWS_A_STATEMENT
from authws_desktop.messages.store import SLACK_PART, ConversationSearch
from tests.engines import Postgres


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An open database with a store."""
    made = Database(sqlite_url(tmp_path / "accounts.db"))
    made.open()
    with made.writing() as db:
        store.state(db)
    yield made
    made.close()


@pytest.fixture
def statements(database: Database) -> list[tuple[str, Any]]:
    """Every statement that is run from now on, with its values."""
    found: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, text: str, values: Any, *_more: object) -> None:
        found.append((text, values))

    event.listen(database._opened(), "before_cursor_execute", note)
    return found


def direct(number: int, state: DeliveryState = DeliveryState.DONE) -> Kept:
    """A message from one of two users to the other."""
    sender, recipient = ("ana", "ben") if number % 2 else ("ben", "ana")
    content = str(number).encode()
    return Kept(
        0, float(number), sender, "c", sender, recipient, recipient, content, state=state, expires_at=9.0
    )


def everything(database: Database) -> list[Kept]:
    """All messages, page by page."""
    found: list[Kept] = []
    with database.reading() as db:
        while not (page := store.everything(db, found[-1].number if found else 0)).is_last:
            found += page.messages
    return found + page.messages


@pytest.mark.parametrize("count", [1, 2, 63, 64, 65, 200])
def test_a_batch_is_few_statements(database: Database, count: int) -> None:
    """And each message is stored once, in order, as it was."""
    batch = [direct(number) for number in range(count)]
    texts: list[str] = []
    with database.writing_often() as driver:

        def execute(text: str, values: Sequence[Any]) -> Any:
            texts.append(text)
            return driver.execute(text, values)

        store.add(Driver(execute, is_sqlite=True), batch, 1000)
    assert len(texts) == 2 + math.ceil(count / MOST_ROWS_A_STATEMENT)
    assert everything(database) == batch
    assert [each.number for each in batch] == list(range(1, count + 1))


def test_what_is_too_much_goes_together(database: Database) -> None:
    """Not with each message: some more than the limit are kept until a part of it has gathered."""
    most = 10 * SLACK_PART
    kept = []
    for number in range(most + 25):
        with database.writing_often() as driver:
            store.add(driver, [direct(number)], most)
        kept.append(len(everything(database)) if number > most - 2 else 0)
    assert max(kept) == most + 10
    assert kept[most - 1 :] == [most + extra for extra in (*range(11), *range(11), *range(4))]


def test_what_is_looked_up_has_its_index(database: Database, statements: list[tuple[str, Any]]) -> None:
    """One user's directs, and what waits, are found without reading what was said to everyone."""
    with database.writing_often() as driver:
        store.add(driver, [direct(number, DeliveryState.QUEUED) for number in range(10)], 1000)
    with database.writing() as db:
        store.acknowledge(db, "ana", 5)
        store.waiting_counts(db)
        store.expire(db, 1.0)
        asked = list(statements)
        for text, values in asked:
            plan = [row[3] for row in db.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)]
            assert any("messages_by_" in step for step in plan), (text, plan)
            assert not [step for step in plan if step == "SCAN messages"], (text, plan)
    assert len(asked) == 4


def test_directs_are_looked_for_a_part_at_a_time(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """However far back they are, no look reads more than a part; the pages are as if it were one."""
    monkeypatch.setattr(store, "SEARCHED_ROWS", 10)
    with database.writing_often() as driver:
        to_everyone = [Kept(0, 1.0, "kim", "c", "kim", "", "", b"0") for _ in range(45)]
        store.add(driver, [direct(0), direct(1), direct(2), *to_everyone, direct(3), direct(4)], 1000)
    found: list[bytes] = []
    looks, before = 0, None
    while True:
        search = ConversationSearch("ana", "ben", 2, 1000, before)
        while not search.is_over:
            with database.reading() as db:
                search = store.between(db, search)
            looks += 1
        found += [each.content for each in search.found]
        if not search.has_more:
            break
        before = search.found[-1].number
    assert found == [b"4", b"3", b"2", b"1", b"0"]
    assert looks == 11
    with database.reading() as db:
        assert store.between(db, ConversationSearch("ana", "kim", 2, 1000, None)).found == []


def test_two_that_begin_at_once_share_one_store(postgres: Postgres, postgres_url: str) -> None:
    """Each finds none; the one that comes second waits for the first, and takes what it made."""
    first, second = Database(postgres_url), Database(postgres_url)
    first.open()
    second.open()

    def begin() -> store.StoreState:
        with second.writing() as db:
            return store.state(db)

    waiting = f"host=127.0.0.1 port={postgres.port} user=tests dbname=postgres"
    with ThreadPoolExecutor(1) as threads, psycopg.connect(waiting, autocommit=True) as watcher:
        with first.writing() as db:
            made = store.state(db)
            late = threads.submit(begin)
            while not late.done():
                if watcher.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone():
                    break
        assert late.result() == made
    first.close()
    second.close()
