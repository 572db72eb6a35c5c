"""Sessions: checking, renewing, revoking and ending tokens."""

from __future__ import annotations

import pytest

from authws_desktop.accounts import sessions, tokens
from authws_desktop.accounts.accounts import Accounts
from authws_desktop.accounts.errors import (
    TokenRefused,
)
from authws_desktop.accounts.models import EndedTokens, EndReason
from authws_desktop.protocol.codes import AuthReason

from .conftest import Clock, OpenAccounts, reason_of, stored

PASSWORD = "correct horse"


async def test_refreshing_gives_a_second_token(accounts: Accounts, clock: Clock) -> None:
    """The new token lasts longer; the old one stays good until it expires."""
    first = await accounts.registration.register("ana", PASSWORD, app="web")
    clock.advance(3600)
    second = await accounts.sessions.refresh(accounts.sessions.check(first.token))
    assert second.expires_at == first.expires_at + 3600
    assert accounts.sessions.check(second.token).session.app == "web"
    assert accounts.sessions.check(first.token)
    clock.advance(first.expires_at - clock.now)
    assert reason_of(accounts, first.token) is AuthReason.EXPIRED
    assert accounts.sessions.check(second.token)
    assert len(accounts.sessions.of(first.account.id)) == 1


async def test_a_token_that_ended_meanwhile_is_not_renewed(accounts: Accounts) -> None:
    """Logging out, disabling or deleting between check and renewal wins."""
    checked = accounts.sessions.check((await accounts.registration.register("ana", PASSWORD)).token)
    await accounts.sessions.logout(checked)
    for reason, act in (
        (AuthReason.REVOKED, None),
        (AuthReason.DISABLED, accounts.administration.set_disabled(checked.account.id, True)),
        (AuthReason.UNKNOWN_USER, accounts.administration.delete(checked.account.id)),
    ):
        if act is not None:
            await act
        with pytest.raises(TokenRefused) as refused:
            await accounts.sessions.refresh(checked)
        assert refused.value.reason is reason
    with pytest.raises(TokenRefused):
        await accounts.logins.change_password(checked, PASSWORD, "another one")


async def test_logging_out_ends_one_token(accounts: Accounts, ended: list[EndedTokens]) -> None:
    """The other devices of the user stay logged in; observers hear of the one, before the await returns."""
    one, two = (
        await accounts.registration.register("ana", PASSWORD),
        await accounts.logins.login("ana", PASSWORD),
    )
    await accounts.sessions.logout(accounts.sessions.check(one.token))
    assert reason_of(accounts, one.token) is AuthReason.REVOKED
    assert accounts.sessions.check(two.token)
    assert ended == [EndedTokens(one.account.id, frozenset({one.jti}), EndReason.LOGGED_OUT)]


async def test_a_token_of_nobody_or_of_somebody_else(accounts: Accounts, clock: Clock) -> None:
    """Well-signed tokens need an account and a live session of that very account."""
    ana, bob = (
        await accounts.registration.register("ana", PASSWORD),
        await accounts.registration.register("bob", PASSWORD),
    )

    def forged(user_id: str, jti: str) -> str:
        key = accounts.keys.active
        return tokens.issue(key, user_id=user_id, username="ana", jti=jti, now=clock.now, life_s=60)[0]

    for user_id, jti in (
        ("nobody", ana.jti),
        (ana.account.id, "no such"),
        (ana.account.id, ""),
        (ana.account.id, bob.jti),
    ):
        assert reason_of(accounts, forged(user_id, jti)) is AuthReason.UNKNOWN_TOKEN
    assert accounts.sessions.check(forged(ana.account.id, ana.jti))


async def test_the_inspector_judges_account_and_session_too(accounts: Accounts) -> None:
    """Verdicts follow the account; looking does not count as a use."""
    issued = await accounts.registration.register("ana", PASSWORD)
    result = accounts.sessions.inspect(issued.token)
    assert result.reason is None
    assert [v.claim for v in result.verdicts] == ["alg", "signature", "exp", "iat", "iss", "jti", "sub"]
    assert accounts.sessions.of(issued.account.id)[0].last_used_at is None
    await accounts.administration.set_disabled(issued.account.id, True)
    assert accounts.sessions.inspect(issued.token).reason is AuthReason.DISABLED
    assert [v.claim for v in accounts.sessions.inspect(issued.token).verdicts if not v.is_good] == [
        "jti",
        "sub",
    ]
    await accounts.administration.delete(issued.account.id)
    assert accounts.sessions.inspect(issued.token).reason is AuthReason.UNKNOWN_USER
    assert accounts.sessions.inspect("garbage").reason is AuthReason.MALFORMED


async def test_revoked_is_told_from_unknown_after_a_restart(
    open_accounts: OpenAccounts, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was logged out or revoked is remembered until it would have expired, the newest of it at least."""
    accounts = await open_accounts()
    first = await accounts.registration.register("ana", PASSWORD)
    clock.advance(10)
    second = await accounts.logins.login("ana", PASSWORD)
    await accounts.sessions.logout(accounts.sessions.check(first.token))
    await accounts.sessions.revoke(second.jti)
    for each in (accounts, accounts := await open_accounts()):
        assert reason_of(each, first.token) is reason_of(each, second.token) is AuthReason.REVOKED
    for module in ("mirror", "store.transaction", "store.sessions"):
        monkeypatch.setattr(f"authws_desktop.accounts.{module}.MAX_ENDED", 1)
    clock.advance(3600)
    await accounts.poll_changes()
    accounts = await open_accounts()
    assert reason_of(accounts, first.token) is AuthReason.UNKNOWN_TOKEN
    assert reason_of(accounts, second.token) is AuthReason.REVOKED
    clock.advance(86_400)
    await accounts.poll_changes()
    assert stored(accounts).ended == accounts._mirror.ended == {}


async def test_expired_sessions_are_forgotten_without_a_word(
    accounts: Accounts, ended: list[EndedTokens], clock: Clock
) -> None:
    """Purging is no ending: connections know their own expiry."""
    issued = await accounts.registration.register("ana", PASSWORD)
    clock.advance(86_402)
    assert accounts.sessions.of(issued.account.id) == []
    await accounts.poll_changes()
    assert accounts.sessions.get(issued.jti) is None
    assert stored(accounts).sessions == []
    assert ended == []


async def test_a_clock_that_jumps_back_ends_no_token(accounts: Accounts, clock: Clock) -> None:
    """A token issued in what is now the future stays good."""
    issued = await accounts.registration.register("ana", PASSWORD)
    accounts.sessions.check(issued.token)
    clock.advance(-86_400)
    assert accounts.sessions.check(issued.token)
    await accounts.poll_changes()
    assert accounts.sessions.check(issued.token)


async def test_the_oldest_sessions_make_room(
    accounts: Accounts, ended: list[EndedTokens], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A loop of renewals cannot fill memory and disk."""
    monkeypatch.setattr(sessions, "MAX_SESSIONS_PER_USER", 3)
    issued = await accounts.registration.register("ana", PASSWORD)
    for _ in range(4):
        last = await accounts.sessions.refresh(accounts.sessions.check(issued.token))
        issued = last
    assert len(accounts.sessions.of(issued.account.id)) == 3
    assert len(stored(accounts).sessions) == 3
    assert len(ended) == 2
