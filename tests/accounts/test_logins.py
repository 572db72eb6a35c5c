"""Logging in, changing the password, and holding off who guesses it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import bcrypt
import pytest

from authws_desktop.accounts.accounts import Accounts
from authws_desktop.accounts.errors import (
    AccountDisabled,
    Busy,
    InvalidCredentials,
    InvalidField,
    Throttled,
)
from authws_desktop.accounts.hashing import MAX_WAITING_PER_LANE
from authws_desktop.accounts.models import EndedTokens, EndReason
from authws_desktop.accounts.store import users
from authws_desktop.protocol.codes import AuthReason

from .conftest import Clock, OpenAccounts, choose, reason_of

PASSWORD = "correct horse"


@pytest.mark.parametrize("name", ["nobody", "", "a\0b", "ana\ud800", "x" * 10_000, "ana\n"])
async def test_logging_in_with_any_text_is_just_wrong(accounts: Accounts, name: str) -> None:
    """Names that cannot exist get the same answer as names that do not."""
    for password in (PASSWORD, "", "\0", "\ud800", "x" * 10_000):
        with pytest.raises(InvalidCredentials, match="Username or password is wrong"):
            await accounts.logins.login(name, password)


async def test_unknown_wrong_and_disabled_cost_the_same(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every refused login reads the database once and hashes once; only the right password tells more."""
    ana = (await accounts.registration.register("ana", PASSWORD)).account
    await accounts.administration.set_disabled(
        (await accounts.registration.register("bob", PASSWORD)).account.id, True
    )
    work: list[str] = []

    def count(module: object, name: str) -> None:
        real: Callable[..., Any] = getattr(module, name)

        def counted(*arguments: Any) -> Any:
            work.append(name)
            return real(*arguments)

        monkeypatch.setattr(module, name, counted)

    count(bcrypt, "checkpw")
    count(users, "credentials")
    for name in ("ana", "bob", "nobody", "x" * 10_000):
        work.clear()
        with pytest.raises(InvalidCredentials):
            await accounts.logins.login(name, "a wrong one")
        assert work == ["credentials", "checkpw"]
    with pytest.raises(AccountDisabled):
        await accounts.logins.login("bob", PASSWORD)
    assert (await accounts.logins.login("ana", PASSWORD)).account.id == ana.id


@pytest.mark.parametrize("name", ["ana", "nobody"])
async def test_known_and_unknown_accounts_are_throttled_alike(
    accounts: Accounts, clock: Clock, name: str
) -> None:
    """Ten failures, then a wait, even for the right password; afterwards it works."""
    await accounts.registration.register("ana", PASSWORD)
    for _ in range(10):
        with pytest.raises(InvalidCredentials):
            await accounts.logins.login(name, "a wrong one", address="192.0.2.1")
    for password in ("a wrong one", PASSWORD):
        with pytest.raises(Throttled) as refused:
            await accounts.logins.login(name, password, address="192.0.2.2")
        assert refused.value.retry_after_s == 60
    clock.advance(60)
    assert (await accounts.logins.login("ana", PASSWORD, address="192.0.2.1")).account.username == "ana"


async def test_guesses_at_the_same_time_are_not_more_guesses(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 30 guesses sent together ten are hashed and answered; the others, the right one too, are refused."""
    await accounts.registration.register("ana", PASSWORD)
    hashed: list[str] = []
    real = bcrypt.checkpw

    def counted(password: bytes, stored: bytes) -> bool:
        hashed.append("")
        return real(password, stored)

    monkeypatch.setattr(bcrypt, "checkpw", counted)
    guesses = [*["a wrong one"] * 30, PASSWORD]
    results = await asyncio.gather(
        *(accounts.logins.login("ana", g) for g in guesses), return_exceptions=True
    )
    assert [type(result) for result in results] == [InvalidCredentials] * 10 + [Throttled] * 21
    assert len(hashed) == 10


async def test_a_class_may_log_in_together_from_one_address(accounts: Accounts) -> None:
    """Right passwords are not counted, however many come at once."""
    await accounts.registration.register("ana", PASSWORD)
    issued = await asyncio.gather(
        *(accounts.logins.login("ana", PASSWORD, address="127.0.0.1") for _ in range(30))
    )
    assert len({each.jti for each in issued}) == 30


async def test_a_right_password_clears_the_count(accounts: Accounts) -> None:
    """Nine failures, one success, nine failures: no wait for the account."""
    await accounts.registration.register("ana", PASSWORD)
    for _ in range(2):
        for _ in range(9):
            with pytest.raises(InvalidCredentials):
                await accounts.logins.login("ana", "a wrong one")
        await accounts.logins.login("ana", PASSWORD)


async def test_too_many_hashes_are_refused_and_not_counted(accounts: Accounts) -> None:
    """With the queue full, logins and registrations are told when to come back."""
    await accounts.registration.register("ana", PASSWORD)
    choose(accounts, register_rate=1)
    accounts._hashing._max_waiting = accounts._hashing._max_waiting_per_lane = 0
    gate = threading.Event()
    blocked = [
        asyncio.create_task(accounts._hashing._run(lambda: gate.wait(60), "198.51.100.1", None))
        for _ in range(accounts._hashing.thread_count)
    ]
    await asyncio.sleep(0)
    for _ in range(12):
        with pytest.raises(Busy):
            await accounts.logins.login("ana", PASSWORD, address="192.0.2.1")
        with pytest.raises(Busy):
            await accounts.registration.register("bob", PASSWORD, address="192.0.2.1")
    gate.set()
    await asyncio.gather(*blocked)
    await accounts.logins.login("ana", PASSWORD, address="192.0.2.1")
    await accounts.registration.register("bob", PASSWORD, address="192.0.2.1")


async def test_changing_the_password_ends_every_other_token(
    accounts: Accounts, ended: list[EndedTokens]
) -> None:
    """Only the token that comes back counts; others' tokens are not concerned."""
    one, two = (
        await accounts.registration.register("ana", PASSWORD),
        await accounts.logins.login("ana", PASSWORD),
    )
    bob = await accounts.registration.register("bob", PASSWORD)
    new = await accounts.logins.change_password(
        accounts.sessions.check(one.token), PASSWORD, "battery staple"
    )
    assert accounts.sessions.check(new.token).account.username == "ana"
    assert accounts.sessions.check(bob.token)
    assert reason_of(accounts, one.token) is reason_of(accounts, two.token) is AuthReason.REVOKED
    assert ended == [EndedTokens(one.account.id, frozenset({one.jti, two.jti}), EndReason.PASSWORD_CHANGED)]
    with pytest.raises(InvalidCredentials):
        await accounts.logins.login("ana", PASSWORD)
    await accounts.logins.login("ana", "battery staple")


async def test_changing_the_password_needs_the_current_one(accounts: Accounts) -> None:
    """Wrong ones end in a wait of its own, which no login feels; a bad new one names its field."""
    checked = accounts.sessions.check((await accounts.registration.register("ana", PASSWORD)).token)
    with pytest.raises(InvalidField) as bad:
        await accounts.logins.change_password(checked, PASSWORD, "short")
    assert bad.value.field == "newPassword"
    for _ in range(10):
        with pytest.raises(InvalidCredentials):
            await accounts.logins.change_password(checked, "a wrong one", "battery staple")
    with pytest.raises(Throttled):
        await accounts.logins.change_password(checked, PASSWORD, "battery staple")
    await accounts.logins.login("ana", PASSWORD)


async def test_strangers_do_not_keep_the_owner_out(open_accounts: OpenAccounts, clock: Clock) -> None:
    """Where the account has logged in before, it still does, also after a restart and a password change."""
    accounts = await open_accounts()
    checked = accounts.sessions.check(
        (await accounts.registration.register("ana", PASSWORD, address="192.0.2.1")).token
    )
    await accounts.logins.login("ana", PASSWORD, address="192.0.2.2")
    accounts = await open_accounts()
    for number in range(10):
        with pytest.raises(InvalidCredentials):
            await accounts.logins.login("ana", "a wrong one", address=f"203.0.113.{number}")
    for address in ("203.0.113.99", ""):
        with pytest.raises(Throttled):
            await accounts.logins.login("ana", PASSWORD, address=address)
    for address in ("192.0.2.1", "192.0.2.2", "::ffff:192.0.2.1"):
        await accounts.logins.login("ana", PASSWORD, address=address)
    new = await accounts.logins.change_password(checked, PASSWORD, "battery staple", address="203.0.113.99")
    assert new.account.login_networks == ("192.0.2.1", "192.0.2.2")


async def test_ten_pupils_do_not_lock_out_the_eleventh(accounts: Accounts) -> None:
    """Behind one address ten try their passwords until they wait; the eleventh gets in, for the first time."""
    await accounts.administration.create("eleventh", PASSWORD)
    for number in range(10):
        name = f"pupil{number}"
        await accounts.administration.create(name, PASSWORD)
        for _ in range(10):
            with pytest.raises(InvalidCredentials):
                await accounts.logins.login(name, "a wrong one", address="192.0.2.1")
        with pytest.raises(Throttled):
            await accounts.logins.login(name, PASSWORD, address="192.0.2.1")
    await accounts.logins.login("eleventh", PASSWORD, address="192.0.2.1")


async def test_one_address_does_not_hold_up_others(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 100 logins from one address few wait; somebody else's comes next, whatever waits before it."""
    await accounts.administration.create("ana", PASSWORD)
    accounts._hashing._threads = 1
    hashed: list[bool] = []
    first, gate = threading.Event(), threading.Event()
    real = bcrypt.checkpw

    def slow(password: bytes, stored: bytes) -> bool:
        first.set()
        gate.wait(60)
        hashed.append(is_right := real(password, stored))
        return is_right

    monkeypatch.setattr(bcrypt, "checkpw", slow)
    flood = [
        asyncio.create_task(accounts.logins.login(f"nobody{number}", "a wrong one", address="203.0.113.1"))
        for number in range(100)
    ]
    await asyncio.wait(flood, return_when=asyncio.FIRST_COMPLETED)  # Busy: the lane is full
    login = asyncio.create_task(accounts.logins.login("ana", PASSWORD, address="192.0.2.1"))
    while len(accounts._hashing._lanes) < 2:
        await asyncio.sleep(0)
    gate.set()
    await login
    results = await asyncio.gather(*flood, return_exceptions=True)
    assert hashed.index(True) <= 2
    assert sum(isinstance(result, Busy) for result in results) == 100 - 1 - MAX_WAITING_PER_LANE
    assert len(hashed) == 1 + 1 + MAX_WAITING_PER_LANE


async def test_a_password_reset_during_a_login_wins(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who proved the old password does not get in after the new one was set."""
    user_id = (await accounts.registration.register("ana", PASSWORD)).account.id
    real = accounts._hashing.verify

    async def slow_verify(password: str, hashed: str | None, **options: Any) -> bool:
        is_right = await real(password, hashed, **options)
        await accounts.administration.reset_password(user_id, "battery staple")
        return is_right

    monkeypatch.setattr(accounts._hashing, "verify", slow_verify)
    with pytest.raises(InvalidCredentials):
        await accounts.logins.login("ana", PASSWORD)
    assert accounts.sessions.of(user_id) == []
