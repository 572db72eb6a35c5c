"""A database from version 1, made by the program of that time, steps up without losing anything."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from authws_desktop.accounts.accounts import Accounts
from authws_desktop.accounts.errors import AccountDisabled
from authws_desktop.accounts.keys import SigningKeys
from authws_desktop.accounts.models import Role
from authws_desktop.accounts.networks import network_of
from authws_desktop.accounts.store.database import Database, sqlite_url
from authws_desktop.accounts.store.tables import SCHEMA_VERSION
from tests.accounts.conftest import Clock

MADE_BY_VERSION_1 = Path(__file__).parents[1] / "data" / "accounts-v1.db"
"""Ana (a member, "correct horse", logged in), bob (a host, with a token), éve (disabled)."""


def _affinity(kind: str) -> str:
    """Return a column's type without what SQLite does not heed."""
    return re.sub(r"\(\d+\)", "", kind.replace("DOUBLE PRECISION", "DOUBLE"))


def schema(file: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return columns (name, affinity, whether null, key) and indexes of each table."""
    with closing(sqlite3.connect(file)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        found = {}
        for (table,) in tables.fetchall():
            columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
            indexes = connection.execute(f"PRAGMA index_list({table})").fetchall()
            found[table] = [
                *((c[1], _affinity(c[2]), c[3], c[4], c[5]) for c in columns),
                *sorted((i[1], i[2]) for i in indexes),
            ]
        return found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A copy of the old database."""
    return Path(shutil.copy(MADE_BY_VERSION_1, tmp_path / "accounts.db"))


@pytest.fixture
async def accounts(file: Path, tmp_path: Path, clock: Clock) -> AsyncIterator[Accounts]:
    """Accounts on the old database."""
    keys = SigningKeys(tmp_path / "secret", override="the secret of the version 1 test, long enough")
    accounts = Accounts(sqlite_url(file), keys, password_cost=4, now=clock)
    await accounts.open()
    yield accounts
    await accounts.close()


def test_the_old_file_is_of_version_1() -> None:
    """The test's own ground."""
    with closing(sqlite3.connect(f"file:{MADE_BY_VERSION_1}?mode=ro&immutable=1", uri=True)) as connection:
        assert connection.execute("SELECT schema_version FROM meta").fetchone() == (1,)
    assert SCHEMA_VERSION > 1


async def test_everything_is_still_there(accounts: Accounts) -> None:
    """Accounts, roles, passwords, sessions; and what is new works."""
    ana, bob, eve = accounts.users()
    assert [(a.username, a.role, a.is_disabled) for a in (ana, bob, eve)] == [
        ("Ana", Role.MEMBER, False),
        ("bob", Role.HOST, False),
        ("éve", Role.MEMBER, True),
    ]
    assert (ana.changed_by, ana.changed_at) == ("", None)
    assert [len(accounts.sessions.of(each.id)) for each in (ana, bob, eve)] == [1, 1, 0]
    assert ana.login_networks == tuple(
        network_of(s.address) for s in accounts.sessions.of(ana.id) if s.address
    )
    assert (await accounts.logins.login("ANA", "correct horse")).account.id == ana.id
    with pytest.raises(AccountDisabled):
        await accounts.logins.login("éve", "battery staple")
    assert (
        await accounts.administration.set_disabled(eve.id, False, expected_revision=eve.revision)
    ).changed_by == "window"
    await accounts.registration.register(
        "carl", "correct horse", invite=(await accounts.registration.create_invite()).code
    )
    await accounts.registration.approve((await accounts.registration.apply("dora", "correct horse")).id)
    assert len(await accounts.audit.entries()) == 3


def test_the_schema_is_that_of_a_new_database(file: Path, tmp_path: Path) -> None:
    """Stepping up ends where starting anew begins."""
    new = tmp_path / "new.db"
    for each in (file, new):
        database = Database(sqlite_url(each))
        database.open()
        database.close()
    assert schema(file) == schema(new)
