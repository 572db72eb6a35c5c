"""The hub: who is connected, broadcast, direct messages, presence.

Every operation is synchronous: it encodes once, frames once and writes the same bytes to each receiver, so
frames of one sender reach any receiver in the order they were sent.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

import msgspec

from authws_desktop.hub.client import Client
from authws_desktop.hub.counters import Counters
from authws_desktop.hub.presence import CallLater, PresenceScheduler
from authws_desktop.hub.presence_round import PresenceRound
from authws_desktop.hub.recorder import Recorder
from authws_desktop.hub.traffic import SERVER_IDENTITY, Delivery, Direction, HeldFrame, Identity, Kind
from authws_desktop.protocol.client_messages import Direct, Message, type_of
from authws_desktop.protocol.codes import CloseCode, ErrorCode
from authws_desktop.protocol.errors import FrameError
from authws_desktop.protocol.framing import text_frame
from authws_desktop.protocol.server_messages import (
    UNSET,
    Authenticated,
    Broadcast,
    Delivered,
    DirectMessage,
    UserList,
    WirePresence,
    WireUser,
    encode,
)
from authws_desktop.protocol.timestamps import TimestampFormatter

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
        Kind.ERROR,
    )
}
"""What a frame of the server is, by its `type`."""


class Hub:
    """Connected clients and what passes between them.

    Attributes:
        clients: Every open connection by client id, authenticated or not.
        counters: Totals.
        recorder: Where traffic is recorded.
        revision: Changes with every join, leave and login; a window compares it.

    Args:
        recorder: Gets a record of everything.
        fold_username: The form in which usernames are compared.
        call_later: For merging presence; `None` sends the list at once (tests of plain values).
        now: Wall clock, seconds since the epoch.
        monotonic: Monotonic clock, seconds.
    """

    def __init__(
        self,
        recorder: Recorder,
        fold_username: Callable[[str], str],
        call_later: CallLater,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.clients: dict[str, Client] = {}
        self.counters = Counters()
        self.recorder = recorder
        self.revision = 0
        self._now = now
        self._monotonic = monotonic
        self._format = TimestampFormatter()
        self._fold = fold_username
        self._members: dict[str, Client] = {}
        self._by_user: dict[str, dict[str, Client]] = {}
        self._user_by_name: dict[str, str] = {}
        self._audience: tuple[Client, ...] | None = None
        self._audience_identities: tuple[Identity, ...] = ()
        self._presence = PresenceScheduler(monotonic, call_later, self._start_presence_round)
        self._message_prefix = format(int(now() * 1000), "x")
        self._message_count = 0

    # Who is here

    @property
    def authenticated_count(self) -> int:
        """Connections that have authenticated."""
        return len(self._members)

    @property
    def user_count(self) -> int:
        """Users with at least one authenticated connection."""
        return len(self._by_user)

    def timestamp(self) -> str:
        """Return the time now, as the contract writes it."""
        return self._format(self._now())

    def connections_of(self, user_id: str) -> list[Client]:
        """Return a user's authenticated connections, oldest first."""
        return list(self._by_user.get(user_id, {}).values())

    def connected(self, client: Client) -> None:
        """Add a connection that has not authenticated yet."""
        self.clients[client.client_id] = client
        self.counters.connections += 1
        self.revision += 1

    def disconnected(self, client: Client) -> None:
        """Forget a connection; may be called again."""
        if self.clients.pop(client.client_id, None) is None:
            return
        self.revision += 1
        self._leave(client)

    def authenticated(self, client: Client, identity: Identity, expires_at: float) -> None:
        """Log a connection in, or renew its login, and tell it so.

        Args:
            client: The connection.
            identity: Who it is from now on.
            expires_at: When the token ends, seconds since the epoch.
        """
        if client.client_id not in self.clients:
            return
        is_same = client.identity.user_id == identity.user_id and client.username == identity.username
        if not is_same:
            self._leave(client)
        client.identity = identity
        client.expires_at = expires_at
        self.revision += 1
        self._audience = None
        answer = Authenticated(
            WireUser(identity.user_id, identity.username),
            self.timestamp(),
            client.client_id,
            self._format(expires_at),
        )
        self.send(client, Kind.AUTHENTICATION, encode(answer))
        if not is_same:
            self._join(client)

    def rename(self, user_id: str, username: str) -> None:
        """Give the connections of a user another name; everyone is told by the user list."""
        for client in self.connections_of(user_id):
            if self._user_by_name.get(self._fold(client.username)) == user_id:
                del self._user_by_name[self._fold(client.username)]
            client.identity = msgspec.structs.replace(client.identity, username=username)
            self._user_by_name[self._fold(username)] = user_id
            self._audience = None
            self.revision += 1
            self._presence.changed()

    def _join(self, client: Client) -> None:
        identity = client.identity
        self._members[client.client_id] = client
        self._by_user.setdefault(identity.user_id, {})[client.client_id] = client
        self._user_by_name[self._fold(identity.username)] = identity.user_id
        self._audience = None
        self._presence.changed()

    def _leave(self, client: Client) -> None:
        if self._members.pop(client.client_id, None) is None:
            return
        own = self._by_user[client.identity.user_id]
        del own[client.client_id]
        if not own:
            del self._by_user[client.identity.user_id]
            if self._user_by_name.get(self._fold(client.username)) == client.identity.user_id:
                del self._user_by_name[self._fold(client.username)]
        self._audience = None
        self._presence.changed()

    def _everyone(self) -> tuple[Client, ...]:
        if self._audience is None:
            self._audience = tuple(self._members.values())
            self._audience_identities = tuple(client.identity for client in self._audience)
        return self._audience

    # Messages

    def broadcast(
        self,
        sender: Client,
        message: Message,
        payload: bytes,
        *,
        is_binary: bool = False,
        is_from_host: bool = False,
    ) -> None:
        """Send a client's message to every authenticated client, the sender included.

        Args:
            sender: An authenticated client.
            message: The decoded message.
            payload: It as it came, for the record.
            is_binary: Whether it came as a binary frame.
            is_from_host: Whether the host sent it in the client's name.
        """
        delivery = self._broadcast(sender.identity, message.content)
        self.recorder.add(
            Direction.IN,
            Kind.MESSAGE,
            sender.identity,
            payload,
            to=EVERYONE,
            recipients=len(delivery.recipients),
            is_binary=is_binary,
            is_from_host=is_from_host,
            delivery=delivery,
        )

    def broadcast_from_host(self, content: msgspec.Raw) -> Delivery:
        """Send the host's own message to every authenticated client, as user `server`."""
        delivery = self._broadcast(SERVER_IDENTITY, content)
        self.recorder.add(
            Direction.OUT,
            Kind.MESSAGE,
            SERVER_IDENTITY,
            bytes(content),
            to=EVERYONE,
            recipients=len(delivery.recipients),
            is_from_host=True,
            delivery=delivery,
        )
        return delivery

    def _broadcast(self, sender: Identity, content: msgspec.Raw) -> Delivery:
        started_s = self._monotonic()
        message = Broadcast(sender.client_id, sender.username, content, self.timestamp(), self._next_id())
        audience = self._everyone()
        identities = self._audience_identities
        held = self._write(audience, text_frame(encode(message)))
        return Delivery(identities, held, self._monotonic() - started_s)

    def direct(
        self,
        sender: Client,
        message: Direct,
        payload: bytes,
        *,
        is_binary: bool = False,
        is_from_host: bool = False,
    ) -> None:
        """Send a client's message to one connection or one user, and tell the sender.

        Args: See `broadcast`.

        Raises:
            FrameError: `MISSING_RECIPIENT` or `INVALID_RECIPIENT`.
        """
        message_id = message.message_id or None
        if not message.to:
            raise FrameError(
                ErrorCode.MISSING_RECIPIENT, "A direct message needs the field 'to'.", message_id=message_id
            )
        receivers = self.find_receivers(message.to)
        if not receivers:
            raise FrameError(
                ErrorCode.INVALID_RECIPIENT,
                "Nobody is connected by that id or name.",
                message_id=message_id,
            )
        timestamp, wire_id = self.timestamp(), self._next_id()
        delivery = self._direct(sender.identity, receivers, message.to, message.content, timestamp, wire_id)
        is_searched = self.recorder.add(
            Direction.IN,
            Kind.DIRECT,
            sender.identity,
            payload,
            to=message.to,
            recipients=len(delivery.recipients),
            is_binary=is_binary,
            is_from_host=is_from_host,
            delivery=delivery,
        )
        answer = Delivered(message.to, timestamp, wire_id, len(delivery.recipients), message_id or UNSET)
        self.send(sender, Kind.DELIVERED, encode(answer), is_searched=is_searched)

    def direct_from_host(self, receivers: Iterable[Client], to: str, content: msgspec.Raw) -> Delivery:
        """Send the host's own message to chosen connections, as user `server`."""
        delivery = self._direct(
            SERVER_IDENTITY, list(receivers), to, content, self.timestamp(), self._next_id()
        )
        self.recorder.add(
            Direction.OUT,
            Kind.DIRECT,
            SERVER_IDENTITY,
            bytes(content),
            to=to,
            recipients=len(delivery.recipients),
            is_from_host=True,
            delivery=delivery,
        )
        return delivery

    def frame_from_host(self, receivers: Iterable[Client], to: str, payload: bytes) -> Delivery:
        """Send a frame exactly as the host wrote it; clients that have not authenticated are left out.

        Args:
            receivers: Connections.
            to: Whom, for the record.
            payload: Any JSON.
        """
        started_s = self._monotonic()
        audience = tuple(client for client in receivers if client.is_authenticated)
        held = self._write(audience, text_frame(payload))
        identities = tuple(client.identity for client in audience)
        delivery = Delivery(identities, held, self._monotonic() - started_s)
        self.recorder.add(
            Direction.OUT,
            _FRAME_KINDS.get(type_of(payload) or "", Kind.MESSAGE),
            SERVER_IDENTITY,
            payload,
            to=to,
            recipients=len(audience),
            is_from_host=True,
            delivery=delivery,
        )
        return delivery

    def _direct(
        self,
        sender: Identity,
        receivers: list[Client],
        to: str,
        content: msgspec.Raw,
        timestamp: str,
        wire_id: str,
    ) -> Delivery:
        started_s = self._monotonic()
        message = DirectMessage(sender.client_id, to, sender.username, content, timestamp, wire_id)
        held = self._write(receivers, text_frame(encode(message)))
        identities = tuple([receiver.identity for receiver in receivers])
        return Delivery(identities, held, self._monotonic() - started_s)

    def find_receivers(self, to: str) -> list[Client]:
        """Return the authenticated connections a recipient means.

        Args:
            to: A client id, a user id or a username, tried in this order.
        """
        if (client := self._members.get(to)) is not None:
            return [client]
        user_id = to if to in self._by_user else self._user_by_name.get(self._fold(to), "")
        return self.connections_of(user_id)

    def send(
        self,
        client: Client,
        kind: Kind,
        payload: bytes,
        *,
        outcome: str = "",
        detail: str = "",
        is_searched: bool = False,
    ) -> None:
        """Send one client an answer of the server, and record it.

        Args:
            client: The receiver.
            kind: What the payload is.
            payload: A whole server message, JSON.
            outcome: An error code, for errors.
            detail: A sentence, for errors.
            is_searched: See `Recorder.add`.
        """
        self._write((client,), text_frame(payload))
        self.recorder.add(
            Direction.OUT,
            kind,
            client.identity,
            payload,
            to=client.username or client.client_id,
            recipients=1,
            outcome=outcome,
            detail=detail,
            is_searched=is_searched,
        )

    def _write(self, receivers: Sequence[Client], frame: bytes) -> tuple[HeldFrame, ...]:
        """Write a frame to each receiver; return what could not be written at once."""
        size = len(frame)
        held: list[HeldFrame] = []
        for client in receivers:
            client.messages_out += 1
            client.bytes_out += size
            if not client.peer.write(frame):
                held.append(self._hold(client))
        self.counters.messages_out += len(receivers)
        self.counters.bytes_out += len(receivers) * size
        return tuple(held)

    def _hold(self, client: Client) -> HeldFrame:
        """Follow the frame that a client's connection has just not written."""
        held = HeldFrame(client.identity, self._monotonic())
        client.peer.watch(held)
        return held

    def _next_id(self) -> str:
        self._message_count += 1
        return f"{self._message_prefix}-{self._message_count:x}"

    # Ending connections

    def close(self, clients: Iterable[Client], code: CloseCode, reason: str = "") -> int:
        """Close connections; they count as gone at once. Returns how many."""
        chosen = list(clients)
        for client in chosen:
            client.peer.close(code, reason)
        return len(chosen)

    def shut_down(self) -> None:
        """Close every connection with 1001 and send no more presence."""
        self._presence.cancel()
        self.close(self.clients.values(), CloseCode.GOING_AWAY)
        self._presence.cancel()

    # Presence

    def _start_presence_round(self) -> PresenceRound:
        format_time = self._format
        users = [
            WirePresence(
                client.client_id,
                client.identity.username,
                format_time(client.last_active_at),
                client.identity.user_id,
            )
            for client in self._everyone()
        ]
        payload = encode(UserList(users, self.timestamp()))
        self.recorder.add(
            Direction.OUT,
            Kind.USER_LIST,
            SERVER_IDENTITY,
            payload,
            to=EVERYONE,
            recipients=len(users),
        )
        return PresenceRound(self._everyone(), text_frame(payload), self.counters)
