"""What is said: messages to everyone and to one user, from clients and from the host.

A message is encoded once, framed once, and the same bytes are written to each receiver, so frames of one
sender reach any receiver in the order they were sent.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

import msgspec
from msgspec import UNSET

from authws_desktop.hub.client import Client
from authws_desktop.hub.frame_writer import FrameWriter
from authws_desktop.hub.keeper import Keeper, Stamp
from authws_desktop.hub.members import Members
from authws_desktop.hub.pinboard import Pinboard, Pinned
from authws_desktop.hub.received import Received
from authws_desktop.hub.relay import Relay
from authws_desktop.protocol.client_messages import Direct, Message
from authws_desktop.protocol.codes import ErrorCode
from authws_desktop.protocol.envelope import type_of
from authws_desktop.protocol.errors import FrameError
from authws_desktop.protocol.framing import text_frame
from authws_desktop.protocol.server_messages import Broadcast, Delivered, DirectMessage, encode
from authws_desktop.traffic.record import SERVER_IDENTITY, Delivery, Direction, HeldFrame, Identity, Kind

EVERYONE = "all"
_FRAME_KINDS = {
    str(kind): kind
    for kind in (
        Kind.MESSAGE,
        Kind.DIRECT,
        Kind.CONNECTION,
        Kind.AUTHENTICATION,
        Kind.DELIVERED,
        Kind.USER_LIST,
        Kind.PRESENCE,
        Kind.HISTORY,
        Kind.ACCEPTED,
        Kind.ACKNOWLEDGED,
        Kind.ERROR,
    )
}
"""What a frame of the server is, by its `type`."""


class Talk:
    """Delivers messages to everyone and to one user, and records them.

    Attributes:
        keeper: Keeps what is said before it is delivered; `None` where nothing is kept.
        pins: Holds the announcement that stays.
        relay: Tells other nodes; `None` where there are none.

    Args:
        members: Who may be written to.
        writer: Writes to them.
        timestamp: Tells the time as the contract writes it.
        prefix: Begins the ids of messages that nobody keeps; another one at each start.
    """

    def __init__(
        self, members: Members, writer: FrameWriter, timestamp: Callable[[], str], prefix: str
    ) -> None:
        self.keeper: Keeper | None = None
        self.pins = Pinboard(members, writer, timestamp, self._tell_nodes)
        self.relay: Relay | None = None
        self._members = members
        self._writer = writer
        self._recorder = writer.recorder
        self._monotonic = writer.monotonic
        self._timestamp = timestamp
        self._prefix = prefix
        self._count = 0

    # From clients

    def broadcast(self, received: Received, message: Message) -> None:
        """Send a client's message to every authenticated client, the sender included.

        Args:
            received: How the message came.
            message: The message.
        """
        if self.keeper is not None:
            self.keeper.message(received, message)
            return
        self.deliver_message(received.client.identity, message.content, self._next_stamp(), received)

    def direct(self, received: Received, message: Direct) -> None:
        """Send a client's message to one connection or one user, and tell the sender.

        Args: See `broadcast`.

        Raises:
            FrameError: `MISSING_RECIPIENT` or `INVALID_RECIPIENT`; with a keeper, `INBOX_FULL`.
        """
        if not message.to:
            raise FrameError(ErrorCode.MISSING_RECIPIENT, "A direct message needs the field 'to'.")
        if self.keeper is not None:
            self.keeper.direct(received, message)
            return
        receivers, stamp = self._members.find(message.to), self._next_stamp()
        # A user may be connected here and there: then the relay sends to both, and answers once.
        if self.relay is not None and self.relay.direct(received, message, receivers, stamp):
            return
        if not receivers:
            raise FrameError(ErrorCode.INVALID_RECIPIENT, "Nobody is connected by that id or name.")
        self.deliver_direct(received.client.identity, receivers, message, stamp, received)

    # From the host

    def broadcast_from_host(self, content: msgspec.Raw, *, is_pinned: bool = False) -> Delivery:
        """Send the host's own message to every authenticated client, as user `server`.

        Args:
            content: What is said.
            is_pinned: Whether it stays for who comes later.

        Returns:
            To whom it went; where it is kept first, to whom it is about to go.
        """
        if self.keeper is not None:
            self.keeper.host_message(content, is_pinned=is_pinned)
            return Delivery(self._members.identities(), (), 0.0)
        return self.deliver_message(SERVER_IDENTITY, content, self._next_stamp(), is_pinned=is_pinned)

    def direct_from_host(self, receivers: Iterable[Client], to: str, content: msgspec.Raw) -> Delivery:
        """Send the host's own message to chosen connections of one user, as user `server`.

        Returns: See `broadcast_from_host`.
        """
        chosen = list(receivers)
        if self.keeper is not None and chosen:
            self.keeper.host_direct(chosen[0].identity.user_id, to, content)
            return Delivery(tuple([each.identity for each in chosen]), (), 0.0)
        return self.deliver_direct(SERVER_IDENTITY, chosen, Direct(content, to), self._next_stamp())

    def frame_from_host(self, receivers: Iterable[Client], to: str, payload: bytes) -> Delivery:
        """Send a frame exactly as the host wrote it; it is never kept.

        Args:
            receivers: Connections; those that have not authenticated are left out.
            to: Their name in the record.
            payload: Any JSON, UTF-8.
        """
        started_s = self._monotonic()
        audience = tuple(client for client in receivers if client.is_authenticated)
        held = self._writer.write(audience, text_frame(payload))
        identities = tuple(client.identity for client in audience)
        delivery = Delivery(identities, held, self._monotonic() - started_s)
        self._record(
            SERVER_IDENTITY,
            to,
            payload,
            delivery,
            kind=_FRAME_KINDS.get(type_of(payload) or "", Kind.MESSAGE),
        )
        return delivery

    # Delivering

    def deliver_message(
        self,
        sender: Identity,
        content: msgspec.Raw,
        stamp: Stamp,
        received: Received | None = None,
        *,
        is_pinned: bool = False,
        without: Collection[Client] = (),
    ) -> Delivery:
        """Write a message to every authenticated client, now.

        Args:
            sender: Who said it.
            content: What was said.
            stamp: When, and its id.
            received: How it came; `None` if the host said it.
            is_pinned: Whether it stays for who comes later.
            without: Who has had it already.
        """
        started_s = self._monotonic()
        message = Broadcast(sender.client_id, sender.username, content, stamp.timestamp, stamp.wire_id)
        if is_pinned:
            message.pinned = True
        audience, identities = self._audience(without)
        # Encoded and framed once, whoever receives it; RFC 6455 masks only what clients send (5.1), so all
        # get the same bytes.
        payload = encode(message)
        held = self._writer.write(audience, text_frame(payload))
        # Own clients first: they do not wait for the way to other nodes, which a keeper tells by itself.
        if self.relay is not None and self.keeper is None:
            self.relay.said(sender, payload)
        delivery = Delivery(identities, held, self._monotonic() - started_s)
        self._record(sender, EVERYONE, content, delivery, received, kind=Kind.MESSAGE)
        if is_pinned:
            self.pins.pin(Pinned(stamp.wire_id, stamp.timestamp, content))
        return delivery

    def _audience(self, without: Collection[Client]) -> tuple[Sequence[Client], tuple[Identity, ...]]:
        if not without:
            return self._members.everyone(), self._members.identities()
        audience = [each for each in self._members.everyone() if each not in without]
        return audience, tuple([each.identity for each in audience])

    def _tell_nodes(self, payload: bytes) -> None:
        if self.relay is not None:
            self.relay.said(SERVER_IDENTITY, payload)

    # From other nodes

    def number_from(self, prefix: str) -> None:
        """Begin the ids of messages that nobody keeps with another text, which no other node uses."""
        self._prefix = prefix

    def relay_message(self, sender: Identity, payload: bytes, without: Collection[Client] = ()) -> None:
        """Write to everyone here what somebody said to everyone at another node.

        Args:
            sender: Who said it.
            payload: The other node's message, JSON, ready for the wire.
            without: Who has had it already.
        """
        if sender.client_id == SERVER_IDENTITY.client_id and self.pins.follow(payload):
            return
        audience, identities = self._audience(without)
        self._relay_to(audience, identities, Kind.MESSAGE, sender, EVERYONE, payload)

    def relay_direct(self, sender: Identity, receivers: Sequence[Client], to: str, payload: bytes) -> None:
        """Write to connections of this node what somebody at another node, or here, said to their user.

        Args:
            sender: Who said it.
            receivers: The connections.
            to: As the sender wrote it.
            payload: The server's message, JSON, ready for the wire.
        """
        identities = tuple([each.identity for each in receivers])
        self._relay_to(receivers, identities, Kind.DIRECT, sender, to, payload)

    def _relay_to(
        self,
        receivers: Sequence[Client],
        identities: tuple[Identity, ...],
        kind: Kind,
        sender: Identity,
        to: str,
        payload: bytes,
    ) -> None:
        started_s = self._monotonic()
        held = self._writer.write(receivers, text_frame(payload))
        delivery = Delivery(identities, held, self._monotonic() - started_s)
        self._recorder.add(
            Direction.OUT, kind, sender, payload, to=to, recipients=len(receivers), delivery=delivery
        )

    def deliver_direct(
        self,
        sender: Identity,
        receivers: Sequence[Client],
        message: Direct,
        stamp: Stamp,
        received: Received | None = None,
        *,
        expires_at: str = "",
        stored: HeldFrame | None = None,
    ) -> Delivery:
        """Write a message to chosen connections, now, and tell the sender.

        Args:
            sender: Who said it.
            receivers: Connections of one user.
            message: What was said, to whom as written, and how the sender calls it.
            stamp: When, and its id.
            received: How it came; `None` if the host said it, who gets no answer.
            expires_at: Where the message waits for a user who is away: until when it is kept.
            stored: Follows it where it waits, or until it is acknowledged.
        """
        started_s, to = self._monotonic(), message.to or ""
        frame = DirectMessage(
            sender.client_id, to, sender.username, message.content, stamp.timestamp, stamp.wire_id
        )
        held = self._writer.write(receivers, text_frame(encode(frame)))
        identities = tuple([receiver.identity for receiver in receivers])
        delivery = Delivery(identities, held, self._monotonic() - started_s, expires_at, stored)
        is_searched = self._record(sender, to, message.content, delivery, received, kind=Kind.DIRECT)
        if received is not None:
            answer = Delivered(
                to,
                stamp.timestamp,
                stamp.wire_id,
                len(identities),
                message.message_id or UNSET,
                True if expires_at else UNSET,
                expires_at or UNSET,
            )
            # The answer repeats parts of this frame only: what was searched in it need not be searched again.
            self._writer.send(received.client, Kind.DELIVERED, encode(answer), is_searched=is_searched)
        return delivery

    def _record(
        self,
        sender: Identity,
        to: str,
        content: bytes | msgspec.Raw,
        delivery: Delivery,
        received: Received | None = None,
        *,
        kind: Kind,
    ) -> bool:
        """Record what was said; see `Recorder.add` for what it returns."""
        return self._recorder.add(
            Direction.OUT if received is None else Direction.IN,
            kind,
            sender,
            # A client's frame is recorded as it came; only what the host said has no frame of its own.
            bytes(content) if received is None else received.payload,
            to=to,
            recipients=len(delivery.recipients),
            is_binary=received is not None and received.is_binary,
            is_from_host=received is None or received.is_from_host,
            delivery=delivery,
        )

    def _next_stamp(self) -> Stamp:
        self._count += 1
        return Stamp(self._timestamp(), f"{self._prefix}-{self._count:x}")
