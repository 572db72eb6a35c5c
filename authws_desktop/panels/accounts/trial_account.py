"""A user to try the server with: one call makes the account and its token. No widgets."""

from __future__ import annotations

from dataclasses import dataclass, field

from authws_desktop.accounts.accounts import Accounts
from authws_desktop.accounts.errors import UsernameTaken
from authws_desktop.accounts.models import Account, IssuedToken, Role
from authws_desktop.accounts.password_strength import generate_password

NAME_PREFIX = "test-"
APP = "test user"
LIVES_S = (10, 60, 600, 3_600, 8 * 3_600, 86_400, 7 * 86_400, 30 * 86_400)
"""Lives of a token to choose from, seconds."""
DEFAULT_LIFE_S = 3_600


@dataclass(frozen=True)
class TrialUser:
    """A new account with its password and a token.

    Attributes:
        account: The account.
        password: In clear, as nobody else knows it yet; empty for an account that was there.
        issued: The token.
        life_s: How long it was issued for.
    """

    account: Account
    password: str = field(repr=False)
    issued: IssuedToken
    life_s: int


async def make_trial_user(accounts: Accounts, life_s: int) -> TrialUser:
    """Make an account by the first free name `test-1`, `test-2`, … and issue it a token.

    Args:
        accounts: Where.
        life_s: The token's life, 10 s to 30 days.

    Raises:
        AccountsError: It cannot be made.
    """
    password = generate_password()
    account = await _create(accounts, password)
    return TrialUser(account, password, await accounts.sessions.issue(account.id, life_s, APP), life_s)


async def token_for(accounts: Accounts, account: Account, life_s: int) -> TrialUser:
    """Issue a token for an account that is there; its password stays unknown, its other tokens stay.

    Raises:
        AccountsError: It cannot be issued: the account is disabled or gone.
    """
    return TrialUser(account, "", await accounts.sessions.issue(account.id, life_s, APP), life_s)


async def renew_token(accounts: Accounts, user: TrialUser, life_s: int) -> TrialUser:
    """Issue a token of another life in place of the one before, which ends.

    Raises:
        AccountsError: It cannot be issued; the one before still counts then.
    """
    issued = await accounts.sessions.issue(user.account.id, life_s, APP)
    await accounts.sessions.revoke(user.issued.jti)
    return TrialUser(user.account, user.password, issued, life_s)


async def _create(accounts: Accounts, password: str) -> Account:
    number = 1
    while True:
        name = f"{NAME_PREFIX}{number}"
        if accounts.find(name) is None:
            try:
                return await accounts.administration.create(name, password, Role.MEMBER)
            except UsernameTaken:
                await accounts.poll_changes()
        number += 1
