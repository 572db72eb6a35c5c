"""Hosts: accounts, sessions and the secret; and two processes on the same files."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from authws_desktop.accounts.accounts import Accounts
from authws_desktop.accounts.errors import (
    AccountDisabled,
    AccountsError,
    InvalidCredentials,
    InvalidField,
    KeysError,
    StoreError,
    StoreFailure,
    UnknownAccount,
    UsernameTaken,
)
from authws_desktop.accounts.keys import SigningKeys
from authws_desktop.accounts.models import EndedTokens, EndReason, Role
from authws_desktop.accounts.store.database import sqlite_url
from authws_desktop.protocol.codes import AuthReason

from .conftest import Clock, OpenAccounts, reason_of, stored, watch

PASSWORD = "correct horse"


async def test_a_host_makes_accounts(accounts: Accounts) -> None:
    """With a role, and with names that are reserved for the server."""
    account = await accounts.administration.create("Admin", PASSWORD, "host")
    assert (account.role, account.last_login_at, account.is_disabled) == (Role.HOST, None, False)
    assert accounts.users() == [account]
    with pytest.raises(UsernameTaken):
        await accounts.administration.create("ADMIN", PASSWORD)
    with pytest.raises(InvalidField) as refused:
        await accounts.administration.create("bob", PASSWORD, "king")
    assert refused.value.field == "role"
    assert (await accounts.logins.login("admin", PASSWORD)).account.id == account.id


async def test_renaming_keeps_tokens(accounts: Accounts) -> None:
    """The account's name wins over the one in the token; the old name is free again."""
    issued = await accounts.registration.register("ana", PASSWORD)
    await accounts.registration.register("bob", PASSWORD)
    account = await accounts.administration.update(issued.account.id, username="Anna", role="host")
    assert (account.username, account.role) == ("Anna", Role.HOST)
    checked = accounts.sessions.check(issued.token)
    assert (checked.account.username, checked.claims.username) == ("Anna", "ana")
    assert accounts.find("ana") is None
    assert accounts.find("ANNA") == account
    with pytest.raises(UsernameTaken):
        await accounts.administration.update(account.id, username="BOB")
    assert (await accounts.administration.update(account.id, username="ANNA")).username == "ANNA"
    await accounts.registration.register("ana", PASSWORD)


async def test_disabling_ends_everything_until_a_new_login(accounts: Accounts) -> None:
    """Tokens are dead when the await returns, and stay dead after enabling."""
    told, issued = watch(accounts), await accounts.registration.register("ana", PASSWORD)
    account = await accounts.administration.set_disabled(issued.account.id, True)
    assert account.is_disabled
    assert reason_of(accounts, issued.token) is AuthReason.DISABLED
    assert accounts.sessions.of(account.id) == []
    assert told == [EndedTokens(account.id, None, EndReason.DISABLED)]
    with pytest.raises(AccountDisabled):
        await accounts.sessions.issue(account.id, 60)
    await accounts.administration.set_disabled(account.id, False)
    assert reason_of(accounts, issued.token) is AuthReason.REVOKED
    assert accounts.sessions.check((await accounts.logins.login("ana", PASSWORD)).token)


async def test_deleting_ends_everything(accounts: Accounts) -> None:
    """The account is gone, its tokens are of an unknown user, its name is free."""
    told, issued = watch(accounts), await accounts.registration.register("ana", PASSWORD)
    await accounts.administration.delete(issued.account.id)
    assert reason_of(accounts, issued.token) is AuthReason.UNKNOWN_USER
    assert (accounts.users(), accounts.find("ana"), accounts.sessions.get(issued.jti)) == ([], None, None)
    assert told == [EndedTokens(issued.account.id, None, EndReason.DELETED)]
    with pytest.raises(InvalidCredentials):
        await accounts.logins.login("ana", PASSWORD)
    assert (await accounts.registration.register("ana", PASSWORD)).account.id != issued.account.id


async def test_resetting_the_password_ends_everything(accounts: Accounts) -> None:
    """All tokens end, the new password works, and earlier failures no longer count."""
    told, issued = watch(accounts), await accounts.registration.register("ana", PASSWORD)
    for _ in range(10):
        with pytest.raises(InvalidCredentials):
            await accounts.logins.login("ana", "a wrong one")
    await accounts.administration.reset_password(issued.account.id, "battery staple")
    assert reason_of(accounts, issued.token) is AuthReason.REVOKED
    assert told == [EndedTokens(issued.account.id, None, EndReason.PASSWORD_CHANGED)]
    await accounts.logins.login("ana", "battery staple")


async def test_sessions_are_revoked_one_by_one_or_all(accounts: Accounts) -> None:
    """One token, all but one, all."""
    told = watch(accounts)
    user = (await accounts.registration.register("ana", PASSWORD)).account
    a, b, c = [await accounts.sessions.issue(user.id, 60, f"app {number}") for number in range(3)]
    await accounts.sessions.revoke(a.jti)
    await accounts.sessions.revoke("no such")
    assert reason_of(accounts, a.token) is AuthReason.REVOKED
    await accounts.sessions.revoke_all(user.id, except_jti=b.jti)
    assert reason_of(accounts, c.token) is AuthReason.REVOKED
    assert [s.app for s in accounts.sessions.of(user.id)] == ["app 1"]
    await accounts.sessions.revoke_all(user.id)
    assert accounts.sessions.of(user.id) == []
    assert [each.jtis and len(each.jtis) for each in told] == [1, 2, None]


@pytest.mark.parametrize("life_s", [0, -1, float("nan"), float("inf"), 400 * 86_400])
async def test_a_token_has_a_sensible_life(accounts: Accounts, life_s: float) -> None:
    """Lives out of range are refused."""
    user = await accounts.administration.create("ana", PASSWORD)
    with pytest.raises(InvalidField, match="life"):
        await accounts.sessions.issue(user.id, life_s)


async def test_an_account_that_is_gone_is_told(accounts: Accounts) -> None:
    """Acts on an account that somebody else deleted say so, and undo what they began."""
    for act in (
        accounts.administration.update("u", username="ana"),
        accounts.administration.set_disabled("u", True),
        accounts.administration.reset_password("u", PASSWORD),
        accounts.administration.delete("u"),
        accounts.sessions.issue("u", 60),
    ):
        with pytest.raises(UnknownAccount, match="does not exist"):
            await act
    assert stored(accounts).accounts == []
    assert {each.outcome for each in await accounts.audit.entries()} == {
        "This account does not exist; it may have been deleted meanwhile."
    }


async def test_rotating_the_secret_can_keep_people(accounts: Accounts, clock: Clock) -> None:
    """Old tokens stay good as long as the longest of them lives."""
    told, old = watch(accounts), await accounts.registration.register("ana", PASSWORD)
    long = await accounts.sessions.issue(old.account.id, 30 * 86_400)
    await accounts.administration.rotate_secret(keep=True)
    new = await accounts.logins.login("ana", PASSWORD)
    assert accounts.sessions.check(new.token).session.key_id == accounts.keys.active.id
    assert accounts.sessions.check(old.token).session.key_id != accounts.keys.active.id
    clock.advance(long.expires_at - clock.now - 1)
    assert accounts.sessions.check(long.token)
    assert told == []


async def test_rotating_the_secret_can_end_everything(accounts: Accounts) -> None:
    """Every token ends, for the reason that makes the close code 4010."""
    told, old = watch(accounts), await accounts.registration.register("ana", PASSWORD)
    await accounts.administration.rotate_secret(keep=False)
    assert reason_of(accounts, old.token) is AuthReason.BAD_SIGNATURE
    assert told == [EndedTokens(old.account.id, frozenset({old.jti}), EndReason.SECRET_CHANGED)]
    assert stored(accounts).sessions == []
    assert accounts.sessions.check((await accounts.logins.login("ana", PASSWORD)).token)


async def test_a_secret_from_outside_is_not_rotated(open_accounts: OpenAccounts) -> None:
    """The refusal says where to change it; tokens stay good."""
    accounts = await open_accounts(override="from outside")
    issued = await accounts.registration.register("ana", PASSWORD)
    with pytest.raises(KeysError, match="JWT_SECRET"):
        await accounts.administration.rotate_secret(keep=False)
    assert accounts.sessions.check(issued.token)


async def test_a_server_follows_the_command_line(open_accounts: OpenAccounts) -> None:
    """What another process does to accounts arrives at the next poll, with what ended."""
    server, other = await open_accounts(), await open_accounts()
    told = watch(server)
    issued = {
        name: await server.registration.register(name, PASSWORD) for name in ("ana", "bob", "eve", "kim")
    }
    ids = {name: each.account.id for name, each in issued.items()}
    await server.poll_changes()
    assert told == []
    await other.poll_changes()
    added = await other.administration.create("zoe", PASSWORD)
    await other.administration.set_disabled(ids["ana"], True)
    await other.administration.delete(ids["bob"])
    await other.administration.reset_password(ids["eve"], "battery staple")
    await other.administration.update(ids["kim"], username="Kimberly")
    await server.poll_changes()
    assert {(each.user_id, each.jtis, each.why) for each in told} == {
        (ids["ana"], None, EndReason.DISABLED),
        (ids["bob"], None, EndReason.DELETED),
        (ids["eve"], None, EndReason.PASSWORD_CHANGED),
    }
    # The clock stands still: which of them is the oldest is up to the database.
    assert {each.id: each for each in server.users()} == {each.id: each for each in other.users()}
    assert server.find("zoe") == added
    assert server.sessions.check(issued["kim"].token).account.username == "Kimberly"
    assert server.find("kim") is None


async def test_a_user_of_the_command_line_can_log_in_before_the_next_poll(
    open_accounts: OpenAccounts,
) -> None:
    """Logins read the database itself, so a new account works at once; the rest follows with the poll."""
    server, other = await open_accounts(), await open_accounts()
    await other.administration.create("ana", PASSWORD)
    await other.administration.create("bob", PASSWORD)
    issued = await server.logins.login("ana", PASSWORD)
    assert server.sessions.check(issued.token).account.username == "ana"
    assert server.find("bob") is None
    await server.poll_changes()
    assert server.find("bob") is not None
    with pytest.raises(UsernameTaken):
        await server.registration.register("bob", PASSWORD)


async def test_two_processes_registering_one_name(open_accounts: OpenAccounts) -> None:
    """Who comes second is told, though its copy did not know yet."""
    server, other = await open_accounts(), await open_accounts()
    await other.administration.create("ana", PASSWORD)
    with pytest.raises(UsernameTaken):
        await server.registration.register("Ana", PASSWORD)


@pytest.mark.parametrize("keep", [True, False])
async def test_a_server_follows_a_rotation_by_the_command_line(
    open_accounts: OpenAccounts, keep: bool
) -> None:
    """Kept tokens stay good; otherwise they end with the reason of a changed secret."""
    server = await open_accounts()
    told, issued = watch(server), await server.registration.register("ana", PASSWORD)
    other = await open_accounts()
    await other.administration.rotate_secret(keep=keep)
    await server.poll_changes()
    assert server.keys.active == other.keys.active
    if keep:
        assert server.sessions.check(issued.token)
        assert told == []
    else:
        assert reason_of(server, issued.token) is AuthReason.BAD_SIGNATURE
        assert told == [EndedTokens(issued.account.id, frozenset({issued.jti}), EndReason.SECRET_CHANGED)]


async def test_a_broken_secret_file_is_logged_once(
    accounts: Accounts, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The server goes on with the keys it has, and still follows the database."""
    issued = await accounts.registration.register("ana", PASSWORD)
    (tmp_path / "secret").write_text("oops")
    with closing(sqlite3.connect(tmp_path / "accounts.db")) as other, other:
        other.execute("UPDATE users SET username = 'Anna'")
        other.execute("UPDATE meta SET revision = revision + 1")
    with caplog.at_level(logging.WARNING):
        await accounts.poll_changes()
        await accounts.poll_changes()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "is damaged" in caplog.text
    assert accounts.sessions.check(issued.token).account.username == "Anna"


async def test_a_lock_in_use_is_a_sentence_and_nothing_is_half_done(
    accounts: Accounts, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """While another program holds the database, writes say so; afterwards they work."""
    user = await accounts.administration.create("ana", PASSWORD)
    with closing(sqlite3.connect(tmp_path / "accounts.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError) as refused:
            await accounts.administration.set_disabled(user.id, True)
        assert refused.value.failure is StoreFailure.LOCKED
        assert accounts.users() == [user]
        other.execute("ROLLBACK")
    assert (await accounts.administration.set_disabled(user.id, True)).is_disabled


async def test_last_uses_reach_the_disk_now_and_then(open_accounts: OpenAccounts, clock: Clock) -> None:
    """A minute later the other process sees when a token was used."""
    server, other = await open_accounts(), await open_accounts()
    issued = await server.registration.register("ana", PASSWORD)
    await other.poll_changes()
    clock.advance(61)
    server.sessions.check(issued.token)
    used_at = clock.now
    await server.poll_changes()
    await other.poll_changes()
    assert other.sessions.of(issued.account.id)[0].last_used_at == used_at


async def test_a_database_that_cannot_be_opened_leaves_nothing_behind(tmp_path: Path, clock: Clock) -> None:
    """Opening raises the sentence and leaves no thread; another try is possible."""
    (tmp_path / "accounts.db").write_bytes(b"not a database" * 100)
    keys = SigningKeys(tmp_path / "secret", now=clock)
    accounts = Accounts(sqlite_url(tmp_path / "accounts.db"), keys, password_cost=4, now=clock)
    with pytest.raises(AccountsError, match="damaged"):
        await accounts.open()
    (tmp_path / "accounts.db").unlink()
    await accounts.open()
    assert accounts.users() == []
    await accounts.close()
