"""Edit conflicts: who saves an account that somebody else changed meanwhile is told, and decides."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from authws_desktop.accounts.errors import ChangedMeanwhile
from authws_desktop.accounts.models import Account
from authws_desktop.panels.kit.language import tr
from authws_desktop.panels.kit.words import ago_text


class SeenRevisions:
    """What the person saw of some accounts when they began to change them.

    Attributes:
        done: Ids of those that need no second try.

    Args:
        accounts: As they were shown.
    """

    def __init__(self, accounts: Iterable[Account]) -> None:
        self._revisions = {account.id: account.revision for account in accounts}
        self.done: set[str] = set()

    async def act(self, user_id: str, act: Callable[[int | None], Awaitable[Account | None]]) -> None:
        """Do something that takes the revision seen.

        Args:
            user_id: The account.
            act: Gets the revision; returns the account as it is then, or nothing where it is gone.

        Raises:
            ChangedMeanwhile: Nothing was done; the next try is for the account as it is now.
        """
        try:
            changed = await act(self._revisions.get(user_id))
        except ChangedMeanwhile as error:
            self._revisions[user_id] = error.account.revision
            raise
        self.done.add(user_id)
        if changed is not None:
            self._revisions[user_id] = changed.revision


def conflict_words(error: ChangedMeanwhile, now_s: float) -> str:
    """Return who changed an account when, and how it is now."""
    account = error.account
    who = error.changed_by or tr("somebody else")
    when = "" if error.changed_at is None else f", {ago_text(error.changed_at, now_s)}"
    state = tr("disabled") if account.is_disabled else tr("active")
    words = tr("{name} was changed meanwhile ({who}{when}); now: {role}, {state}.")
    return words.format(name=account.username, who=who, when=when, role=account.role, state=state)
