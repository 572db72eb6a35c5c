"""What is kept on disk: opened with the program, watched for other processes' writes, closed at its end."""

from __future__ import annotations

import asyncio

from authws_desktop.accounts.accounts import Accounts
from authws_desktop.admission.account_events import AccountEvents
from authws_desktop.admission.moderation import Moderation
from authws_desktop.files import remove_leftovers
from authws_desktop.hub.hub import Hub
from authws_desktop.messages.messages import Messages
from authws_desktop.paths import DataPaths
from authws_desktop.server.announcements import PinnedFile
from authws_desktop.settings import CurrentSettings, SettingsFile
from authws_desktop.tasks import end_task, repeat, start_task
from authws_desktop.traffic.history import History

POLL_INTERVAL_S = 0.5
"""What the command line did is in force at once, as far as a person can tell."""


class Storage:
    """Opens, watches and closes what is kept, in an order that each part can rely on.

    Attributes:
        is_open: Whether it is open.
        settings_file: Holds the saved settings.

    Args:
        paths: The folders of settings and data.
        current: The settings in force.
        accounts: Opened first and closed last: the others are in its database, or note what they do there.
        hub: Learns what other processes do to accounts, and what announcement stays.
        moderation: Follows the bans that other processes make.
        messages: The messages that are kept.
        history: The file of what passed.
    """

    def __init__(
        self,
        paths: DataPaths,
        current: CurrentSettings,
        accounts: Accounts,
        hub: Hub,
        moderation: Moderation,
        messages: Messages,
        history: History,
    ) -> None:
        self.is_open = False
        self.settings_file = SettingsFile(paths.settings_file)
        self._paths = paths
        self._current = current
        self._accounts = accounts
        self._account_events = AccountEvents(accounts, hub)
        self._moderation = moderation
        self._messages = messages
        self._history = history
        self._pinned_file = PinnedFile(hub, paths.pinned_file)
        self._watching: list[asyncio.Task[None]] = []

    @property
    def troubles(self) -> list[str]:
        """What is the matter with the program's files now, as sentences: gone, changed or overwritten."""
        found = [self._messages.trouble, self._moderation.bans.trouble, self.settings_file.trouble]
        return [*self._accounts.troubles, *(each for each in found if each)]

    async def open(self) -> None:
        """Open everything; may be called again.

        Raises:
            AccountsError: The database cannot be used.
        """
        if self.is_open:
            return
        for file in (self._paths.settings_file, self._paths.bans_file):
            await asyncio.to_thread(remove_leftovers, file)
        await self._accounts.open()
        # From here on `close` has something to close, whatever fails below.
        self.is_open = True
        await self._messages.open()
        self._history.apply(self._current.values.history_max_mib)
        # Before the first connection: a banned address must not get in during the first half second.
        await self._moderation.follow()
        await self._pinned_file.open()
        self._watching = [
            # A task each: a file on a drive that hangs must not keep the others from being followed.
            start_task(repeat(POLL_INTERVAL_S, self._account_events.follow), "watch accounts"),
            start_task(repeat(POLL_INTERVAL_S, self._moderation.follow), "watch bans"),
            start_task(repeat(POLL_INTERVAL_S, self._follow_settings_file), "watch settings"),
        ]

    async def _follow_settings_file(self) -> None:
        await asyncio.to_thread(self.settings_file.follow)

    async def close(self) -> None:
        """Close everything, once the server has stopped; may be called again."""
        await self._history.close()  # the stop is a row of it, too
        # Before the accounts are closed, which these tasks read.
        for task in self._watching:
            await end_task(task)
        await self._moderation.close()
        await self._pinned_file.close()
        if self.is_open:
            self.is_open = False
            await self._messages.close()
            await self._accounts.close()
