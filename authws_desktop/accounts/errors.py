"""What goes wrong with accounts, tokens and their files.

    AccountsError
    ├── InvalidField        a username, password, role or secret breaks its rule
    ├── UsernameTaken       another account has that name
    ├── InvalidCredentials  unknown user or wrong password, which nobody can tell apart
    ├── AccountDisabled     the right password of a disabled account
    ├── AccountPending      the right password of an account that was not approved yet
    ├── UnknownAccount      no account has that id
    ├── ChangedMeanwhile    somebody else changed the account since it was looked at
    ├── InviteRequired      registration needs an invitation
    ├── InviteInvalid       the invitation does not exist, has expired or is used up
    ├── TooManyPending      no more people can wait for approval
    ├── ImportRefused       a list of accounts that cannot be read at all
    ├── ImportCancelled     an import was cancelled; nothing was done
    ├── TokenRefused        a token that does not count, and why
    ├── Throttled           too many attempts; says when to try again
    ├── Busy                the queue for password hashing is full; says when to try again
    ├── StoreError          the database cannot be used; says what to do
    └── KeysError           the file of the signing secret cannot be used; says what to do

Errors carry data and `str()` is a sentence. None of them holds a password, token or secret.
"""

from __future__ import annotations

from enum import StrEnum

from authws_desktop.accounts.models import Account, Examination
from authws_desktop.errors import ProductError
from authws_desktop.protocol.codes import AUTH_REASON_TEXT, AuthReason


class AccountsError(ProductError):
    """Base of every error of this package."""


class InvalidField(AccountsError):
    """A value breaks the rule of its field.

    Attributes:
        field: `username`, `password`, `role`, `life`, `secret`, `label`, `maxUses` or `expiresAt`.
        message: A sentence that names the field.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class UsernameTaken(AccountsError):
    """Another account has this name, compared without case and width.

    Attributes:
        username: The name as it was asked for.
    """

    def __init__(self, username: str) -> None:
        super().__init__(f"The username '{username}' is taken. Choose another one.")
        self.username = username


class InvalidCredentials(AccountsError):
    """Unknown user or wrong password."""

    def __init__(self) -> None:
        super().__init__("Username or password is wrong.")


class AccountDisabled(AccountsError):
    """The password was right, the account is disabled."""

    def __init__(self) -> None:
        super().__init__("This account is disabled. Ask the host to enable it.")


class UnknownAccount(AccountsError):
    """No account has this id.

    Attributes:
        user_id: The id that was asked for.
    """

    def __init__(self, user_id: str) -> None:
        super().__init__("This account does not exist; it may have been deleted meanwhile.")
        self.user_id = user_id


class AccountPending(AccountsError):
    """The password was right, the account waits for approval."""

    def __init__(self) -> None:
        super().__init__("This account waits for the host's approval. Try again later.")


class ChangedMeanwhile(AccountsError):
    """Somebody else changed the account since it was looked at; nothing was done.

    Attributes:
        account: The account as it is now.
        changed_by: Who changed it; empty if that is not known.
        changed_at: When, seconds since the epoch; `None` if that is not known.
    """

    def __init__(self, account: Account) -> None:
        self.account = account
        self.changed_by = account.changed_by
        self.changed_at = account.changed_at
        name, by = account.username, self.changed_by
        super().__init__(
            f"The account '{name}' was changed meanwhile (by: {by}). "
            "Look at it again, then repeat what is still wanted."
            if by
            else f"The account '{name}' was changed meanwhile (by: unknown). "
            "Look at it again, then repeat what is still wanted."
        )


class InviteRequired(AccountsError):
    """Registration needs an invitation, and none was given."""

    def __init__(self) -> None:
        super().__init__("Registration needs an invitation code. Ask the host for one.")


class InviteInvalid(AccountsError):
    """The invitation cannot be used."""

    def __init__(self, why: str = "does not exist or was revoked") -> None:
        super().__init__(f"This invitation {why}. Ask the host for a new one.")


class TooManyPending(AccountsError):
    """As many people as there may be wait for approval."""

    def __init__(self) -> None:
        super().__init__("Too many people wait for approval. Ask the host to look at them, then try again.")


class TooManyGuests(AccountsError):
    """There are as many guests as may be; nobody becomes one until some have gone."""

    def __init__(self) -> None:
        super().__init__("There are too many guests already. Ask the host to end those who are gone.")


class ImportRefused(AccountsError):
    """A list of accounts that cannot be read at all; says why."""


class ImportCancelled(AccountsError):
    """An import was cancelled; nothing was done."""

    def __init__(self) -> None:
        super().__init__("Cancelled. Nothing was changed.")


class TokenRefused(AccountsError):
    """A token that does not count.

    Attributes:
        reason: The first reason in the order of the contract.
        examination: How it was judged; empty where it was refused after it had been accepted.
    """

    def __init__(self, reason: AuthReason, examination: Examination | None = None) -> None:
        super().__init__(AUTH_REASON_TEXT[reason])
        self.reason = reason
        self.examination = examination or Examination(reason=reason)


class Throttled(AccountsError):
    """Too many attempts from one address or on one account.

    Attributes:
        retry_after_s: Whole seconds, at least 1, until the next attempt counts.
    """

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"Too many attempts. Try again in {retry_after_s} s.")
        self.retry_after_s = retry_after_s


class Busy(AccountsError):
    """More passwords wait to be hashed than the server takes on.

    Attributes:
        retry_after_s: Whole seconds, at least 1, after which there should be room.
    """

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"The server is busy with other logins. Try again in {retry_after_s} s.")
        self.retry_after_s = retry_after_s


class StoreFailure(StrEnum):
    """What is the matter with a database."""

    LOCKED = "locked"
    READ_ONLY = "read_only"
    CORRUPT = "corrupt"
    NEWER = "newer"
    FOREIGN = "foreign"
    UNREACHABLE = "unreachable"
    FULL = "full"
    GONE = "gone"
    REPLACED = "replaced"
    OTHER = "other"


class StoreError(AccountsError):
    """The database cannot be used; it is left as it is.

    Attributes:
        failure: The kind of trouble.
    """

    def __init__(self, failure: StoreFailure, message: str) -> None:
        super().__init__(message)
        self.failure = failure


class KeysError(AccountsError):
    """The signing secret cannot be read or written; its file is left as it is."""
