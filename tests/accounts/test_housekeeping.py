"""Regular upkeep."""

from __future__ import annotations

from authws_desktop.accounts.accounts import Accounts

from .conftest import Clock


async def test_a_guest_whose_tokens_ran_out_is_forgotten(accounts: Accounts, clock: Clock) -> None:
    """Only the name would be kept, which somebody else may want; an account stays, and whoever has a token."""
    await accounts.registration.register("ana", "correct horse")
    await accounts.registration.join_as_guest("mia")
    clock.advance(accounts.settings.values.token_life_s - 100)
    late = await accounts.registration.join_as_guest("tom")
    clock.advance(200)
    await accounts.poll_changes()
    assert [account.username for account in accounts.users()] == ["ana", "tom"]
    assert accounts.sessions.check(late.token).account.username == "tom"
    await accounts.registration.join_as_guest("Mia")
