"""Real databases, cheap hashes, and a clock that only moves when a test moves it."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Protocol

import msgspec
import pytest

from authws_desktop.accounts.accounts import Accounts
from authws_desktop.accounts.errors import TokenRefused
from authws_desktop.accounts.keys import SigningKeys
from authws_desktop.accounts.models import EndedTokens
from authws_desktop.accounts.store import transaction
from authws_desktop.accounts.store.changes import Snapshot
from authws_desktop.accounts.store.database import sqlite_url
from authws_desktop.protocol.codes import AuthReason


class Clock:
    """Seconds since the epoch, moved by hand."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.25

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


ON_POSTGRESQL = (
    "test_accounts",
    "test_administration",
    "test_audit",
    "test_bulk",
    "test_change_log",
    "test_concurrent_changes",
    "test_ledger",
    "test_logins",
    "test_registration",
    "test_sessions",
)
"""Modules whose tests run on SQLite and on PostgreSQL: those that touch SQL."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests that touch SQL on both databases; not those that look at the SQLite file itself."""
    looks_at_file = "tmp_path" in inspect.signature(metafunc.function).parameters
    is_both = metafunc.module.__name__.rpartition(".")[2] in ON_POSTGRESQL and not looks_at_file
    if "database_url" in metafunc.fixturenames:
        engines = ["sqlite", "postgresql"] if is_both else ["sqlite"]
        metafunc.parametrize("database_url", engines, indirect=True)


class OpenAccounts(Protocol):
    """Opens another `Accounts` on the test's database."""

    def __call__(self, *, override: str = "", busy_timeout_s: float = 0.05) -> Awaitable[Accounts]:
        """Open it; the fixture closes it."""


def stored(accounts: Accounts) -> Snapshot:
    """Return what is in the database now."""
    with transaction.reading(accounts._ledger._database) as db:
        return transaction.snapshot(db)


def choose(accounts: Accounts, **values: int | str) -> None:
    """Put other settings in force."""
    accounts.settings.values = msgspec.structs.replace(accounts.settings.values, **values)


@pytest.fixture
def clock() -> Clock:
    """A clock at a fixed time."""
    return Clock()


@pytest.fixture
def keys(tmp_path: Path, clock: Clock) -> SigningKeys:
    """The keys of the test's data folder."""
    return SigningKeys(tmp_path / "secret", now=clock)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The test's database, of the kind that `pytest_generate_tests` chooses."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "accounts.db")
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
async def open_accounts(
    tmp_path: Path, clock: Clock, database_url: str
) -> AsyncIterator[Callable[..., Awaitable[Accounts]]]:
    """Opens one `Accounts` after the other on the same files, as several processes would."""
    opened: list[Accounts] = []

    async def open_(*, override: str = "", busy_timeout_s: float = 0.05) -> Accounts:
        keys = SigningKeys(tmp_path / "secret", override=override, now=clock)
        accounts = Accounts(
            database_url,
            keys,
            password_cost=4,
            now=clock,
            busy_timeout_s=busy_timeout_s,
        )
        await accounts.open()
        opened.append(accounts)
        return accounts

    yield open_
    for accounts in opened:
        await accounts.close()


@pytest.fixture
async def accounts(open_accounts: OpenAccounts) -> Accounts:
    """Accounts on an empty database."""
    return await open_accounts()


def watch(accounts: Accounts) -> list[EndedTokens]:
    """Return a list that fills with what observers are told."""
    told: list[EndedTokens] = []
    accounts.observe_ended(told.append)
    return told


@pytest.fixture
def ended(accounts: Accounts) -> list[EndedTokens]:
    """What observers are told."""
    return watch(accounts)


def reason_of(accounts: Accounts, token: str) -> AuthReason:
    """Return why a token is refused."""
    with pytest.raises(TokenRefused) as refused:
        accounts.sessions.check(token)
    return refused.value.reason
