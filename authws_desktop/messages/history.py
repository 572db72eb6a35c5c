"""Answers to `history`: pages of what was said before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial

from msgspec import UNSET

from authws_desktop.accounts.accounts import Accounts
from authws_desktop.accounts.errors import StoreError
from authws_desktop.hub.client import Client
from authws_desktop.hub.hub import Hub
from authws_desktop.hub.received import Received
from authws_desktop.messages import store
from authws_desktop.messages.kept import number_of
from authws_desktop.messages.line import Line
from authws_desktop.messages.sight import Sights
from authws_desktop.messages.store import ConversationSearch, Page
from authws_desktop.protocol.client_messages import HistoryRequest
from authws_desktop.protocol.codes import ErrorCode, RecoveryReason
from authws_desktop.protocol.errors import FrameError
from authws_desktop.protocol.server_messages import HistoryPage, encode
from authws_desktop.settings import CurrentSettings
from authws_desktop.traffic.record import Direction, Kind

MAX_AT_ONCE = 4
"""Pages under way for one connection: a client cannot keep the thread from everybody else's messages."""
_RETRY_AFTER_MS = 500
"""Sooner than for what is to be stored (`limits`): a page ends in some milliseconds."""
Refuse = Callable[[Received, FrameError], None]
_PAGE_BYTES = 512 * 1024
"""Content in one answer, but for a single message: with names and times it fits the 1 MiB of many clients."""


class Histories:
    """Answers `history` frames.

    Args:
        hub: Sends the answers.
        accounts: Knows users who are away.
        settings: The settings in force.
        line: Reads.
        sights: Tell what a user may see.
        store_name: Of the ids on the wire.
        refuse: See `MessageKeeper`.
    """

    def __init__(
        self,
        hub: Hub,
        accounts: Accounts,
        settings: CurrentSettings,
        line: Line,
        sights: Sights,
        store_name: str,
        refuse: Refuse,
    ) -> None:
        self._hub = hub
        self._accounts = accounts
        self._settings = settings
        self._line = line
        self._sights = sights
        self._store = store_name
        self._refuse = refuse
        self._under_way: Counter[str] = Counter()

    def answer(self, received: Received, asked: HistoryRequest) -> None:
        """Read a page of the past; the answer is sent once it has been read.

        Raises:
            FrameError: The question names what there is not, or too many are under way.
        """
        client_id, me = received.client.client_id, received.client.identity.user_id
        before = self._number(asked.before)
        partner = "" if asked.with_ is None else self._partner(asked.with_)
        if self._under_way[client_id] >= MAX_AT_ONCE or self._line.is_full:
            raise _unavailable("Too many messages are being read just now. Try again.")
        self._under_way[client_id] += 1
        sight = self._sights.of(me, is_reconnect=False)
        most_bytes = min(_PAGE_BYTES, self._settings.values.max_message_bytes)
        if partner:
            self._search(received, asked, ConversationSearch(me, partner, asked.limit, most_bytes, before))
            return
        self._line.read(
            lambda db: store.before(db, before, asked.limit, most_bytes, sight),
            partial(self._on_page, received, asked),
            partial(self._on_failed, received),
        )

    def _search(self, received: Received, asked: HistoryRequest, search: ConversationSearch) -> None:
        """Look for directs a part of the way back, and on until they are found."""

        def on_found(found: ConversationSearch) -> None:
            # Also for a client that is gone: `_on_page` gives back its place among those under way.
            if found.is_over or received.client.client_id not in self._hub.clients:
                page = Page([*reversed(found.found)], not found.has_more)
                self._on_page(received, asked, page)
            else:
                self._search(received, asked, found)

        self._line.read(lambda db: store.between(db, search), on_found, partial(self._on_failed, received))

    def _number(self, wire_id: str | None) -> int | None:
        if wire_id is None:
            return None
        number = number_of(self._store, wire_id)
        if isinstance(number, RecoveryReason):
            raise FrameError(
                ErrorCode.INVALID_MESSAGE, "Field 'before' must be the id of a message of this server."
            )
        return number

    def _partner(self, name: str) -> str:
        found = self._hub.find_receivers(name)
        account = None if found else self._accounts.get(name) or self._accounts.find(name)
        user_id = found[0].identity.user_id if found else "" if account is None else account.id
        if not user_id:
            raise FrameError(ErrorCode.INVALID_RECIPIENT, "Nobody is known by the id or name in 'with'.")
        return user_id

    def _on_page(self, received: Received, asked: HistoryRequest, page: Page) -> None:
        client = self._done(received)
        if client.client_id not in self._hub.clients:
            return
        me = client.identity.user_id
        pinned_id = self._hub.talk.pins.pinned_id
        frames = [each.frame(self._store, me, pinned_id=pinned_id) for each in page.messages]
        answer = HistoryPage(frames, not page.is_last, asked.message_id or UNSET)
        self._hub.recorder.add(Direction.IN, Kind.HISTORY, client.identity, received.payload)
        self._hub.send(client, Kind.HISTORY, encode(answer))

    def _on_failed(self, received: Received, _error: StoreError) -> None:
        self._done(received)
        self._refuse(received, _unavailable("The messages cannot be read just now. Try again."))

    def _done(self, received: Received) -> Client:
        client = received.client
        self._under_way[client.client_id] -= 1
        if not self._under_way[client.client_id]:
            del self._under_way[client.client_id]
        return client


def _unavailable(text: str) -> FrameError:
    return FrameError(ErrorCode.UNAVAILABLE, text, retry_after_ms=_RETRY_AFTER_MS)
