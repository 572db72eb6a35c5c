"""Administrative acts are written down, with their change, and for as long as asked."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from authws_desktop.accounts.accounts import Accounts
from authws_desktop.accounts.audit import COMMAND_LINE, AuditEntry, admin_api, as_csv, as_json_lines
from authws_desktop.accounts.errors import (
    AccountsError,
    InvalidCredentials,
    StoreError,
    UnknownAccount,
    UsernameTaken,
)

from .conftest import Clock, OpenAccounts, choose

PASSWORD = "correct horse"


async def acts(accounts: Accounts) -> list[tuple[str, str, str]]:
    """Return act, target and outcome of all entries, oldest first."""
    return [(each.act, each.target, each.outcome) for each in await accounts.audit.all()]


async def test_every_act_is_written_down(accounts: Accounts) -> None:
    """One entry each: what, whom, and that it was done."""
    ana = await accounts.administration.create("ana", PASSWORD)
    await accounts.administration.update(ana.id, username="Anna")
    token = await accounts.sessions.issue(ana.id, 60)
    await accounts.sessions.revoke(token.jti)
    await accounts.sessions.revoke_all(ana.id)
    await accounts.administration.set_disabled(ana.id, True)
    await accounts.administration.set_disabled(ana.id, False)
    await accounts.administration.reset_password(ana.id, "battery staple")
    await accounts.administration.delete(ana.id)
    await accounts.administration.rotate_secret(keep=True)
    invite = await accounts.registration.create_invite("7b")
    await accounts.registration.revoke_invite(invite.code)
    await accounts.registration.approve((await accounts.registration.apply("bob", PASSWORD)).id)
    await accounts.registration.deny((await accounts.registration.apply("carl", PASSWORD)).id)
    await accounts.audit.write("change settings", "port")
    assert await acts(accounts) == [
        ("create user", "ana", "done"),
        ("update user", "ana", "done"),
        ("issue token", "Anna", "done"),
        ("end session", "Anna", "done"),
        ("end all sessions", "Anna", "done"),
        ("disable user", "Anna", "done"),
        ("enable user", "Anna", "done"),
        ("reset password", "Anna", "done"),
        ("delete user", "Anna", "done"),
        ("rotate secret", "old tokens kept", "done"),
        ("create invite", "7b", "done"),
        ("revoke invite", "7b", "done"),
        ("approve user", "bob", "done"),
        ("deny user", "carl", "done"),
        ("change settings", "port", "done"),
    ]


async def test_users_own_acts_are_none(accounts: Accounts) -> None:
    """Registering, logging in and changing the own password are no administrative acts."""
    issued = await accounts.registration.register("ana", PASSWORD)
    await accounts.logins.login("ana", PASSWORD)
    await accounts.logins.change_password(accounts.sessions.check(issued.token), PASSWORD, "battery staple")
    assert await acts(accounts) == []
    changed = accounts.get(issued.account.id)
    assert changed is not None
    assert changed.changed_by == "the user"


async def test_who_and_from_where(accounts: Accounts, clock: Clock) -> None:
    """The window unless told otherwise; a script with its name and address."""
    ana = await accounts.administration.create("ana", PASSWORD)
    clock.advance(5)
    await accounts.administration.set_disabled(ana.id, True, actor=admin_api("root", "192.0.2.7"))
    await accounts.administration.set_disabled(ana.id, False, actor=COMMAND_LINE)
    newest, script, first = await accounts.audit.entries()
    assert (first.actor, first.address, first.time) == ("window", "", clock.now - 5)
    assert (script.actor, script.address, script.time) == ("admin API: root", "192.0.2.7", clock.now)
    assert newest.actor == "command line"
    assert (await accounts.audit.entries(before_id=newest.id, limit=1)) == [script]


async def test_what_was_refused_is_written_too(accounts: Accounts) -> None:
    """With the reason; who looks at the audit sees attempts as well."""
    ana = await accounts.administration.create("ana", PASSWORD)
    for act in (accounts.administration.create("Ana", PASSWORD), accounts.administration.delete("gone")):
        with pytest.raises((UsernameTaken, UnknownAccount)):
            await act
    await accounts.administration.create("bob", PASSWORD)
    with pytest.raises(UsernameTaken):
        await accounts.administration.update(ana.id, username="BOB")
    assert [each for each in await acts(accounts) if each[2] != "done"] == [
        ("create user", "Ana", "The username 'Ana' is taken. Choose another one."),
        ("delete user", "gone", "This account does not exist; it may have been deleted meanwhile."),
        ("update user", "ana", "The username 'BOB' is taken. Choose another one."),
    ]


async def test_act_and_entry_are_one_transaction(
    accounts: Accounts, tmp_path: Path, open_accounts: OpenAccounts
) -> None:
    """If the entry cannot be written, nothing is changed."""
    ana = await accounts.administration.create("ana", PASSWORD)
    with closing(sqlite3.connect(tmp_path / "accounts.db", isolation_level=None)) as other:
        other.execute("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END")
    for act in (
        accounts.administration.delete(ana.id),
        accounts.administration.set_disabled(ana.id, True),
        accounts.administration.create("bob", PASSWORD),
        accounts.registration.create_invite("7b"),
    ):
        with pytest.raises(StoreError):
            await act
    assert accounts.users() == (await open_accounts()).users() == [ana]
    assert accounts.registration.invites() == []


async def test_old_entries_are_forgotten(accounts: Accounts, clock: Clock) -> None:
    """After as many days as asked, without anybody doing anything."""
    choose(accounts, audit_keep_days=2)
    await accounts.administration.create("ana", PASSWORD)
    clock.advance(86_400)
    await accounts.administration.create("bob", PASSWORD)
    await accounts.poll_changes()
    assert len(await acts(accounts)) == 2
    clock.advance(86_401)
    await accounts.poll_changes()
    assert [target for _, target, _ in await acts(accounts)] == ["bob"]


async def test_a_clock_that_jumps_back_forgets_nothing(accounts: Accounts, clock: Clock) -> None:
    """Entries from what is now the future stay."""
    await accounts.administration.create("ana", PASSWORD)
    clock.advance(-365 * 86_400)
    await accounts.administration.create("bob", PASSWORD)
    await accounts.poll_changes()
    assert [target for _, target, _ in await acts(accounts)] == ["ana", "bob"]


async def test_the_revision_tells_of_new_entries(accounts: Accounts, open_accounts: OpenAccounts) -> None:
    """Also of those another process wrote."""
    seen = accounts.audit.revision
    other = await open_accounts()
    await other.audit.write("send", "all")
    assert accounts.audit.revision == seen
    await accounts.poll_changes()
    assert accounts.audit.revision != seen


async def test_lifting_a_wait_is_an_act(accounts: Accounts) -> None:
    """And lifting what is over already is none."""
    for _ in range(10):
        with pytest.raises(InvalidCredentials):
            await accounts.logins.login("ana", "a wrong one", address="192.0.2.1")
    (account,) = accounts.logins.lockouts()
    assert await accounts.logins.lift(account)
    assert not await accounts.logins.lift(account)
    assert accounts.logins.lockouts() == []
    assert await acts(accounts) == [("lift wait", "account ana", "done")]


async def test_long_texts_are_cut(accounts: Accounts) -> None:
    """What comes from outside cannot fill the disk."""
    await accounts.audit.write("x" * 9999, "y" * 9999, "z" * 9999, actor=admin_api("a" * 9999, "b" * 9999))
    (entry,) = await accounts.audit.entries()
    assert max(map(len, (entry.act, entry.target, entry.outcome, entry.actor, entry.address))) == 200


async def test_no_entry_holds_a_secret(accounts: Accounts) -> None:
    """Neither passwords nor tokens, invitation codes or signing secrets."""
    ana = await accounts.administration.create("ana", PASSWORD)
    await accounts.administration.reset_password(ana.id, "battery staple")
    token = await accounts.sessions.issue(ana.id, 60)
    invite = await accounts.registration.create_invite()
    await accounts.registration.revoke_invite(invite.code)
    secret = "a secret that was chosen by hand: 0123456789"
    await accounts.administration.rotate_secret(keep=False, secret=secret)
    with pytest.raises(AccountsError):
        await accounts.administration.create("ana", "another secret")
    text = as_json_lines(await accounts.audit.all())
    for hidden in (PASSWORD, "battery", "another secret", token.token, invite.code, invite.code[:9], secret):
        assert hidden not in text


def test_exports_are_safe_to_open() -> None:
    """JSON Lines keep what was written; no cell of the CSV runs as a formula."""
    entry = AuditEntry(1, 1.5, "window", "send", '=HYPERLINK("x")', "", "done")
    assert json.loads(as_json_lines([entry])) == {
        "time": "1970-01-01T00:00:01.500Z",
        "actor": "window",
        "act": "send",
        "target": '=HYPERLINK("x")',
        "address": "",
        "outcome": "done",
    }
    header, row = csv.reader(io.StringIO(as_csv([entry])))
    assert header == ["time", "actor", "act", "target", "address", "outcome"]
    assert row[3] == '\'=HYPERLINK("x")'
