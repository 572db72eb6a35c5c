"""PostgreSQL as the database: opened by several at once, restarted, read-only, away."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from authws_desktop.accounts.errors import StoreError, StoreFailure
from authws_desktop.accounts.store.database import Database
from authws_desktop.accounts.store.tables import SCHEMA_VERSION
from tests.engines import Postgres


def test_several_that_open_an_empty_database_at_once_make_it_once(postgres: Postgres) -> None:
    """The first makes the tables, the others wait for it, and all of them can write."""
    together = threading.Barrier(8)
    for _ in range(3):
        url = postgres.new_database()

        def open_one(url: str = url) -> int:
            database = Database(url)
            together.wait()
            database.open()
            with database.writing() as connection:
                connection.execute(text("UPDATE meta SET revision = revision + 1"))
            with database.reading() as connection:
                version: int = connection.execute(text("SELECT schema_version FROM meta")).scalar_one()
            database.close()
            return version

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(lambda _: open_one(), range(8))) == [SCHEMA_VERSION] * 8
        database = Database(url)
        database.open()
        with database.reading() as connection:
            assert connection.execute(text("SELECT revision FROM meta")).scalar_one() == 9
        database.close()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_usual_scheme_is_understood(postgres_url: str, scheme: str) -> None:
    """Providers hand out `postgres://`."""
    database = Database(postgres_url.replace("postgresql", scheme, 1))
    database.open()
    database.close()


def test_reading_sees_one_state(postgres_url: str) -> None:
    """What others commit in the middle of reading is not seen."""
    reader, writer = Database(postgres_url), Database(postgres_url)
    reader.open()
    writer.open()
    with reader.reading() as connection:
        before = connection.execute(text("SELECT revision FROM meta")).scalar_one()
        with writer.writing() as other:
            other.execute(text("UPDATE meta SET revision = revision + 1"))
        assert connection.execute(text("SELECT revision FROM meta")).scalar_one() == before
    reader.close()
    writer.close()


def test_a_restart_is_survived(postgres: Postgres) -> None:
    """While it is away that is said; afterwards everything goes on without being opened again."""
    database = Database(postgres.new_database())
    database.open()
    postgres.stop()
    with pytest.raises(StoreError) as away, database.reading():
        pass
    assert away.value.failure is StoreFailure.UNREACHABLE
    assert "tests@127.0.0.1" in str(away.value)
    postgres.start()
    with database.writing() as connection:
        connection.execute(text("UPDATE meta SET revision = revision + 1"))
    database.close()


def test_a_read_only_server_is_told_at_opening(postgres_url: str) -> None:
    """A standby, or a primary that was demoted, shows itself at the start."""
    database = Database(postgres_url)
    database.open()
    database.close()
    with pytest.raises(StoreError) as refused:
        Database(postgres_url + "%20-cdefault_transaction_read_only%3Don").open()
    assert refused.value.failure is StoreFailure.READ_ONLY
    assert "standby" in str(refused.value)


def test_one_that_turns_read_only_is_told(postgres: Postgres) -> None:
    """A primary that was demoted under a running server: reading goes on, writing says why not."""
    url = postgres.new_database()
    database = Database(url)
    database.open()
    with database.writing() as connection:
        connection.execute(text("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"))
    write = text("UPDATE meta SET revision = revision + 1")
    with pytest.raises(StoreError) as refused, database.writing() as connection:
        connection.execute(write)
    assert refused.value.failure is StoreFailure.READ_ONLY
    with database.reading() as connection:
        assert connection.execute(text("SELECT revision FROM meta")).scalar_one() == 1
    database.close()


def test_a_password_is_in_no_sentence(postgres: Postgres) -> None:
    """The address is shown without it."""
    with pytest.raises(StoreError) as refused:
        Database(f"postgres://tests:hunter22@127.0.0.1:{postgres.port}/nothing").open()
    assert "nothing" in str(refused.value)
    assert "hunter22" not in str(refused.value)
