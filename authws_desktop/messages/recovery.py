"""Logging in with what was missed: `authentication` first, then the past, then the present, without a gap.

A connection joins the hub only when a page of what it missed was the last one: the results of the line come
in order (`line`, rule 2), so what the page has not seen is delivered after that moment, and to the
connection, too. Until then it is identified: what it says counts. It is read to page by page, and a page
waits until the one before has left; so whoever reads slowly takes no memory, and many at once take turns.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import msgspec
from sqlalchemy import Connection

from authws_desktop.accounts.errors import StoreError
from authws_desktop.hub.client import Client
from authws_desktop.hub.hub import Hub
from authws_desktop.messages import store
from authws_desktop.messages.inbox import Inbox
from authws_desktop.messages.kept import DeliveryState, Kept, number_of, wire_id_of
from authws_desktop.messages.line import Line
from authws_desktop.messages.sequence import Sequence
from authws_desktop.messages.sight import Sights
from authws_desktop.messages.store import Page, Sight
from authws_desktop.protocol.client_messages import Authenticate
from authws_desktop.protocol.codes import CloseCode, RecoveryReason
from authws_desktop.protocol.framing import text_frame
from authws_desktop.protocol.limits import RECOVERED_MAX
from authws_desktop.protocol.server_messages import Recovery, encode
from authws_desktop.protocol.wire_types import PresenceWish
from authws_desktop.traffic.record import Direction, Fate, HeldFrame, Identity, Kind

START = "start"


class Awaited(HeldFrame, kw_only=True, gc=True):
    """A replayed frame that the client has not read yet, and what goes on once it has."""

    then: Callable[[], None]

    def settle(self, fate: Fate, now_s: float) -> None:
        """Note what became of it, and go on; where it was lost, that finds the connection gone."""
        super().settle(fate, now_s)
        # Not at once: the outbox is in the middle of sending what waits.
        asyncio.get_running_loop().call_soon(self.then)


@dataclass(frozen=True, slots=True)
class Beginning:
    """How much a connection missed, and the first page of it.

    Attributes:
        last: The newest number.
        mark: Behind this number everything is to be sent, up to it only what waits.
        missed: How much that is.
        reason: Why not all that was missed is sent; `None` if it is.
        page: The first of it.
    """

    last: int
    mark: int
    missed: int
    reason: RecoveryReason | None
    page: Page


class Recoveries:
    """Logs in connections that ask for what they missed, or for whom directs wait.

    Attributes:
        sequence: In a cluster: what is delivered here, and in which order.

    Args:
        hub: Holds the connections.
        line: Reads.
        sights: Tell what a user may see.
        store_name: Of the ids on the wire.
        inbox: Tells for whom something waits.
        last: Returns the newest number that was delivered.
    """

    def __init__(
        self,
        hub: Hub,
        line: Line,
        sights: Sights,
        store_name: str,
        inbox: Inbox,
        last: Callable[[], int],
    ) -> None:
        self._hub = hub
        self._line = line
        self._sights = sights
        self._store = store_name
        self._inbox = inbox
        self._last = last
        self.sequence: Sequence | None = None
        self._under_way: dict[str, _Replay] = {}

    def log_in(
        self,
        client: Client,
        message: Authenticate,
        identity: Identity,
        expires_at: float,
        *,
        is_renewal: bool,
    ) -> bool:
        """Log a connection in; see `Keeper.log_in`. `since` counts where it joins, not where it renews."""
        under_way = self._under_way.get(client.client_id)
        if under_way is not None:
            if client.identity.user_id == identity.user_id:
                # A renewal before the first login was done: one replay is enough, and is answered by it.
                self._hub.identify(client, identity, expires_at)
                under_way.presence = message.presence or under_way.presence
                under_way.greet_again()
                return True
            # Another user on the same connection must get nothing that is meant for the one before.
            self.forget(client)
        is_asked = bool(message.since)
        # In a cluster another node may have stored something a moment ago.
        may_wait = self.sequence is not None or self._inbox.holds_for(identity.user_id)
        if is_renewal or not (is_asked or may_wait):
            return False
        if self._hub.identify(client, identity, expires_at):
            since = _text_of(message.since)
            if is_asked:
                self._close_replaced(client, _text_of(message.replaces))
            sight = self._sights.of(
                identity.user_id, is_reconnect=since != START, has_echoes=client.wants_echo
            )
            replay = _Replay(self, client, sight, since if is_asked else None, message.presence)
            self._under_way[client.client_id] = replay
            replay.begin()
        return True

    def _close_replaced(self, client: Client, client_id: str) -> None:
        """Close the connection that its user has given up for this one.

        Before what was missed is read: from then on nothing is taken from it, though more may lie in its
        buffers. So all that counts of what was said there is found among the missed.
        """
        old = self._hub.clients.get(client_id)
        if old is not None and old is not client and old.identity.user_id == client.identity.user_id:
            self._hub.close([old], CloseCode.NORMAL, "replaced by a newer connection")

    def forget(self, client: Client) -> None:
        """Stop replaying to a connection."""
        replay = self._under_way.pop(client.client_id, None)
        if replay is not None:
            replay.is_over = True


class _Replay:
    """Sends one connection what it missed, page by page, and lets it join when it has caught up."""

    def __init__(
        self,
        house: Recoveries,
        client: Client,
        sight: Sight,
        since: str | None,
        presence: PresenceWish | None,
    ) -> None:
        self.presence = presence
        self.is_over = False
        self._house = house
        self._hub = house._hub
        self._client = client
        self._sight = sight
        self._since = since
        self._beginning: Beginning | None = None
        self._recovery: Recovery | None = None
        self._cursor = 0
        self._count = 0

    def begin(self) -> None:
        """Read how much was missed, and the first of it."""
        self._house._line.read(self._read_beginning, self._on_beginning, self._on_unreadable)

    def _read_beginning(self, db: Connection) -> Beginning:
        """Runs in the thread."""
        state = store.state(db)
        mark: int | RecoveryReason = state.last
        if self._since == START:
            # Where newcomers see nothing, the past of everyone begins now; one's own directs do not.
            mark = 0
        elif self._since is not None:
            mark = number_of(state.name, self._since)
            # Newer than the newest: the database was put back to an older state since.
            if isinstance(mark, int) and mark > state.last:
                mark = RecoveryReason.UNKNOWN_ID
            elif isinstance(mark, int) and mark < state.floor:
                mark = RecoveryReason.TOO_OLD
        if isinstance(mark, int) and self._count_missed(db, mark) > RECOVERED_MAX:
            # One page of history after the other is the way to so much, as far as somebody really reads it.
            mark = RecoveryReason.TOO_OLD
        reason = mark if isinstance(mark, RecoveryReason) else None
        number = state.last if isinstance(mark, RecoveryReason) else mark
        missed = self._count_missed(db, number)
        return Beginning(
            state.last, number, missed, reason, store.after(db, 0, number, state.last, self._sight)
        )

    def _count_missed(self, db: Connection, mark: int) -> int:
        return store.count_after(db, mark, self._sight, RECOVERED_MAX)

    def _on_beginning(self, beginning: Beginning) -> None:
        if self._is_gone():
            return
        self._beginning = beginning
        last = wire_id_of(self._house._store, beginning.last)
        self._greet(Recovery(last, beginning.missed, beginning.reason))
        self._on_page(beginning.page)

    def _greet(self, recovery: Recovery) -> None:
        self._recovery = recovery if self._since is not None else None
        self._hub.greet(self._client, self._recovery)

    def greet_again(self) -> None:
        """Answer a renewal that came in the middle."""
        if self._beginning is not None:
            self._hub.greet(self._client)

    def _on_unreadable(self, _error: StoreError) -> None:
        """Let the connection take part without its past, which it can ask for later."""
        if self._is_gone():
            return
        if self._beginning is None:
            last = wire_id_of(self._house._store, self._house._last())
            self._greet(Recovery(last, reason=RecoveryReason.UNAVAILABLE))
            self._join()
        else:
            # It was told that all it missed follows: it comes back and begins anew where this ended.
            self._hub.close([self._client], CloseCode.GOING_AWAY, "messages cannot be read just now")

    def _on_page(self, page: Page) -> None:
        if not self._is_gone():
            self._write(page, 0, is_fresh=True)

    def _write(self, page: Page, start: int, *, is_fresh: bool) -> None:
        """Write the rest of a page, as far as the client reads it.

        Args:
            page: The page.
            start: Index of the first message to be written.
            is_fresh: Whether nothing was waited for since the page was read.
        """
        if self._is_gone():
            return
        assert self._beginning is not None  # noqa: S101 - there, before the first page
        writer, reader = self._hub.writer, self._client.identity.user_id
        for index in range(start, len(page.messages)):
            kept = page.messages[index]
            is_past = kept.number <= self._beginning.last
            message = kept.frame(
                self._house._store, reader, is_replayed=is_past, pinned_id=self._hub.talk.pins.pinned_id
            )
            frame = text_frame(encode(message))
            go_on = partial(self._write, page, index + 1, is_fresh=False)
            held = Awaited(self._client.identity, writer.monotonic(), then=go_on)
            self._count += is_past
            if not writer.write_watched(self._client, frame, held):
                return
        self._note_delivered(page.messages)
        self._cursor = page.messages[-1].number if page.messages else self._cursor
        # A page that waited for a slow reader is old: what was said meanwhile is in none of its rows.
        if page.is_last and is_fresh and self._is_level(page.seen):
            self._join()
        else:
            self._read_on()

    def _is_level(self, seen: int) -> bool:
        """Bring a connection that has had all up to a number to where this node is.

        Alone, it is there already (`line`, rule 2). In a cluster, messages of other nodes are delivered
        whenever they are told of, before or after the page that shows them.

        Returns:
            `False` if that takes another page.
        """
        sequence, client = self._house.sequence, self._client
        if sequence is None or seen == sequence.last:
            return True
        if seen > sequence.last:
            sequence.note_ahead(client, seen)
            return True
        missed = sequence.since(seen)
        if missed is None:
            return False
        me, pinned_id = self._sight.user_id, self._hub.talk.pins.pinned_id
        mine = [each for each in missed if self._is_for_me(each)]
        for kept in mine:
            frame = kept.frame(self._house._store, me, is_replayed=False, pinned_id=pinned_id)
            self._hub.writer.write([client], text_frame(encode(frame)))
        self._note_delivered(mine)
        return True

    def _is_for_me(self, kept: Kept) -> bool:
        me = self._sight.user_id
        is_echo = self._sight.has_echoes and kept.sender == me
        return kept.recipient in ("", me) or is_echo

    def _read_on(self) -> None:
        assert self._beginning is not None  # noqa: S101 - there, before the first page
        cursor, begun, sight = self._cursor, self._beginning, self._sight
        self._house._line.read(
            lambda db: store.after(db, cursor, begun.mark, begun.last, sight),
            self._on_page,
            self._on_unreadable,
        )

    def _note_delivered(self, messages: list[Kept]) -> None:
        """Note what was written of what waited for this user."""
        mine = [
            each
            for each in messages
            if each.state != DeliveryState.DONE and each.recipient == self._sight.user_id
        ]
        if not mine:
            return
        self._house._inbox.settle(mine, Fate.REPLAYED, self._hub.writer.monotonic())
        numbers = [each.number for each in mine]
        if self._client.wants_ack:
            self._house._line.change(
                lambda db: store.note_state(db, numbers, DeliveryState.SENT), lambda _: None, lambda _: None
            )
        else:
            self._house._line.change(
                lambda db: store.note_state(db, numbers, DeliveryState.DONE),
                lambda count: self._house._inbox.remove(self._sight.user_id, count),
                # It stays in the inbox and comes once more: rather twice than never.
                lambda _: None,
            )

    def _join(self) -> None:
        client = self._client
        self._house.forget(client)
        if self._count:
            self._hub.recorder.add(
                Direction.OUT,
                Kind.HISTORY,
                client.identity,
                to=client.username,
                recipients=1,
                detail=f"{self._count} messages from before were sent.",
            )
        self._hub.join(client, presence=self.presence)

    def _is_gone(self) -> bool:
        if not self.is_over and self._client.client_id not in self._hub.clients:
            self._house.forget(self._client)
        return self.is_over


def _text_of(raw: msgspec.Raw) -> str:
    """Return a text that a client gave; what is no text is no id either."""
    if not raw:
        return ""
    try:
        return msgspec.json.decode(raw, type=str)
    except msgspec.DecodeError:
        return ""
