"""Registering with an invitation and with approval."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

import bcrypt
import pytest

from authws_desktop.accounts.accounts import Accounts
from authws_desktop.accounts.errors import (
    AccountPending,
    InvalidCredentials,
    InvalidField,
    InviteInvalid,
    InviteRequired,
    Throttled,
    TooManyPending,
    UnknownAccount,
    UsernameTaken,
)
from authws_desktop.accounts.models import Role
from authws_desktop.accounts.store import invites, users

from .conftest import Clock, OpenAccounts

PASSWORD = "correct horse"


async def test_an_invitation_makes_so_many_accounts(accounts: Accounts) -> None:
    """Each account counts one use; the next one is told that it was used up."""
    invite = await accounts.registration.create_invite("7b", max_uses=2)
    assert re.fullmatch(r"[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}", invite.code)
    assert invite.link("http://192.0.2.1:4000/") == f"http://192.0.2.1:4000/?invite={invite.code}"
    for name in ("ana", "bob"):
        issued = await accounts.registration.register(name, PASSWORD, invite=invite.code)
        assert accounts.sessions.check(issued.token).account.role is Role.MEMBER
    assert [(each.label, each.uses) for each in accounts.registration.invites()] == [("7b", 2)]
    with pytest.raises(InviteInvalid, match="used as often"):
        await accounts.registration.register("carl", PASSWORD, invite=invite.code)
    assert accounts.find("carl") is None


async def test_a_code_may_be_typed_in_any_way(accounts: Accounts) -> None:
    """Case, spaces, dashes and full-width letters do not matter."""
    code = (await accounts.registration.create_invite()).code
    wide = "".join(chr(ord(c) + 0xFEE0) if c != "-" else c for c in code)
    for number, typed in enumerate(
        (code.upper(), f"  {code.replace('-', ' ')} ", code.replace("-", ""), wide)
    ):
        await accounts.registration.register(f"user{number}", PASSWORD, invite=typed)
    assert accounts.registration.invites()[0].uses == 4


async def test_an_account_that_is_not_made_uses_nothing_up(accounts: Accounts) -> None:
    """A taken name or a bad password leaves the invitation as it was."""
    invite = await accounts.registration.create_invite(max_uses=1)
    await accounts.administration.create("ana", PASSWORD)
    with pytest.raises(UsernameTaken):
        await accounts.registration.register("Ana", PASSWORD, invite=invite.code)
    with pytest.raises(InvalidField):
        await accounts.registration.register("bob", "short", invite=invite.code)
    assert accounts.registration.invites()[0].uses == 0
    await accounts.registration.register("bob", PASSWORD, invite=invite.code)


async def test_many_at_once_get_only_what_is_left(accounts: Accounts) -> None:
    """Ten registrations that run together on an invitation for three: three accounts."""
    invite = await accounts.registration.create_invite(max_uses=3)
    results = await asyncio.gather(
        *(accounts.registration.register(f"user{n}", PASSWORD, invite=invite.code) for n in range(10)),
        return_exceptions=True,
    )
    assert sum(isinstance(result, InviteInvalid) for result in results) == 7
    assert len(accounts.users()) == 3 == accounts.registration.invites()[0].uses


async def test_without_a_good_code_nobody_learns_which_names_are_taken(accounts: Accounts) -> None:
    """A missing or wrong code is told before the name is looked up, for any name."""
    await accounts.administration.create("ana", PASSWORD)
    for name in ("ana", "stranger"):
        with pytest.raises(InviteRequired):
            await accounts.registration.register(name, PASSWORD, invite="")
        with pytest.raises(InviteInvalid, match="does not exist"):
            await accounts.registration.register(name, PASSWORD, invite="k7mq-x2pd-9rtc")


async def test_invitations_expire_and_are_revoked(
    accounts: Accounts, clock: Clock, open_accounts: OpenAccounts
) -> None:
    """Both end at once, in every process."""
    short = await accounts.registration.create_invite("short", expires_at=clock.now + 60)
    long = await accounts.registration.create_invite("long")
    other = await open_accounts()
    clock.advance(60)
    with pytest.raises(InviteInvalid, match="has expired"):
        await accounts.registration.register("ana", PASSWORD, invite=short.code)
    await other.registration.revoke_invite(long.code.upper())
    await other.registration.revoke_invite("no such")
    with pytest.raises(InviteInvalid, match="does not exist"):
        await accounts.registration.register("ana", PASSWORD, invite=long.code)
    await accounts.poll_changes()
    assert [each.label for each in accounts.registration.invites()] == ["short"]
    assert not accounts.registration.invites()[0].is_usable(clock.now)


async def test_guessing_codes_is_held_off(accounts: Accounts) -> None:
    """Fifty different codes from one address, then a wait, even for the right code."""
    code = (await accounts.registration.create_invite()).code
    for number in range(50):
        with pytest.raises(InviteInvalid):
            await accounts.registration.register(
                "ana", PASSWORD, invite=f"wrong{number}", address="192.0.2.1"
            )
    with pytest.raises(Throttled):
        await accounts.registration.register("ana", PASSWORD, invite=code, address="192.0.2.1")
    await accounts.registration.register("ana", PASSWORD, invite=code, address="192.0.2.2")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"max_uses": 0}, "maxUses"),
        ({"max_uses": -1}, "maxUses"),
        ({"max_uses": 10**7}, "maxUses"),
        ({"expires_at": 0.0}, "expiresAt"),
        ({"expires_at": float("nan")}, "expiresAt"),
        ({"expires_at": float("inf")}, "expiresAt"),
    ],
)
async def test_an_invitation_has_sensible_limits(
    accounts: Accounts, values: dict[str, Any], field: str
) -> None:
    """Values out of range are refused at their field."""
    with pytest.raises(InvalidField) as refused:
        await accounts.registration.create_invite("x", **values)
    assert refused.value.field == field
    assert accounts.registration.invites() == []


async def test_the_number_of_invitations_is_bounded(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A script in a loop cannot fill the disk."""
    monkeypatch.setattr(invites, "MAX_INVITES", 1)
    await accounts.registration.create_invite()
    with pytest.raises(InvalidField, match="Revoke some"):
        await accounts.registration.create_invite()


async def test_who_applied_waits_until_approved(accounts: Accounts, open_accounts: OpenAccounts) -> None:
    """No login before, with a sentence only for the right password; afterwards the chosen one works."""
    pending = await accounts.registration.apply("Ana", PASSWORD, address="192.0.2.1", app="web\n")
    assert accounts.registration.pending() == [pending]
    assert (pending.address, pending.app) == ("192.0.2.1", "web")
    assert accounts.find("ana") is None
    with pytest.raises(AccountPending, match="waits for the host"):
        await accounts.logins.login("ana", PASSWORD)
    with pytest.raises(InvalidCredentials):
        await accounts.logins.login("ana", "a wrong one")
    other = await open_accounts()
    account = await other.registration.approve(pending.id, "host")
    assert (account.id, account.username, account.role) == (pending.id, "Ana", Role.HOST)
    await accounts.poll_changes()
    assert accounts.registration.pending() == []
    assert (await accounts.logins.login("ana", PASSWORD)).account.id == account.id
    with pytest.raises(UnknownAccount):
        await accounts.registration.approve(pending.id)


async def test_who_is_denied_is_forgotten(accounts: Accounts) -> None:
    """The name is free again, the password is just wrong."""
    pending = await accounts.registration.apply("ana", PASSWORD)
    await accounts.registration.deny(pending.id)
    assert accounts.registration.pending() == []
    with pytest.raises(InvalidCredentials):
        await accounts.logins.login("ana", PASSWORD)
    for act in (accounts.registration.deny(pending.id), accounts.registration.approve(pending.id)):
        with pytest.raises(UnknownAccount):
            await act
    await accounts.registration.register("ana", PASSWORD)


async def test_the_name_of_somebody_who_waits_is_taken(accounts: Accounts) -> None:
    """For other applicants, for registration, for the host and for renaming."""
    await accounts.registration.apply("ana", PASSWORD)
    bob = await accounts.administration.create("bob", PASSWORD)
    for act in (
        accounts.registration.apply("ANA", PASSWORD),
        accounts.registration.register("Ana", PASSWORD),
        accounts.administration.create("ana", PASSWORD),
        accounts.administration.update(bob.id, username="ana"),
        accounts.registration.apply("bob", PASSWORD),
    ):
        with pytest.raises(UsernameTaken):
            await act
    assert [each.username for each in accounts.users()] == ["bob"]


async def test_the_number_of_applicants_is_bounded(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond it the next one is asked to come back."""
    monkeypatch.setattr(invites, "MAX_PENDING", 2)
    for name in ("ana", "bob"):
        await accounts.registration.apply(name, PASSWORD)
    with pytest.raises(TooManyPending):
        await accounts.registration.apply("carl", PASSWORD)
    await accounts.registration.deny(accounts.registration.pending()[0].id)
    await accounts.registration.apply("carl", PASSWORD)


async def test_an_applicant_cannot_be_told_from_anybody_else(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wrong passwords cost the same reads and hashes, give the same answer and the same wait."""
    await accounts.registration.apply("ana", PASSWORD)
    await accounts.administration.create("bob", PASSWORD)
    work: list[str] = []

    def count(module: object, name: str) -> None:
        real: Callable[..., Any] = getattr(module, name)

        def counted(*arguments: Any) -> Any:
            work.append(name)
            return real(*arguments)

        monkeypatch.setattr(module, name, counted)

    count(bcrypt, "checkpw")
    count(users, "credentials")
    for name in ("ana", "bob", "nobody"):
        answers = []
        work.clear()
        for _ in range(11):
            with pytest.raises((InvalidCredentials, Throttled)) as refused:
                await accounts.logins.login(name, "a wrong one")
            answers.append(str(refused.value))
        assert work == ["credentials", "checkpw"] * 10
        assert answers == ["Username or password is wrong."] * 10 + ["Too many attempts. Try again in 60 s."]
    assert [each.key for each in accounts.logins.lockouts()] == ["ana", "bob", "nobody"]
