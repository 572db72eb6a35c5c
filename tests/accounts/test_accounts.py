"""Accounts as a whole: registering, and what a restart keeps."""

from __future__ import annotations

import asyncio

import pytest

from authws_desktop.accounts.accounts import Accounts
from authws_desktop.accounts.errors import (
    InvalidField,
    Throttled,
    TokenRefused,
    UsernameTaken,
)
from authws_desktop.accounts.models import Role
from authws_desktop.accounts.store import users
from authws_desktop.protocol.codes import AuthReason

from .conftest import Clock, OpenAccounts, choose

PASSWORD = "correct horse"


def reason_of(accounts: Accounts, token: str) -> AuthReason:
    """Return why a token is refused."""
    with pytest.raises(TokenRefused) as refused:
        accounts.sessions.check(token)
    return refused.value.reason


async def test_register_then_log_in(accounts: Accounts, clock: Clock) -> None:
    """A new user has a token at once, and gets another by logging in, with the name in any case."""
    issued = await accounts.registration.register("Ana", PASSWORD, address="192.0.2.1", app="web")
    assert (issued.account.username, issued.account.role) == ("Ana", Role.MEMBER)
    assert issued.expires_at == int(clock.now) + 86_401
    checked = accounts.sessions.check(issued.token)
    assert checked.account == issued.account
    assert (checked.session.address, checked.session.app) == ("192.0.2.1", "web")
    assert checked.session.last_used_at == clock.now
    clock.advance(5)
    again = await accounts.logins.login("ANA", PASSWORD)
    assert again.account.last_login_at == clock.now
    assert accounts.get(again.account.id) == again.account == accounts.find("ana")
    assert [s.jti for s in accounts.sessions.of(again.account.id)] == [issued.jti, again.jti]


async def test_everything_survives_a_restart(open_accounts: OpenAccounts) -> None:
    """Accounts, sessions, last uses and revocations are the same after closing and opening."""
    first = await open_accounts()
    live, ended = (
        await first.registration.register("ana", PASSWORD),
        await first.logins.login("ana", PASSWORD),
    )
    await first.sessions.logout(first.sessions.check(ended.token))
    first.sessions.check(live.token)
    users, sessions = first.users(), first.sessions.of(live.account.id)
    await first.close()
    second = await open_accounts()
    assert second.users() == users
    assert second.sessions.of(live.account.id) == sessions
    assert second.sessions.check(live.token).account == live.account
    assert reason_of(second, ended.token) is AuthReason.REVOKED


async def test_a_taken_name_is_refused_in_any_form(accounts: Accounts) -> None:
    """Case and width make no other name."""
    await accounts.registration.register("Ana", PASSWORD)
    for name in ("ana", "ANA", "\uff41na"):
        with pytest.raises(UsernameTaken):
            await accounts.registration.register(name, PASSWORD)


async def test_one_of_many_at_the_same_time_gets_the_name(accounts: Accounts) -> None:
    """Registrations of one name that run together: one account, all others are told."""
    results = await asyncio.gather(
        *(accounts.registration.register("ana", PASSWORD) for _ in range(8)), return_exceptions=True
    )
    assert sum(not isinstance(result, BaseException) for result in results) == 1
    assert sum(isinstance(result, UsernameTaken) for result in results) == 7
    assert len(accounts.users()) == 1


@pytest.mark.parametrize("name", ["", "a\0b", "ana\ud800", "x" * 10_000, "system"])
async def test_bad_names_are_refused_before_any_work(accounts: Accounts, name: str) -> None:
    """A bad name is an `InvalidField` and leaves no trace."""
    with pytest.raises(InvalidField):
        await accounts.registration.register(name, PASSWORD)
    assert accounts.users() == []


async def test_registrations_are_throttled_by_address(accounts: Accounts) -> None:
    """Taken names count too, bad input does not; 0 switches the limit off."""
    choose(accounts, register_rate=2)
    await accounts.registration.register("ana", PASSWORD, address="192.0.2.1")
    with pytest.raises(InvalidField):
        await accounts.registration.register("?", PASSWORD, address="192.0.2.1")
    with pytest.raises(UsernameTaken):
        await accounts.registration.register("ana", PASSWORD, address="192.0.2.1")
    with pytest.raises(Throttled):
        await accounts.registration.register("bob", PASSWORD, address="192.0.2.1")
    choose(accounts, register_rate=0)
    await accounts.registration.register("bob", PASSWORD, address="192.0.2.1")


async def test_no_repr_shows_a_token_or_hash(accounts: Accounts) -> None:
    """What is logged by accident holds no secret."""
    issued = await accounts.registration.register("ana", PASSWORD)
    assert issued.token not in repr(issued)
    assert issued.token not in repr(accounts.sessions.check(issued.token))
    found = await accounts._ledger.read(lambda db: users.credentials(db, "ana"))
    assert found is not None
    assert found.password_hash not in repr(found)
