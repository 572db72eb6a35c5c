"""What all nodes of a cluster keep, delivered here in the order of the numbers.

The database gives the numbers, in the order of the commits of all nodes. Nodes tell each other what they
have stored; what is missing in between is read from the database a moment later, as is what a node stored
that died before it told anybody. So every node delivers every message once, and all in one order.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from sqlalchemy import Connection

from authws_desktop.accounts.errors import StoreError
from authws_desktop.hub.client import Client
from authws_desktop.messages import store
from authws_desktop.messages.kept import Kept
from authws_desktop.messages.line import Line
from authws_desktop.messages.store import Page

HOLE_S = 0.05
"""How long a number that is missing is waited for: what two nodes store at once is told a moment apart."""
RECENT = 1000
"""Delivered messages that are held for who is about to join."""
Deliver = Callable[[Kept], None]


class Sequence:
    """Delivers stored messages in the order of their numbers; those that are missing are read.

    Attributes:
        last: The newest number that was delivered, or of which nothing is left.

    Args:
        line: Reads what nobody told.
        last: See `last`.
        deliver: Delivers what another node stored.
    """

    def __init__(self, line: Line, last: int, deliver: Deliver) -> None:
        self.last = last
        self._line = line
        self._deliver = deliver
        self._waiting: dict[int, tuple[Kept, Deliver]] = {}
        self._recent: deque[Kept] = deque()
        self._recent_after = last
        self._ahead: dict[Client, int] = {}
        self._is_reading = self._is_closed = False
        self._timer: asyncio.TimerHandle | None = None

    def close(self) -> None:
        """Stop waiting for numbers that are missing."""
        self._is_closed = True
        if self._timer is not None:
            self._timer.cancel()

    # In order

    def add(self, kept: Kept, deliver: Deliver | None = None) -> None:
        """Take a message that was stored; it is delivered when its turn comes.

        Args:
            kept: The message; one that was delivered already is left.
            deliver: Delivers it; `None` for one of another node.
        """
        if kept.number <= self.last:
            return
        known = self._waiting.get(kept.number)
        # This node's own delivery, which answers the sender, goes before that of a message that was read or
        # told.
        if known is None or deliver is not None:
            self._waiting[kept.number] = kept, deliver or self._deliver
        self._go_on()

    def _go_on(self) -> None:
        while (found := self._waiting.pop(self.last + 1, None)) is not None:
            self._hand_out(*found)
        if self._waiting and self._timer is None and not self._is_closed:
            self._timer = asyncio.get_running_loop().call_later(HOLE_S, self._on_hole)

    def _hand_out(self, kept: Kept, deliver: Deliver) -> None:
        # First: whoever joins because of this delivery asks how far it has come.
        self.last = kept.number
        self._recent.append(kept)
        if len(self._recent) > RECENT:
            self._recent_after = self._recent.popleft().number
        deliver(kept)
        if self._ahead:
            self._ahead = {client: until for client, until in self._ahead.items() if until > self.last}

    def _on_hole(self) -> None:
        self._timer = None
        if self._waiting:
            self.catch_up()

    def catch_up(self) -> None:
        """Read what was stored since, whoever did it."""
        if self._is_reading or self._is_closed:
            return
        # One read at a time: the next begins where this one ends.
        self._is_reading = True
        after = self.last

        def read(db: Connection) -> tuple[Page, int]:
            return store.everything(db, after), store.state(db).last

        self._line.read(read, self._on_read, self._on_unreadable)

    def _on_read(self, found: tuple[Page, int]) -> None:
        self._is_reading = False
        page, newest = found
        until = newest if page.is_last else page.messages[-1].number
        for kept in page.messages:
            self._waiting.setdefault(kept.number, (kept, self._deliver))
        # In between are numbers of which nothing is left: deleted with their user, or forgotten.
        for number in sorted(number for number in self._waiting if number <= until):
            kept, deliver = self._waiting.pop(number)
            if number > self.last:
                self._hand_out(kept, deliver)
        self.last = max(self.last, until)
        self._go_on()
        if not page.is_last:
            self.catch_up()

    def _on_unreadable(self, _error: StoreError) -> None:
        self._is_reading = False  # the next look reads it

    # For who joins

    def since(self, number: int) -> list[Kept] | None:
        """Return what was delivered after a number; `None` if that is no longer known."""
        if number < self._recent_after:
            return None
        return [each for each in self._recent if each.number > number]

    def note_ahead(self, client: Client, until: int) -> None:
        """Note that a connection has had everything up to a number that is not delivered yet."""
        self._ahead[client] = until

    def is_ahead(self, client: Client, number: int) -> bool:
        """Tell whether a connection has had a message already."""
        return self._ahead.get(client, 0) >= number

    def ahead_of(self, number: int) -> set[Client]:
        """Return the connections that have had a message already."""
        return {client for client, until in self._ahead.items() if until >= number}
