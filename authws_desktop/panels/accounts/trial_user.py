"""A user to try the server with: one call makes the account and its token. No widgets."""

from __future__ import annotations

from dataclasses import dataclass, field

from authws_desktop.accounts.directory import Accounts
from authws_desktop.accounts.errors import UsernameTaken
from authws_desktop.accounts.password_strength import generate_password
from authws_desktop.accounts.records import Account, IssuedToken, Role

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
        password: In clear, as nobody else knows it yet.
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
    return TrialUser(account, password, await accounts.issue_token(account.id, life_s, APP), life_s)


async def renew_token(accounts: Accounts, user: TrialUser, life_s: int) -> TrialUser:
    """Issue a token of another life in place of the one before, which ends.

    Raises:
        AccountsError: It cannot be issued; the one before still counts then.
    """
    issued = await accounts.issue_token(user.account.id, life_s, APP)
    await accounts.revoke_session(user.issued.jti)
    return TrialUser(user.account, user.password, issued, life_s)


async def _create(accounts: Accounts, password: str) -> Account:
    number = 1
    while True:
        name = f"{NAME_PREFIX}{number}"
        if accounts.find(name) is None:
            try:
                return await accounts.create(name, password, Role.MEMBER)
            except UsernameTaken:
                await accounts.poll_changes()
        number += 1
