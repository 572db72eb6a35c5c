"""Values that leave the database: a whole snapshot, and the effect of one write."""

from __future__ import annotations

from dataclasses import dataclass, field

from authws_desktop.accounts.audit import Note
from authws_desktop.accounts.models import Account, EndReason, Invite, PendingAccount, Session

MAX_ENDED = 20_000
"""Ended tokens that are remembered; of one forgotten is said that it is unknown, not that it was revoked."""


@dataclass(frozen=True)
class StoredPassword:
    """The stored hash that a login is checked against, with its account. The repr leaves the hash out.

    Attributes:
        account: `None` for somebody who waits for approval.
        password_hash: The hash.
    """

    account: Account | None
    password_hash: str = field(repr=False)


@dataclass(frozen=True)
class Snapshot:
    """The whole content of the tables but the audit, at one revision. Expired sessions may be among it."""

    revision: int
    accounts: list[tuple[Account, str]]
    sessions: list[Session]
    invites: dict[str, Invite]
    pending: dict[str, PendingAccount]
    ended: dict[str, float]


@dataclass(frozen=True)
class NewAccount:
    """An account to be added. The repr leaves the hash out."""

    account: Account
    key: str
    password_hash: str = field(repr=False)


@dataclass
class Change:
    """The effect of one write transaction, for the copy in memory.

    Attributes:
        revision: The database's revision after it; the one before was one less.
        accounts: Accounts as they are now, each with its key.
        deleted: Ids of accounts that are gone.
        started: Sessions that began; of another process's write also those whose last use was noted.
        used: Sessions whose last use was noted, by id.
        ended: Sessions that ended: id and whose.
        why: Why they ended; `None` if there is nobody to tell.
        remembered: Of them, those that had not expired yet: id and expiry.
        all_of: The user all of whose sessions ended, also those nobody knew of.
        invites: Invitations as they are now, by folded code; `None` for one that is gone.
        pending: Applicants likewise, by id.
        note: Who did it, and the act as the audit has it; `None` for what is no act of a person.
    """

    revision: int
    accounts: list[tuple[Account, str]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    started: list[Session] = field(default_factory=list)
    used: list[str] = field(default_factory=list)
    ended: dict[str, str] = field(default_factory=dict)
    why: EndReason | None = None
    remembered: dict[str, float] = field(default_factory=dict)
    all_of: str | None = None
    invites: dict[str, Invite | None] = field(default_factory=dict)
    pending: dict[str, PendingAccount | None] = field(default_factory=dict)
    note: Note | None = None

    @property
    def account(self) -> Account:
        """The account that the write changed, where it changed exactly one."""
        return self.accounts[0][0]
