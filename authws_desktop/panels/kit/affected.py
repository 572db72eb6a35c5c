"""What an act will do to accounts, tokens and connections, in words, counted when they are asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from authws_desktop.accounts.accounts import Accounts
from authws_desktop.accounts.models import Account, Role, Session
from authws_desktop.hub.hub import Hub
from authws_desktop.panels.kit.language import tr
from authws_desktop.panels.kit.words import counted, grouped

_NAMES_SHOWN = 3


class Affected:
    """Counts whom an act on accounts touches, now.

    Args:
        accounts: The accounts.
        hub: Who is connected.
        user_ids: The chosen accounts; those deleted meanwhile count no more.
    """

    def __init__(self, accounts: Accounts, hub: Hub, user_ids: Iterable[str]) -> None:
        self._accounts = accounts
        self._hub = hub
        self._user_ids = tuple(user_ids)

    def present(self) -> list[Account]:
        """Return the chosen accounts that still exist, in the order chosen."""
        found = (self._accounts.get(user_id) for user_id in self._user_ids)
        return [account for account in found if account is not None]

    def connections(self) -> int:
        """Return how many live connections they have."""
        return sum(len(self._hub.connections_of(account.id)) for account in self.present())

    def sessions(self) -> list[Session]:
        """Return their tokens that count now."""
        return [session for account in self.present() for session in self._accounts.sessions.of(account.id)]

    def connections_by(self, jtis: Collection[str]) -> int:
        """Return how many of their connections live by these tokens."""
        every = (client for account in self.present() for client in self._hub.connections_of(account.id))
        return sum(client.identity.token_id in jtis for client in every)

    def whom(self) -> str:
        """Return their names, or how many they are."""
        return names_text([account.username for account in self.present()])

    def disabling(self) -> str:
        """Return what disabling them does."""
        return tr("Disables {who} and {ends}.").format(who=self.whom(), ends=self._ends())

    def deleting(self) -> str:
        """Return what deleting them does."""
        return tr("Deletes {who} for good and {ends}.").format(who=self.whom(), ends=self._ends())

    def resetting(self) -> str:
        """Return what a new password does."""
        ended = tr("Logs {who} out everywhere: {ends}.")
        return ended.format(who=self.whom(), ends=self._ends())

    def revoking(self, jtis: Collection[str]) -> str:
        """Return what revoking these tokens does."""
        return tr("Revokes {sessions} and ends {connections}.").format(
            sessions=session_count(len(jtis)), connections=connection_count(self.connections_by(jtis))
        )

    def _ends(self) -> str:
        return tr("ends {connections}").format(connections=connection_count(self.connections()))


def guests_ended(accounts: Accounts) -> str:
    """Return what the end of the event does to the guests; nothing where there are none."""
    count = sum(account.role is Role.GUEST for account in accounts.users())
    text = tr("{guests} will be logged out for good. Their names are free again.")
    return text.format(guests=counted(count, "%n guest", "%n guests")) if count else ""


def names_text(names: Sequence[str]) -> str:
    """Return names in a row: all of them up to three, else the first two and how many more."""
    if len(names) <= 1:
        return "".join(names)
    if len(names) <= _NAMES_SHOWN:
        return tr("{names} and {last}").format(names=", ".join(names[:-1]), last=names[-1])
    return tr("{first}, {second} and {count} more").format(
        first=names[0], second=names[1], count=grouped(len(names) - 2)
    )


def connection_count(number: int) -> str:
    """Return "1 connection", "3 connections" or "no connections"."""
    return counted(number, "%n connection", "%n connections") if number else tr("no connections")


def session_count(number: int) -> str:
    """Return "1 session", "3 sessions" or "no sessions"."""
    return counted(number, "%n session", "%n sessions") if number else tr("no sessions")


def account_count(number: int) -> str:
    """Return "1 account" or "3 accounts"."""
    return counted(number, "%n account", "%n accounts")
