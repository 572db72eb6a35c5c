"""Keeping messages together with the other nodes of a cluster.

1. Every node delivers what any of them stored, in the order of the numbers (`sequence`). Who asks for the
   past gets it at any node: it is in the database that all share.
2. A node that has written a direct tells the sender's, which answers. Where nobody has it, or the answer does
   not come in time, it waits in the database from then on, and only then the sender is told so.
3. Counts of what waits are each node's own, renewed now and then; whoever logs in is looked up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import msgspec
from msgspec import UNSET

from authws_desktop.accounts.errors import StoreError
from authws_desktop.hub.client import Client
from authws_desktop.hub.hub import Hub
from authws_desktop.hub.received import Received
from authws_desktop.messages import store
from authws_desktop.messages.echo import echo
from authws_desktop.messages.inbox import Inbox
from authws_desktop.messages.kept import DeliveryState, Kept, state_for, wire_id_of
from authws_desktop.messages.line import Failed, Line
from authws_desktop.messages.others import Acked, Expired, News, Others, Stored, Written
from authws_desktop.messages.sequence import Sequence
from authws_desktop.protocol.codes import ErrorCode
from authws_desktop.protocol.errors import FrameError
from authws_desktop.protocol.server_messages import Delivered, WireUser, encode
from authws_desktop.protocol.timestamps import format_timestamp
from authws_desktop.traffic.record import Direction, Identity, Kind

ANSWER_S = 2.0
"""How long the nodes to which a recipient is connected are waited for."""
LOOK_S = 1.0
"""How often the database is looked at for what a node stored that died before it told anybody."""


@dataclass
class _KeptDirect:
    """A direct of this node that is not answered yet."""

    kept: Kept
    received: Received | None
    failed: Failed
    nodes: set[str]
    count: int
    timer: asyncio.TimerHandle


class Spread:
    """Keeps messages in a cluster: tells other nodes what was stored here, delivers what was stored there.

    Attributes:
        others: The other nodes.
        sequence: The order of what all store.

    Args:
        hub: Delivers.
        line: Stores and reads.
        inbox: What waits, as far as this node knows.
        store_name: Of the ids on the wire.
        last: The newest number that was delivered here.
        others: The other nodes.
        acknowledged: Called with a user and its messages when another node had the acknowledgement.
        expired: Called with messages that another node let expire.
    """

    def __init__(
        self,
        hub: Hub,
        line: Line,
        inbox: Inbox,
        store_name: str,
        last: int,
        others: Others,
        acknowledged: Callable[[WireUser, list[Kept]], None],
        expired: Callable[[list[Kept]], None],
    ) -> None:
        self.others = others
        self.sequence = Sequence(line, last, self._deliver)
        self._hub = hub
        self._line = line
        self._inbox = inbox
        self._store = store_name
        self._on_acknowledged = acknowledged
        self._on_expired = expired
        self._sent: dict[int, _KeptDirect] = {}
        self._asked: dict[int, set[str]] = {}
        self._is_closed = False
        self._notes: dict[DeliveryState, list[tuple[int, Callable[[], None], Failed]]] = {}
        self._looking = asyncio.get_running_loop().call_later(LOOK_S, self._look)

    def close(self) -> None:
        """Deliver nothing more of other nodes; directs that are not answered yet are given up."""
        self._is_closed = True
        self._looking.cancel()
        self.sequence.close()
        for sent in self._sent.values():
            sent.timer.cancel()
        self._sent.clear()

    def _look(self) -> None:
        self.sequence.catch_up()
        self._looking = asyncio.get_running_loop().call_later(LOOK_S, self._look)

    # What is stored here

    def whereabouts(self, to: str, *, is_here: bool) -> str:
        """Return the user that is meant and connected to another node; empty if there is none.

        Raises:
            FrameError: `RECIPIENT_UNREACHABLE`: it is connected to another node only, which cannot be told.
        """
        user_id = self.others.whereabouts(to)[0]
        if user_id and not is_here and not self.others.is_up:
            raise FrameError(
                ErrorCode.RECIPIENT_UNREACHABLE,
                "The recipient is connected to another server, which cannot be reached now.",
            )
        return user_id

    def must_refuse(self, kept: Kept) -> bool:
        """Tell whether a message cannot be taken: it is for everyone, and the others cannot be told."""
        return not kept.recipient and not self.others.is_up

    def in_order(self, kept: Kept, then: Callable[[], None]) -> Callable[[], None]:
        """Return what is done once a message is stored: the others are told, and `then` has its turn."""

        def stored() -> None:
            # Looked up now and not when the message came: its recipient may have moved while it was stored.
            nodes = list(self.others.whereabouts(kept.to)[1]) if kept.recipient else []
            self._asked[kept.number] = set(nodes)
            self.others.tell(Stored(kept, nodes))
            self.sequence.add(kept, lambda _: then())

        return stored

    def deliver_direct(self, kept: Kept, received: Received | None, failed: Failed) -> None:
        """Write a direct of this node's, and answer it once the nodes of its recipient have.

        Args:
            kept: The message.
            received: How it came; `None` if the host said it.
            failed: Called if it was written to nobody, and cannot wait either.
        """
        if received is not None:
            self._hub.recorder.add(
                Direction.IN,
                Kind.DIRECT,
                received.client.identity,
                received.payload,
                to=kept.to,
                is_binary=received.is_binary,
                is_from_host=received.is_from_host,
            )
        timer = asyncio.get_running_loop().call_later(ANSWER_S, self._finish, kept.number)
        nodes = {self.others.id, *self._asked.pop(kept.number, ())}
        self._sent[kept.number] = _KeptDirect(kept, received, failed, nodes, 0, timer)
        self._write_direct(kept, partial(self._on_written, self.others.id, kept.number))
        # Stored while this node was leaving the cluster: no other node will answer.
        if self._is_closed:
            self._finish(kept.number)

    def _on_written(self, node: str, number: int, count: int) -> None:
        sent = self._sent.get(number)
        # Too late, or from a node that has answered already.
        if sent is None or node not in sent.nodes:
            return
        sent.nodes.discard(node)
        sent.count += count
        if not sent.nodes:
            self._finish(number)

    def _finish(self, number: int) -> None:
        if (sent := self._sent.pop(number, None)) is None:
            return
        sent.timer.cancel()
        if sent.count or sent.kept.state == DeliveryState.QUEUED:
            self._answer(sent)
        else:
            # First the database: it is told to wait only where it does.
            self._note(sent.kept, DeliveryState.QUEUED, partial(self._answer, sent), sent.failed)

    def _answer(self, sent: _KeptDirect) -> None:
        kept, received, is_queued = sent.kept, sent.received, not sent.count
        if is_queued:
            self._inbox.add(kept.recipient)
        if received is None or received.client.client_id not in self._hub.clients:
            return
        answer = Delivered(
            kept.to,
            format_timestamp(kept.time_s),
            wire_id_of(self._store, kept.number),
            sent.count,
            msgspec.Raw(kept.message_id) if kept.message_id else UNSET,
            True if is_queued else UNSET,
            format_timestamp(kept.expires_at or 0.0) if is_queued else UNSET,
        )
        self._hub.send(received.client, Kind.DELIVERED, encode(answer))

    # What any node stored

    def _deliver(self, kept: Kept) -> None:
        """Deliver what another node stored."""
        if kept.recipient:
            self._write_direct(kept, lambda _: None)
            return
        sender = _sender_of(kept)
        wire_id = wire_id_of(self._store, kept.number)
        frame = kept.frame(self._store, "", is_replayed=False, pinned_id=wire_id if kept.is_pinned else "")
        self._hub.talk.relay_message(sender, encode(frame), self.sequence.ahead_of(kept.number))

    def _write_direct(self, kept: Kept, told: Callable[[int], None]) -> None:
        """Write a direct to the connections here that it means; `told` gets how many have it."""
        receivers = self._receivers(kept)
        count = len(receivers)
        frame = encode(kept.frame(self._store, kept.recipient, is_replayed=False))
        # Who is ahead had it a moment ago, among what it missed.
        new = [each for each in receivers if not self.sequence.is_ahead(each, kept.number)]
        if new:
            self._hub.talk.relay_direct(_sender_of(kept), new, kept.to, frame)
        echo(self._hub, kept, self._store, {*receivers, *self.sequence.ahead_of(kept.number)})
        state = state_for(new)
        if new and state is DeliveryState.SENT and kept.state != state:
            # It counts as written once the database knows that it is to come again.
            self._note(kept, state, lambda: told(count), lambda _: told(0))
            return
        if new and kept.state == DeliveryState.QUEUED:
            self._note(kept, state)
        told(count)

    def _receivers(self, kept: Kept) -> list[Client]:
        found = self._hub.find_receivers(kept.to)
        if found and found[0].identity.user_id == kept.recipient:
            return found
        # The id of a connection elsewhere means that one alone, whatever else its user has here.
        if self.others.has_connection(kept.to):
            return []
        return self._hub.connections_of(kept.recipient)

    def _note(
        self,
        kept: Kept,
        state: DeliveryState,
        then: Callable[[], None] = lambda: None,
        failed: Failed = lambda _: None,
    ) -> None:
        """Have the database know how far a direct has come; all of one turn together."""
        if not self._notes:
            asyncio.get_running_loop().call_soon(self._write_notes)
        self._notes.setdefault(state, []).append((kept.number, then, failed))

    def _write_notes(self) -> None:
        notes, self._notes = self._notes, {}
        for state, each in notes.items():
            self._write_note(state, *zip(*each, strict=True))

    def _write_note(
        self,
        state: DeliveryState,
        numbers: tuple[int, ...],
        thens: tuple[Callable[[], None], ...],
        faileds: tuple[Failed, ...],
    ) -> None:
        def done(_count: int) -> None:
            for then in thens:
                then()

        def failed(error: StoreError) -> None:
            for each in faileds:
                each(error)

        self._line.change(lambda db: store.note_state(db, numbers, state), done, failed)

    # From other nodes

    def hear(self, node: str, news: News) -> None:
        """Handle what another node told: stored, written, acknowledged or expired messages."""
        if isinstance(news, Stored):
            self._on_stored(node, news)
        elif isinstance(news, Written):
            self._on_written(node, news.number, news.count)
        elif isinstance(news, Acked):
            self._on_acknowledged(WireUser(news.user_id, news.username), news.messages)
        else:
            self._on_expired(news.messages)

    def _on_stored(self, node: str, news: Stored) -> None:
        kept = news.kept

        def told(count: int) -> None:
            self.others.tell(Written(kept.number, count), node)

        if self.others.id not in news.nodes:
            self.sequence.add(kept)
        elif kept.number <= self.sequence.last:
            # Read from the database, and written, before this came.
            told(len(self._receivers(kept)))
        else:
            self.sequence.add(kept, lambda each: self._write_direct(each, told))

    def tell_acknowledged(self, user: WireUser, messages: list[Kept]) -> None:
        """Tell the others that a user has acknowledged messages."""
        self.others.tell(Acked(user.id, user.username, _without_content(messages)))

    def tell_expired(self, messages: list[Kept]) -> None:
        """Tell the others that messages have waited too long."""
        self.others.tell(Expired(_without_content(messages)))


def _sender_of(kept: Kept) -> Identity:
    return Identity(client_id=kept.sender_client, user_id=kept.sender, username=kept.sender_name)


def _without_content(messages: list[Kept]) -> list[Kept]:
    return [msgspec.structs.replace(each, content=b"") for each in messages]
