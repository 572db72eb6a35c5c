"""Two windows, or a window and the command line, change the same account: nobody's work is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from authws_desktop.accounts.accounts import Accounts
from authws_desktop.accounts.audit import COMMAND_LINE
from authws_desktop.accounts.errors import ChangedMeanwhile, UnknownAccount
from authws_desktop.accounts.keys import SigningKeys
from authws_desktop.accounts.models import Account, Role
from authws_desktop.accounts.store.database import sqlite_url
from tests.accounts.conftest import Clock, OpenAccounts, stored

PASSWORD = "correct horse"


@pytest.fixture
async def ana(accounts: Accounts) -> Account:
    """An account."""
    return await accounts.administration.create("ana", PASSWORD)


@pytest.mark.parametrize("act", ["update", "set_disabled", "reset_password", "delete"])
async def test_the_second_writer_is_told_of_the_first(
    accounts: Accounts, open_accounts: OpenAccounts, ana: Account, clock: Clock, act: str
) -> None:
    """Nothing is changed, and who was first, when, and how the account is now is told."""
    other = await open_accounts()
    clock.advance(7)
    first = await other.administration.update(
        ana.id, role="host", expected_revision=ana.revision, actor=COMMAND_LINE
    )
    seen = ana.revision
    work: dict[str, Callable[[], Awaitable[object]]] = {
        "update": lambda: accounts.administration.update(ana.id, username="Anna", expected_revision=seen),
        "set_disabled": lambda: accounts.administration.set_disabled(ana.id, True, expected_revision=seen),
        "reset_password": lambda: accounts.administration.reset_password(
            ana.id, "battery staple", expected_revision=seen
        ),
        "delete": lambda: accounts.administration.delete(ana.id, expected_revision=seen),
    }
    with pytest.raises(ChangedMeanwhile, match=r"'ana' was changed meanwhile \(by: command line\)") as told:
        await work[act]()
    assert told.value.account == first
    assert (told.value.changed_by, told.value.changed_at) == ("command line", clock.now)
    assert (await accounts.audit.entries(limit=1))[0].outcome == str(told.value)
    await accounts.poll_changes()
    assert accounts.users() == other.users() == [first]
    assert (await accounts.logins.login("ana", PASSWORD)).account.role is Role.HOST
    seen = first.revision
    await work[act]()


async def test_of_two_at_the_same_time_one_wins(open_accounts: OpenAccounts, ana: Account) -> None:
    """Two windows that press OK together: one change, one refusal."""
    one, other = [await open_accounts(busy_timeout_s=10) for _ in range(2)]
    results = await asyncio.gather(
        one.administration.update(ana.id, username="Anna", expected_revision=ana.revision),
        other.administration.update(ana.id, role="host", expected_revision=ana.revision),
        return_exceptions=True,
    )
    assert sorted(type(result).__name__ for result in results) == ["Account", "ChangedMeanwhile"]


async def test_a_login_is_no_change(accounts: Accounts, ana: Account) -> None:
    """An editor that is open while the user logs in may still save."""
    await accounts.logins.login("ana", PASSWORD)
    await accounts.administration.update(ana.id, username="Anna", expected_revision=ana.revision)


async def test_the_users_own_password_is_a_change(accounts: Accounts, ana: Account) -> None:
    """The host who was about to reset it is told."""
    checked = accounts.sessions.check((await accounts.logins.login("ana", PASSWORD)).token)
    await accounts.logins.change_password(checked, PASSWORD, "battery staple")
    with pytest.raises(ChangedMeanwhile) as told:
        await accounts.administration.reset_password(ana.id, "another one", expected_revision=ana.revision)
    assert told.value.changed_by == "the user"


async def test_who_was_deleted_meanwhile_is_gone(
    accounts: Accounts, open_accounts: OpenAccounts, ana: Account
) -> None:
    """Deleting wins over editing."""
    await (await open_accounts()).administration.delete(ana.id)
    with pytest.raises(UnknownAccount):
        await accounts.administration.update(ana.id, username="Anna", expected_revision=ana.revision)


async def test_without_a_revision_the_last_one_wins(
    accounts: Accounts, open_accounts: OpenAccounts, ana: Account
) -> None:
    """As scripts that do not care may want it."""
    await (await open_accounts()).administration.update(ana.id, role="host")
    assert (await accounts.administration.update(ana.id, username="Anna")).role is Role.HOST


async def test_renames_are_announced(accounts: Accounts, open_accounts: OpenAccounts, ana: Account) -> None:
    """Those of this process and of others, each once; other changes are none."""
    told: list[str] = []
    accounts.observe_renamed(lambda account: told.append(account.username))
    await accounts.administration.update(ana.id, username="Anna")
    await accounts.administration.update(ana.id, role="host")
    await accounts.poll_changes()
    assert told == ["Anna"]
    await (await open_accounts()).administration.update(ana.id, username="Annabel")
    await accounts.poll_changes()
    assert told == ["Anna", "Annabel"]


async def test_where_a_token_was_used_is_kept(accounts: Accounts, open_accounts: OpenAccounts) -> None:
    """The session follows the token: time, address and program, and all of it survives a restart."""
    issued = await accounts.registration.register("ana", PASSWORD, address="192.0.2.1", app="Mozilla")
    checked = accounts.sessions.check(issued.token, address="192.0.2.9", app="chat\n")
    assert (checked.session.address, checked.session.app) == ("192.0.2.9", "chat")
    used_at = checked.session.last_used_at
    assert used_at is not None
    accounts.sessions.note_use(issued.jti, used_at + 30)
    accounts.sessions.note_use(issued.jti, used_at + 10)
    accounts.sessions.note_use("no such", used_at + 30)
    sessions = accounts.sessions.of(issued.account.id)
    assert [s.last_used_at for s in sessions] == [used_at + 30]
    await accounts.close()
    assert (await open_accounts()).sessions.of(issued.account.id) == sessions


async def test_revocations_outlive_a_restart_and_are_then_forgotten(
    accounts: Accounts, open_accounts: OpenAccounts, clock: Clock, tmp_path: Path
) -> None:
    """A revoked token stays dead; nothing is kept of it, as only live sessions are."""
    issued = await accounts.registration.register("ana", PASSWORD)
    await accounts.sessions.revoke(issued.jti)
    await accounts.close()
    again = await open_accounts()
    assert again.sessions.inspect(issued.token).reason == "revoked"
    assert stored(again).sessions == []
    other = await again.logins.login("ana", PASSWORD)
    clock.advance(other.expires_at - clock.now)
    await again.poll_changes()
    assert stored(again).sessions == []
    keys = SigningKeys(tmp_path / "secret", now=clock)
    reader = Accounts(sqlite_url(tmp_path / "accounts.db"), keys, password_cost=4, now=clock)
    await reader.open()
    assert reader.sessions.inspect(issued.token).reason == "expired"
    await reader.close()
