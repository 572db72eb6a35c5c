"""What is read from the database in one piece, and what one write did to it."""

from __future__ import annotations

from dataclasses import dataclass, field

from authws_desktop.accounts.audit import Note
from authws_desktop.accounts.records import Account, EndReason, Invite, PendingAccount, Session


@dataclass(frozen=True)
class Credentials:
    """What a login is checked against. The repr leaves the hash out.

    Attributes:
        account: `None` for somebody who waits for approval.
        password_hash: The hash.
    """

    account: Account | None
    password_hash: str = field(repr=False)


@dataclass(frozen=True)
class Snapshot:
    """All there is, at one revision. Sessions that have expired may be among them."""

    revision: int
    accounts: list[tuple[Account, str]]
    sessions: list[Session]
    invites: dict[str, Invite]
    pending: dict[str, PendingAccount]


@dataclass(frozen=True)
class NewUser:
    """An account to be added. The repr leaves the hash out."""

    account: Account
    key: str
    password_hash: str = field(repr=False)


@dataclass
class Change:
    """What one write did.

    Attributes:
        revision: The database's revision after it; the one before was one less.
        accounts: Accounts as they are now, each with its key.
        deleted: Ids of accounts that are gone.
        started: Sessions that began.
        ended: Sessions that ended: id and whose.
        why: Why they ended; `None` if there is nobody to tell.
        all_of: The user all of whose sessions ended, also those nobody knew of.
        invites: Invitations as they are now, by folded code; `None` for one that is gone.
        pending: Applicants likewise, by id.
        note: Who did it, and what was written of it.
    """

    revision: int
    accounts: list[tuple[Account, str]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    started: list[Session] = field(default_factory=list)
    ended: dict[str, str] = field(default_factory=dict)
    why: EndReason | None = None
    all_of: str | None = None
    invites: dict[str, Invite | None] = field(default_factory=dict)
    pending: dict[str, PendingAccount | None] = field(default_factory=dict)
    note: Note | None = None

    @property
    def account(self) -> Account:
        """The one account concerned."""
        return self.accounts[0][0]
