"""What another process wrote is loaded alone: as many rows as it touched, whatever else there is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import delete, event, text
from sqlalchemy.orm import Session as OrmSession

from authws_desktop.accounts.accounts import Accounts
from authws_desktop.accounts.models import EndedTokens, EndReason
from authws_desktop.accounts.store import change_log, transaction
from authws_desktop.accounts.store.tables import Base, ChangeRow
from tests.accounts.conftest import Clock, OpenAccounts, stored

PASSWORD = "correct horse"


@pytest.fixture
async def other(open_accounts: OpenAccounts) -> Accounts:
    """Another process on the same database, where many have accounts already."""
    accounts = await open_accounts(busy_timeout_s=10)
    for number in range(12):
        await accounts.registration.register(f"user{number}", PASSWORD)
    return accounts


@pytest.fixture
async def here(accounts: Accounts, other: Accounts) -> Accounts:
    """A process that has followed so far."""
    await accounts.poll_changes()
    assert len(accounts.users()) == 12
    return accounts


@pytest.fixture
def loaded() -> Iterator[Counter[str]]:
    """How many rows became objects, by table."""
    counts: Counter[str] = Counter()

    def count(row: Base, _context: Any) -> None:
        counts[row.__tablename__] += 1

    event.listen(Base, "load", count, propagate=True)
    yield counts
    event.remove(Base, "load", count)


def expect_equal(one: Accounts, other: Accounts) -> None:
    """Expect that two copies in memory hold the same as the database."""
    mine, theirs = one._mirror, other._mirror
    assert stored(one).revision == mine.stored_revision
    for name in ("accounts", "sessions", "invites", "pending", "ended", "stored_revision", "_ids_by_key"):
        assert getattr(mine, name) == getattr(theirs, name)


async def test_only_what_changed_is_loaded(here: Accounts, other: Accounts, loaded: Counter[str]) -> None:
    """A registration, a rename and a logout: three accounts, one session."""
    issued = await other.registration.register("kim", PASSWORD)
    await other.administration.update(other.users()[0].id, username="Zoe")
    out = await other.logins.login("user7", PASSWORD)
    await other.sessions.revoke(out.jti)
    loaded.clear()
    await here.poll_changes()
    assert loaded == {"users": 3, "sessions": 1, "ended_tokens": 1}
    expect_equal(here, other)
    assert here.sessions.check(issued.token).account.username == "kim"
    assert here.sessions.inspect(out.token).reason == "revoked"
    loaded.clear()
    await here.poll_changes()
    assert not loaded


async def test_every_kind_of_write_is_followed(here: Accounts, other: Accounts, clock: Clock) -> None:
    """Both copies in memory are the same afterwards, and what the database has."""
    registration = other.registration
    await registration.approve((await registration.apply("approved", PASSWORD)).id)
    await registration.deny((await registration.apply("denied", PASSWORD)).id)
    await registration.apply("waits", PASSWORD)
    invite = await registration.create_invite("x")
    await registration.revoke_invite((await registration.create_invite("y")).code)
    users = other.users()
    await other.administration.set_disabled(users[1].id, True)
    await other.administration.delete(users[2].id)
    await other.administration.reset_password(users[3].id, "battery staple")
    checked = other.sessions.check((await other.logins.login("user9", PASSWORD)).token)
    clock.advance(61)
    other.sessions.note_use(checked.session.jti, clock.now)
    for each in (other, here, other):  # both tidy up
        await each.poll_changes()
    assert invite.code in [each.code for each in here.registration.invites()]
    expect_equal(here, other)


async def test_why_tokens_ended_is_known(here: Accounts, other: Accounts) -> None:
    """The reason reaches who closes the connections, as if it had been done here."""
    told: list[EndedTokens] = []
    here.observe_ended(told.append)
    ana = other.find("user1")
    assert ana is not None
    await other.administration.reset_password(ana.id, "battery staple")
    await here.poll_changes()
    assert told == [EndedTokens(ana.id, None, EndReason.PASSWORD_CHANGED)]


async def test_who_came_back_meanwhile_stays(here: Accounts, other: Accounts) -> None:
    """All tokens of a user end elsewhere; the one that was given here since is heard of with it, and spared."""
    told: list[EndedTokens] = []
    here.observe_ended(told.append)
    ana = other.find("user1")
    assert ana is not None
    await other.administration.reset_password(ana.id, "battery staple")
    issued = await here.logins.login("user1", "battery staple")
    await here.poll_changes()
    assert [each.spared for each in told] == [frozenset({issued.jti})]
    assert not told[0].concerns(ana.id, issued.jti)
    assert told[0].concerns(ana.id, "an older one")
    assert here.sessions.check(issued.token)


@pytest.mark.parametrize("missing", ["a row", "all", "its content", "broken"])
async def test_what_is_not_listed_is_loaded_whole(
    here: Accounts, other: Accounts, loaded: Counter[str], missing: str
) -> None:
    """An older program wrote, too much was written, or the rows are too old: nothing is missed."""
    await other.registration.register("kim", PASSWORD)
    await other.registration.register("lee", PASSWORD)
    last = stored(other).revision
    with other.database.writing() as connection:
        if missing == "all":
            connection.execute(delete(ChangeRow))
        elif missing == "a row":
            connection.execute(delete(ChangeRow).where(ChangeRow.revision == last - 1))
        else:
            content = None if missing == "its content" else b"\xc1"
            connection.execute(text("UPDATE changes SET content = :content"), {"content": content})
    loaded.clear()
    await here.poll_changes()
    assert loaded["users"] == 14
    expect_equal(here, other)


async def test_a_backup_that_was_put_back_is_loaded_whole(here: Accounts, loaded: Counter[str]) -> None:
    """Its revision is one of the past."""
    with here.database.writing() as connection:
        connection.execute(text("UPDATE meta SET revision = 3"))
    await here.poll_changes()
    assert loaded["users"] == 12
    assert here._mirror.stored_revision == 3


async def test_the_list_does_not_grow(other: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is too old goes; a write that touched too much leaves no ids."""
    monkeypatch.setattr(change_log, "KEPT", 5)
    monkeypatch.setattr(change_log, "TIDY_EVERY", 1)
    monkeypatch.setattr(change_log, "MAX_IDS", 1)
    await other.registration.register("kim", PASSWORD)  # an account and a session
    with transaction.reading(other.database) as db:
        assert _contents(db)[-1] is None
        assert len(_contents(db)) == 5


def _contents(db: OrmSession) -> list[bytes | None]:
    return list(db.scalars(text("SELECT content FROM changes ORDER BY revision")))
