"""Users: register, log in, renew, change the password, log out."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import bcrypt
import pytest

from authws_desktop.accounts import core, tokens
from authws_desktop.accounts.directory import Accounts
from authws_desktop.accounts.errors import (
    AccountDisabled,
    AccountsError,
    Busy,
    InvalidCredentials,
    InvalidField,
    StoreError,
    Throttled,
    TokenRefused,
    UsernameTaken,
)
from authws_desktop.accounts.records import EndedTokens, EndReason, Role
from authws_desktop.protocol.codes import AuthReason

from .conftest import Clock, OpenAccounts

PASSWORD = "correct horse"


@pytest.fixture
def ended(accounts: Accounts) -> list[EndedTokens]:
    """What observers are told."""
    told: list[EndedTokens] = []
    accounts.observe_ended(told.append)
    return told


def reason_of(accounts: Accounts, token: str) -> AuthReason:
    """Return why a token is refused."""
    with pytest.raises(TokenRefused) as refused:
        accounts.check_token(token)
    return refused.value.reason


async def test_register_then_log_in(accounts: Accounts, clock: Clock) -> None:
    """A new user has a token at once, and gets another by logging in, with the name in any case."""
    issued = await accounts.register("Ana", PASSWORD, address="192.0.2.1", app="web")
    assert (issued.account.username, issued.account.role) == ("Ana", Role.MEMBER)
    assert issued.expires_at == int(clock.now) + 86_401
    checked = accounts.check_token(issued.token)
    assert checked.account == issued.account
    assert (checked.session.address, checked.session.app) == ("192.0.2.1", "web")
    assert checked.session.last_used_at == clock.now
    clock.advance(5)
    again = await accounts.login("ANA", PASSWORD)
    assert again.account.last_login_at == clock.now
    assert accounts.get(again.account.id) == again.account == accounts.find("ana")
    assert [s.jti for s in accounts.sessions_of(again.account.id)] == [issued.jti, again.jti]


async def test_everything_survives_a_restart(open_accounts: OpenAccounts) -> None:
    """Accounts, sessions, last uses and revocations are the same after closing and opening."""
    first = await open_accounts()
    live, ended = await first.register("ana", PASSWORD), await first.login("ana", PASSWORD)
    await first.logout(first.check_token(ended.token))
    first.check_token(live.token)
    users, sessions = first.users(), first.sessions_of(live.account.id)
    await first.close()
    second = await open_accounts()
    assert second.users() == users
    assert second.sessions_of(live.account.id) == sessions
    assert second.check_token(live.token).account == live.account
    assert reason_of(second, ended.token) is AuthReason.REVOKED


async def test_a_taken_name_is_refused_in_any_form(accounts: Accounts) -> None:
    """Case and width make no other name."""
    await accounts.register("Ana", PASSWORD)
    for name in ("ana", "ANA", "\uff41na"):
        with pytest.raises(UsernameTaken):
            await accounts.register(name, PASSWORD)


async def test_one_of_many_at_the_same_time_gets_the_name(accounts: Accounts) -> None:
    """Registrations of one name that run together: one account, all others are told."""
    results = await asyncio.gather(
        *(accounts.register("ana", PASSWORD) for _ in range(8)), return_exceptions=True
    )
    assert sum(not isinstance(result, BaseException) for result in results) == 1
    assert sum(isinstance(result, UsernameTaken) for result in results) == 7
    assert len(accounts.users()) == 1


@pytest.mark.parametrize("name", ["", "a\0b", "ana\ud800", "x" * 10_000, "system"])
async def test_bad_names_are_refused_before_any_work(accounts: Accounts, name: str) -> None:
    """A bad name is an `InvalidField` and leaves no trace."""
    with pytest.raises(InvalidField):
        await accounts.register(name, PASSWORD)
    assert accounts.users() == []


@pytest.mark.parametrize("name", ["nobody", "", "a\0b", "ana\ud800", "x" * 10_000, "ana\n"])
async def test_logging_in_with_any_text_is_just_wrong(accounts: Accounts, name: str) -> None:
    """Names that cannot exist get the same answer as names that do not."""
    for password in (PASSWORD, "", "\0", "\ud800", "x" * 10_000):
        with pytest.raises(InvalidCredentials, match="Username or password is wrong"):
            await accounts.login(name, password)


async def test_unknown_wrong_and_disabled_cost_the_same(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every refused login reads the database once and hashes once; only the right password tells more."""
    ana = (await accounts.register("ana", PASSWORD)).account
    await accounts.set_disabled((await accounts.register("bob", PASSWORD)).account.id, True)
    work: list[str] = []

    def count(module: object, name: str) -> None:
        real: Callable[..., Any] = getattr(module, name)

        def counted(*arguments: Any) -> Any:
            work.append(name)
            return real(*arguments)

        monkeypatch.setattr(module, name, counted)

    count(bcrypt, "checkpw")
    count(accounts._store, "credentials")
    for name in ("ana", "bob", "nobody", "x" * 10_000):
        work.clear()
        with pytest.raises(InvalidCredentials):
            await accounts.login(name, "a wrong one")
        assert work == ["credentials", "checkpw"]
    with pytest.raises(AccountDisabled):
        await accounts.login("bob", PASSWORD)
    assert (await accounts.login("ana", PASSWORD)).account.id == ana.id


@pytest.mark.parametrize("name", ["ana", "nobody"])
async def test_known_and_unknown_accounts_are_throttled_alike(
    accounts: Accounts, clock: Clock, name: str
) -> None:
    """Ten failures, then a wait, even for the right password; afterwards it works."""
    await accounts.register("ana", PASSWORD)
    for _ in range(10):
        with pytest.raises(InvalidCredentials):
            await accounts.login(name, "a wrong one", address="192.0.2.1")
    for password in ("a wrong one", PASSWORD):
        with pytest.raises(Throttled) as refused:
            await accounts.login(name, password, address="192.0.2.2")
        assert refused.value.retry_after_s == 60
    clock.advance(60)
    assert (await accounts.login("ana", PASSWORD, address="192.0.2.1")).account.username == "ana"


async def test_guesses_at_the_same_time_are_not_more_guesses(accounts: Accounts) -> None:
    """Of 30 guesses sent together ten are answered; the right one behind them is refused unseen."""
    await accounts.register("ana", PASSWORD)
    accounts._hashing._threads = 1
    guesses = [*["a wrong one"] * 30, PASSWORD]
    results = await asyncio.gather(*(accounts.login("ana", g) for g in guesses), return_exceptions=True)
    assert sum(isinstance(result, InvalidCredentials) for result in results) == 10
    assert sum(isinstance(result, Throttled) for result in results) == 20 + isinstance(results[-1], Throttled)


async def test_a_class_may_log_in_together_from_one_address(accounts: Accounts) -> None:
    """Right passwords are not counted, however many come at once."""
    await accounts.register("ana", PASSWORD)
    issued = await asyncio.gather(*(accounts.login("ana", PASSWORD, address="127.0.0.1") for _ in range(30)))
    assert len({each.jti for each in issued}) == 30


async def test_a_right_password_clears_the_count(accounts: Accounts) -> None:
    """Nine failures, one success, nine failures: no wait for the account."""
    await accounts.register("ana", PASSWORD)
    for _ in range(2):
        for _ in range(9):
            with pytest.raises(InvalidCredentials):
                await accounts.login("ana", "a wrong one")
        await accounts.login("ana", PASSWORD)


async def test_registrations_are_throttled_by_address(accounts: Accounts) -> None:
    """Taken names count too, bad input does not; 0 switches the limit off."""
    accounts.register_rate = 2
    await accounts.register("ana", PASSWORD, address="192.0.2.1")
    with pytest.raises(InvalidField):
        await accounts.register("?", PASSWORD, address="192.0.2.1")
    with pytest.raises(UsernameTaken):
        await accounts.register("ana", PASSWORD, address="192.0.2.1")
    with pytest.raises(Throttled):
        await accounts.register("bob", PASSWORD, address="192.0.2.1")
    accounts.register_rate = 0
    await accounts.register("bob", PASSWORD, address="192.0.2.1")


async def test_too_many_hashes_are_refused_and_not_counted(accounts: Accounts) -> None:
    """With the queue full, logins and registrations are told when to come back."""
    await accounts.register("ana", PASSWORD)
    accounts.register_rate = 1
    accounts._hashing._max_waiting = -accounts._hashing._threads
    for _ in range(12):
        with pytest.raises(Busy):
            await accounts.login("ana", PASSWORD, address="192.0.2.1")
        with pytest.raises(Busy):
            await accounts.register("bob", PASSWORD, address="192.0.2.1")
    accounts._hashing._max_waiting = 64
    await accounts.login("ana", PASSWORD, address="192.0.2.1")
    await accounts.register("bob", PASSWORD, address="192.0.2.1")


async def test_refreshing_gives_a_second_token(accounts: Accounts, clock: Clock) -> None:
    """The new token lasts longer; the old one stays good until it expires."""
    first = await accounts.register("ana", PASSWORD, app="web")
    clock.advance(3600)
    second = await accounts.refresh(accounts.check_token(first.token))
    assert second.expires_at == first.expires_at + 3600
    assert accounts.check_token(second.token).session.app == "web"
    assert accounts.check_token(first.token)
    clock.advance(first.expires_at - clock.now)
    assert reason_of(accounts, first.token) is AuthReason.EXPIRED
    assert accounts.check_token(second.token)
    assert len(accounts.sessions_of(first.account.id)) == 1


async def test_a_token_that_ended_meanwhile_is_not_renewed(accounts: Accounts) -> None:
    """Logging out, disabling or deleting between check and renewal wins."""
    checked = accounts.check_token((await accounts.register("ana", PASSWORD)).token)
    await accounts.logout(checked)
    for reason, act in (
        (AuthReason.REVOKED, None),
        (AuthReason.DISABLED, accounts.set_disabled(checked.account.id, True)),
        (AuthReason.UNKNOWN_USER, accounts.delete(checked.account.id)),
    ):
        if act is not None:
            await act
        with pytest.raises(TokenRefused) as refused:
            await accounts.refresh(checked)
        assert refused.value.reason is reason
    with pytest.raises(TokenRefused):
        await accounts.change_password(checked, PASSWORD, "another one")


async def test_changing_the_password_ends_every_other_token(
    accounts: Accounts, ended: list[EndedTokens]
) -> None:
    """Only the token that comes back counts; others' tokens are not concerned."""
    one, two = await accounts.register("ana", PASSWORD), await accounts.login("ana", PASSWORD)
    bob = await accounts.register("bob", PASSWORD)
    new = await accounts.change_password(accounts.check_token(one.token), PASSWORD, "battery staple")
    assert accounts.check_token(new.token).account.username == "ana"
    assert accounts.check_token(bob.token)
    assert reason_of(accounts, one.token) is reason_of(accounts, two.token) is AuthReason.REVOKED
    assert ended == [EndedTokens(one.account.id, frozenset({one.jti, two.jti}), EndReason.PASSWORD_CHANGED)]
    with pytest.raises(InvalidCredentials):
        await accounts.login("ana", PASSWORD)
    await accounts.login("ana", "battery staple")


async def test_changing_the_password_needs_the_current_one(accounts: Accounts) -> None:
    """Wrong ones count as failed logins; a bad new one names its field."""
    checked = accounts.check_token((await accounts.register("ana", PASSWORD)).token)
    with pytest.raises(InvalidField) as bad:
        await accounts.change_password(checked, PASSWORD, "short")
    assert bad.value.field == "newPassword"
    for _ in range(10):
        with pytest.raises(InvalidCredentials):
            await accounts.change_password(checked, "a wrong one", "battery staple")
    with pytest.raises(Throttled):
        await accounts.login("ana", PASSWORD)


async def test_logging_out_ends_one_token(accounts: Accounts, ended: list[EndedTokens]) -> None:
    """The other devices of the user stay logged in; observers hear of the one, before the await returns."""
    one, two = await accounts.register("ana", PASSWORD), await accounts.login("ana", PASSWORD)
    await accounts.logout(accounts.check_token(one.token))
    assert reason_of(accounts, one.token) is AuthReason.REVOKED
    assert accounts.check_token(two.token)
    assert ended == [EndedTokens(one.account.id, frozenset({one.jti}), EndReason.LOGGED_OUT)]


async def test_a_token_of_nobody_or_of_somebody_else(accounts: Accounts, clock: Clock) -> None:
    """Well-signed tokens need an account and a live session of that very account."""
    ana, bob = await accounts.register("ana", PASSWORD), await accounts.register("bob", PASSWORD)

    def forged(user_id: str, jti: str) -> str:
        key = accounts.keys.active
        return tokens.issue(key, user_id=user_id, username="ana", jti=jti, now=clock.now, life_s=60)[0]

    assert reason_of(accounts, forged("nobody", ana.jti)) is AuthReason.UNKNOWN_USER
    assert reason_of(accounts, forged(ana.account.id, "no such")) is AuthReason.REVOKED
    assert reason_of(accounts, forged(ana.account.id, "")) is AuthReason.REVOKED
    assert reason_of(accounts, forged(ana.account.id, bob.jti)) is AuthReason.REVOKED
    assert accounts.check_token(forged(ana.account.id, ana.jti))


async def test_the_inspector_judges_account_and_session_too(accounts: Accounts) -> None:
    """Verdicts follow the account; looking does not count as a use."""
    issued = await accounts.register("ana", PASSWORD)
    result = accounts.inspect_token(issued.token)
    assert result.reason is None
    assert [v.claim for v in result.verdicts] == ["alg", "signature", "exp", "iss", "sub", "jti"]
    assert accounts.sessions_of(issued.account.id)[0].last_used_at is None
    await accounts.set_disabled(issued.account.id, True)
    assert accounts.inspect_token(issued.token).reason is AuthReason.DISABLED
    assert [v.claim for v in accounts.inspect_token(issued.token).verdicts if not v.is_good] == ["sub", "jti"]
    await accounts.delete(issued.account.id)
    assert accounts.inspect_token(issued.token).reason is AuthReason.UNKNOWN_USER
    assert accounts.inspect_token("garbage").reason is AuthReason.MALFORMED


async def test_expired_sessions_are_forgotten_without_a_word(
    accounts: Accounts, ended: list[EndedTokens], clock: Clock
) -> None:
    """Purging is no ending: connections know their own expiry."""
    issued = await accounts.register("ana", PASSWORD)
    clock.advance(86_402)
    assert accounts.sessions_of(issued.account.id) == []
    await accounts.poll_changes()
    assert accounts.session(issued.jti) is None
    assert accounts._store.snapshot().sessions == []
    assert ended == []


async def test_a_clock_that_jumps_back_ends_no_token(accounts: Accounts, clock: Clock) -> None:
    """A token issued in what is now the future stays good."""
    issued = await accounts.register("ana", PASSWORD)
    accounts.check_token(issued.token)
    clock.advance(-86_400)
    assert accounts.check_token(issued.token)
    await accounts.poll_changes()
    assert accounts.check_token(issued.token)


async def test_the_oldest_sessions_make_room(
    accounts: Accounts, ended: list[EndedTokens], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A loop of renewals cannot fill memory and disk."""
    monkeypatch.setattr(core, "MAX_SESSIONS_PER_USER", 3)
    issued = await accounts.register("ana", PASSWORD)
    for _ in range(4):
        last = await accounts.refresh(accounts.check_token(issued.token))
        issued = last
    assert len(accounts.sessions_of(issued.account.id)) == 3
    assert len(accounts._store.snapshot().sessions) == 3
    assert len(ended) == 2


async def test_the_revision_tells_of_every_change(accounts: Accounts) -> None:
    """What the window polls moves with each act and rests in between."""
    seen = [accounts.revision]
    issued = await accounts.register("ana", PASSWORD)
    seen.append(accounts.revision)
    checked = accounts.check_token(issued.token)
    seen.append(accounts.revision)
    accounts.check_token(issued.token)
    await accounts.poll_changes()
    assert accounts.revision == seen[-1]
    await accounts.logout(checked)
    seen.append(accounts.revision)
    assert sorted(set(seen)) == seen


@pytest.fixture
def gate(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> tuple[threading.Event, threading.Event]:
    """Holds writes of sessions in the database's thread: set when one has come, and to let it go on."""
    arrived, may_go = threading.Event(), threading.Event()
    real = accounts._store.start_session

    def held(*arguments: Any, **named: Any) -> Any:
        arrived.set()
        may_go.wait(60)
        return real(*arguments, **named)

    monkeypatch.setattr(accounts._store, "start_session", held)
    return arrived, may_go


async def test_cancelling_neither_loses_a_write_nor_leaves_the_copy_behind(
    accounts: Accounts, gate: tuple[threading.Event, threading.Event]
) -> None:
    """A login cancelled while it is written is written, and memory knows it."""
    user_id = (await accounts.register("ana", PASSWORD)).account.id
    arrived, may_go = gate
    login = asyncio.create_task(accounts.login("ana", PASSWORD))
    await asyncio.get_running_loop().run_in_executor(None, arrived.wait, 10)
    login.cancel()
    with pytest.raises(asyncio.CancelledError):
        await login
    assert len(accounts.sessions_of(user_id)) == 1
    may_go.set()
    await accounts.poll_changes()
    assert len(accounts.sessions_of(user_id)) == 2 == len(accounts._store.snapshot().sessions)


async def test_closing_finishes_what_is_being_written(
    accounts: Accounts, gate: tuple[threading.Event, threading.Event], open_accounts: OpenAccounts
) -> None:
    """A login under way at the end is either stored whole or refused."""
    user_id = (await accounts.register("ana", PASSWORD)).account.id
    arrived, may_go = gate
    login = asyncio.create_task(accounts.login("ana", PASSWORD))
    await asyncio.get_running_loop().run_in_executor(None, arrived.wait, 10)
    closing = asyncio.create_task(accounts.close())
    may_go.set()
    await closing
    issued = await login
    assert [s.jti for s in (await open_accounts()).sessions_of(user_id)][-1] == issued.jti
    with pytest.raises(AccountsError):
        await accounts.login("ana", PASSWORD)


async def test_a_password_reset_during_a_login_wins(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who proved the old password does not get in after the new one was set."""
    user_id = (await accounts.register("ana", PASSWORD)).account.id
    real = accounts._hashing.verify

    async def slow_verify(password: str, hashed: str | None) -> bool:
        is_right = await real(password, hashed)
        await accounts.reset_password(user_id, "battery staple")
        return is_right

    monkeypatch.setattr(accounts._hashing, "verify", slow_verify)
    with pytest.raises(InvalidCredentials):
        await accounts.login("ana", PASSWORD)
    assert accounts.sessions_of(user_id) == []


async def test_an_unopened_directory_says_so(accounts: Accounts) -> None:
    """After closing, twice, acts are refused with a sentence."""
    await accounts.close()
    await accounts.close()
    with pytest.raises(StoreError, match="is closed"):
        await accounts.delete("u")


async def test_no_repr_shows_a_token_or_hash(accounts: Accounts) -> None:
    """What is logged by accident holds no secret."""
    issued = await accounts.register("ana", PASSWORD)
    assert issued.token not in repr(issued)
    assert issued.token not in repr(accounts.check_token(issued.token))
    found = accounts._store.credentials("ana")
    assert found is not None
    assert found.password_hash not in repr(found)
