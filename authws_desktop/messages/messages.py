"""The kept messages as the rest of the program uses them: switched on and off, counted, exported, cleared."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from functools import partial

from authws_desktop.accounts.accounts import Accounts
from authws_desktop.accounts.errors import StoreError, StoreFailure
from authws_desktop.accounts.models import EndedTokens, EndReason
from authws_desktop.hub.hub import Hub
from authws_desktop.messages import store
from authws_desktop.messages.history import Refuse
from authws_desktop.messages.keeper import MessageKeeper
from authws_desktop.messages.kept import Kept
from authws_desktop.messages.line import Line
from authws_desktop.messages.others import News, Others
from authws_desktop.settings import CurrentSettings
from authws_desktop.tasks import repeat, start_task

log = logging.getLogger(__name__)
TIDY_INTERVAL_S = 30.0
"""How often what is too old is forgotten, and what waited too long expires."""


class Messages:
    """Keeps messages while the setting says so. Used on the loop only.

    Attributes:
        trouble: Why messages are not kept though the setting says so, as a sentence; else empty.

    Args:
        hub: Says what is kept, and delivers it.
        accounts: Has the database, and knows the users.
        settings: The settings in force.
        refuse: Answers a client's frame that is refused later than its handling.
    """

    def __init__(self, hub: Hub, accounts: Accounts, settings: CurrentSettings, refuse: Refuse) -> None:
        self.trouble = ""
        self._hub = hub
        self._accounts = accounts
        self._settings = settings
        self._refuse = refuse
        self._line: Line | None = None
        self._keeper: MessageKeeper | None = None
        self._others: Others | None = None
        self._tidying: asyncio.Task[None] | None = None
        accounts.observe_ended(self._on_ended)

    @property
    def is_on(self) -> bool:
        """Whether messages are kept now."""
        return self._keeper is not None

    # Life

    async def open(self) -> None:
        """Begin, as the settings say; the accounts are open."""
        self._line = Line(self._accounts.database, lambda: self._settings.values.messages_kept)
        await self.apply()
        self._tidying = start_task(repeat(TIDY_INTERVAL_S, self._tidy), "tidy messages")

    async def close(self) -> None:
        """Finish storing what came; may be called again. The accounts are closed afterwards."""
        if self._tidying is not None:
            self._tidying.cancel()
            await asyncio.gather(self._tidying, return_exceptions=True)
            self._tidying = None
        # First the keeper, so that nothing new is stored; then the line, which finishes what was begun.
        self._end_keeper()
        if self._line is not None:
            await self._line.close()
            self._line = None

    async def apply(self) -> None:
        """Follow the setting. What is kept stays where it is when keeping is switched off."""
        is_wanted = self._settings.values.messages_kept > 0
        if is_wanted and self._keeper is None:
            try:
                await self._begin()
                self.trouble = ""
            except StoreError as error:
                self.trouble = f"Messages are not kept: {error}"
                log.warning("%s", self.trouble)
        elif not is_wanted:
            self._end_keeper()
            self.trouble = ""

    async def _begin(self) -> None:
        line = self._opened()
        state = await line.ask(store.state, is_change=True)
        keeper = MessageKeeper(self._hub, self._accounts, self._settings, line, state, self._refuse)
        keeper.inbox.load(await line.ask(store.waiting_counts))
        if self._others is not None:
            keeper.join_cluster(self._others)
        # Last: the counts of what waits are complete before the hub hands over its first message.
        self._hub.talk.keeper = self._keeper = keeper

    def _end_keeper(self) -> None:
        if self._keeper is not None:
            self._keeper.leave_cluster()
        self._hub.talk.keeper = self._keeper = None

    def join_cluster(self, others: Others | None) -> None:
        """Keep messages together with other nodes from now on; `None`: alone."""
        self._others = others
        if self._keeper is not None:
            self._keeper.leave_cluster()
            if others is not None:
                self._keeper.join_cluster(others)

    def hear(self, node: str, news: News) -> None:
        """Take what another node tells of messages."""
        if self._keeper is not None and self._keeper.spread is not None:
            self._keeper.spread.hear(node, news)

    async def _tidy(self) -> None:
        # Tried again, where it could not begin.
        await self.apply()
        self.tidy()

    def tidy(self) -> None:
        """Let what has waited too long expire, and forget what is too old."""
        if self._keeper is not None:
            self._keeper.tidy()

    def _on_ended(self, ended: EndedTokens) -> None:
        if self._keeper is not None and ended.why is EndReason.DELETED:
            self._keeper.forget_user(ended.user_id)

    # For the host

    async def count(self) -> int:
        """Return how many messages are kept.

        Raises:
            StoreError: The database cannot be used.
        """
        return await self._opened().ask(store.count)

    async def count_of(self, *user_ids: str) -> tuple[int, int]:
        """Return how many messages users wrote or were written to, and how many of them wait for one of them.

        Raises:
            StoreError: The database cannot be used.
        """
        return await self._opened().ask(lambda db: store.count_of_users(db, user_ids))

    async def clear(self) -> int:
        """Forget all messages, those that wait included; return how many they were.

        Raises:
            StoreError: The database cannot be used.
        """
        count = await self._opened().ask(store.clear, is_change=True)
        if self._keeper is not None:
            self._keeper.inbox.clear()
        return count

    async def pages(self) -> AsyncIterator[list[Kept]]:
        """Yield all messages, oldest first, some at a time.

        Raises:
            StoreError: The database cannot be used.
        """
        cursor, is_last = 0, False
        while not is_last:
            page = await self._opened().ask(partial(store.everything, cursor=cursor))
            is_last = page.is_last
            if page.messages:
                cursor = page.messages[-1].number
                yield page.messages

    def _opened(self) -> Line:
        if self._line is None:
            raise StoreError(StoreFailure.OTHER, "The kept messages are closed.")
        return self._line
