"""Real SQLite files, cheap hashes, and a clock that only moves when a test moves it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Protocol

import pytest

from authws_desktop.accounts.database import sqlite_url
from authws_desktop.accounts.directory import Accounts
from authws_desktop.accounts.keys import SigningKeys


class Clock:
    """Seconds since the epoch, moved by hand."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.25

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


class OpenAccounts(Protocol):
    """Opens another `Accounts` on the test's file."""

    def __call__(self, *, override: str = "", busy_timeout_s: float = 0.05) -> Awaitable[Accounts]:
        """Open it; the fixture closes it."""


@pytest.fixture
def clock() -> Clock:
    """A clock at a fixed time."""
    return Clock()


@pytest.fixture
def keys(tmp_path: Path, clock: Clock) -> SigningKeys:
    """The keys of the test's data folder."""
    return SigningKeys(tmp_path / "secret", now=clock)


@pytest.fixture
async def open_accounts(tmp_path: Path, clock: Clock) -> AsyncIterator[Callable[..., Awaitable[Accounts]]]:
    """Opens one `Accounts` after the other on the same files, as several processes would."""
    opened: list[Accounts] = []

    async def open_(*, override: str = "", busy_timeout_s: float = 0.05) -> Accounts:
        keys = SigningKeys(tmp_path / "secret", override=override, now=clock)
        accounts = Accounts(
            sqlite_url(tmp_path / "accounts.db"),
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
