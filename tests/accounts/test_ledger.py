"""The order in which the database is written and memory follows."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from authws_desktop.accounts.accounts import Accounts
from authws_desktop.accounts.errors import (
    AccountsError,
    StoreError,
)
from authws_desktop.accounts.store import sessions as session_rows

from .conftest import OpenAccounts, stored

PASSWORD = "correct horse"


@pytest.fixture
def gate(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> tuple[threading.Event, threading.Event]:
    """Holds writes of sessions in the database's thread: set when one has come, and to let it go on."""
    arrived, may_go = threading.Event(), threading.Event()
    real = session_rows.log_in

    def held(*arguments: Any, **named: Any) -> Any:
        arrived.set()
        may_go.wait(60)
        return real(*arguments, **named)

    monkeypatch.setattr(session_rows, "log_in", held)
    return arrived, may_go


async def test_cancelling_neither_loses_a_write_nor_leaves_the_copy_behind(
    accounts: Accounts, gate: tuple[threading.Event, threading.Event]
) -> None:
    """A login cancelled while it is written is written, and memory knows it."""
    user_id = (await accounts.registration.register("ana", PASSWORD)).account.id
    arrived, may_go = gate
    login = asyncio.create_task(accounts.logins.login("ana", PASSWORD))
    await asyncio.get_running_loop().run_in_executor(None, arrived.wait, 10)
    login.cancel()
    with pytest.raises(asyncio.CancelledError):
        await login
    assert len(accounts.sessions.of(user_id)) == 1
    may_go.set()
    await accounts.poll_changes()
    assert len(accounts.sessions.of(user_id)) == 2 == len(stored(accounts).sessions)


async def test_closing_finishes_what_is_being_written(
    accounts: Accounts, gate: tuple[threading.Event, threading.Event], open_accounts: OpenAccounts
) -> None:
    """A login under way at the end is either stored whole or refused."""
    user_id = (await accounts.registration.register("ana", PASSWORD)).account.id
    arrived, may_go = gate
    login = asyncio.create_task(accounts.logins.login("ana", PASSWORD))
    await asyncio.get_running_loop().run_in_executor(None, arrived.wait, 10)
    closing = asyncio.create_task(accounts.close())
    may_go.set()
    await closing
    issued = await login
    assert [s.jti for s in (await open_accounts()).sessions.of(user_id)][-1] == issued.jti
    with pytest.raises(AccountsError):
        await accounts.logins.login("ana", PASSWORD)


async def test_the_revision_tells_of_every_change(accounts: Accounts) -> None:
    """What the window polls moves with each act and rests in between."""
    seen = [accounts.revision]
    issued = await accounts.registration.register("ana", PASSWORD)
    seen.append(accounts.revision)
    checked = accounts.sessions.check(issued.token)
    seen.append(accounts.revision)
    accounts.sessions.check(issued.token)
    await accounts.poll_changes()
    assert accounts.revision == seen[-1]
    await accounts.sessions.logout(checked)
    seen.append(accounts.revision)
    assert sorted(set(seen)) == seen


async def test_an_unopened_directory_says_so(accounts: Accounts) -> None:
    """After closing, twice, acts are refused with a sentence."""
    await accounts.close()
    await accounts.close()
    with pytest.raises(StoreError, match="is closed"):
        await accounts.administration.delete("u")
