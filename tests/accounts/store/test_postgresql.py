"""A PostgreSQL that is frozen: connections stay open, and nothing is ever answered."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from authws_desktop.accounts.errors import StoreError, StoreFailure
from authws_desktop.accounts.store import database as database_module
from authws_desktop.accounts.store import postgresql
from authws_desktop.accounts.store.database import Database
from tests.engines import Postgres

SELECT = text("SELECT revision FROM meta")


@pytest.fixture
def database(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """An open database that does not wait long."""
    for name, value in (("CONNECT_S", 2), ("PING_S", 0.5), ("SILENCE_S", 0.5)):
        monkeypatch.setattr(postgresql, name, value)
    monkeypatch.setattr(postgresql.TimedConnection, "silence_s", 0.5)
    opened = Database(postgres.new_database())
    opened.open()
    yield opened
    postgres.thaw()
    opened.close()


def attempt(database: Database) -> StoreFailure | None:
    """Read; return what came of it."""
    try:
        with database.reading() as connection:
            connection.execute(SELECT)
    except StoreError as error:
        return error.failure
    return None


def test_a_silent_server_counts_as_away(database: Database, postgres: Postgres) -> None:
    """Between two transactions: that is found out, said, and over when it answers again."""
    postgres.freeze()
    assert attempt(database) is StoreFailure.UNREACHABLE
    postgres.thaw()
    while attempt(database) is not None:
        pass


def test_a_statement_that_is_not_answered_ends(database: Database, postgres: Postgres) -> None:
    """In the middle of a transaction, which is as good as never begun."""

    def write() -> None:
        with database.writing() as connection:
            connection.execute(text("UPDATE meta SET revision = 99"))
            postgres.freeze()
            connection.execute(SELECT)

    with pytest.raises(StoreError, match="no answer"):
        write()
    postgres.thaw()
    while attempt(database) is not None:
        pass
    with database.reading() as connection:
        assert connection.execute(SELECT).scalar_one() == 1


def test_who_queued_behind_does_not_wait_as_well(
    database: Database, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was just found silent is not asked again for a while."""
    monkeypatch.setattr(database_module, "_AWAY_S", 3600.0)
    postgres.freeze()
    assert attempt(database) is StoreFailure.UNREACHABLE
    postgres.thaw()  # nobody asks, so nobody learns
    assert [attempt(database) for _ in range(20)] == [StoreFailure.UNREACHABLE] * 20


def test_the_server_gives_up_before(database: Database) -> None:
    """It is left with no statement that nobody waits for; waits for locks end, too."""
    with database.reading() as connection:
        shown = [
            connection.execute(text(f"SHOW {name}_timeout")).scalar_one() for name in ("statement", "lock")
        ]
    assert shown == ["8s", "5s"]
    assert postgresql.PING_S < postgresql.STATEMENT_S < 10.0


def test_a_long_answer_that_flows_is_no_silence(database: Database) -> None:
    """What counts is the time without a byte."""
    slow = text("SELECT repeat('x', 100000), pg_sleep(0.05) FROM generate_series(1, 40)")
    with database.reading() as connection:
        assert len(connection.execute(slow).all()) == 40
