"""What a user may see of what was said before, as the host's settings say."""

from __future__ import annotations

from authws_desktop.accounts.accounts import Accounts
from authws_desktop.messages.store import Sight
from authws_desktop.protocol.limits import NEWCOMERS_LAST
from authws_desktop.settings import CurrentSettings


class Sights:
    """Tells what users may see.

    Args:
        accounts: Knows since when somebody is a user.
        settings: The settings in force, read at each use.
    """

    def __init__(self, accounts: Accounts, settings: CurrentSettings) -> None:
        self._accounts = accounts
        self._settings = settings

    def of(self, user_id: str, *, is_reconnect: bool, has_echoes: bool = False) -> Sight:
        """Return what a user may see.

        Args:
            user_id: The user.
            is_reconnect: Whether it names the last message it has seen: then what came after it was meant for
                the user, whatever newcomers may see; but nothing from before its time.
            has_echoes: Whether it wants the directs that it sent itself.
        """
        account, choice = self._accounts.get(user_id), self._settings.values.newcomers_see
        joined_s = account.created_at if account is not None else None
        if choice == "all":
            return Sight(user_id, None, -1, has_echoes)
        if choice == "last":
            return Sight(user_id, joined_s, NEWCOMERS_LAST, has_echoes)
        return Sight(user_id, joined_s if is_reconnect or choice == "since_joined" else None, 0, has_echoes)
