"""The hub: who is connected, who is told so, and the end of connections; `talk` passes on what they say.

Every operation is synchronous.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping

import msgspec

from authws_desktop.hub.client import Client
from authws_desktop.hub.elsewhere import FarClients
from authws_desktop.hub.frame_writer import FrameWriter
from authws_desktop.hub.members import Members
from authws_desktop.hub.presence import PresenceScheduler
from authws_desktop.hub.presence_round import PresenceRound
from authws_desktop.hub.relay import Relay
from authws_desktop.hub.roster import Roster
from authws_desktop.hub.talk import EVERYONE, Talk
from authws_desktop.protocol.codes import CloseCode
from authws_desktop.protocol.server_messages import Authenticated, Recovery, WireUser, encode
from authws_desktop.protocol.timestamps import TimestampFormatter
from authws_desktop.protocol.wire_types import PresenceWish
from authws_desktop.tasks import CallLater
from authws_desktop.traffic.record import SERVER_IDENTITY, Direction, Identity, Kind
from authws_desktop.traffic.recorder import Recorder


class Hub:
    """Connected clients and what passes between them.

    Attributes:
        clients: Every open connection by client id, authenticated or not.
        members: Those that take part.
        talk: Passes on what is said.
        writer: Writes to connections.
        send: Sends one client an answer of the server, and records it; see `FrameWriter.send`.
        connections_of: Returns a user's connections that take part, oldest first.
        find_receivers: Returns the connections that a recipient means; see `Members.find`.
        counters: Totals.
        recorder: Records what passes.
        revision: Changes with every join, leave and login; a window compares it.

    Args:
        recorder: Gets a record of everything.
        fold_username: The form in which usernames are compared.
        call_later: Calls a function after so many seconds; used to merge changes of presence.
        now: Wall clock, seconds since the epoch.
        monotonic: Monotonic clock, seconds.
        role_of: Tells a user's role by id, for those who ask.
    """

    def __init__(
        self,
        recorder: Recorder,
        fold_username: Callable[[str], str],
        call_later: CallLater,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        role_of: Callable[[str], str] = lambda _user_id: "member",
    ) -> None:
        self.clients: dict[str, Client] = {}
        self.recorder = recorder
        self.revision = 0
        self._now = now
        self._format = TimestampFormatter()
        self.writer = FrameWriter(recorder, monotonic)
        self.counters = self.writer.counters
        self.send = self.writer.send
        self.members = Members(fold_username)
        # The time of this start: counting begins anew with each, and a client may hold ids of the last one.
        prefix = format(int(now() * 1000), "x")
        self.talk = Talk(self.members, self.writer, self.timestamp, prefix)
        self.connections_of = self.members.of_user
        self.find_receivers = self.members.find
        self._relay: Relay | None = None
        self._far_clients = FarClients()
        self._presence = PresenceScheduler(monotonic, call_later, self._start_presence_round)
        self._roster = Roster(self._format, role_of)

    # Who is here

    @property
    def authenticated_count(self) -> int:
        """Connections that have authenticated."""
        return len(self.members)

    @property
    def user_count(self) -> int:
        """Users with at least one authenticated connection."""
        return self.members.user_count

    def timestamp(self) -> str:
        """Return the time now, as the contract writes it."""
        return self._format(self._now())

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

    def authenticated(
        self,
        client: Client,
        identity: Identity,
        expires_at: float,
        *,
        presence: PresenceWish | None = None,
    ) -> None:
        """Log a connection in, or renew its login, and tell it so.

        Args:
            client: The connection.
            identity: Its identity from now on.
            expires_at: When the token ends, seconds since the epoch.
            presence: How it asks to be told who is here; `None` leaves that as it is.
        """
        if self.identify(client, identity, expires_at):
            self.greet(client)
            self.join(client, presence=presence)

    def identify(self, client: Client, identity: Identity, expires_at: float) -> bool:
        """Note who a connection is; what it sends counts from now on, and it gets nothing before `join`.

        Args: See `authenticated`.

        Returns:
            Whether the connection is still there.
        """
        # Gone by now: a login must not bring a closed connection back.
        if client.client_id not in self.clients:
            return False
        if client.identity.user_id != identity.user_id or client.username != identity.username:
            # Another user on the same connection: the old one leaves the list before the new one joins.
            self._leave(client)
        self.members.identify(client, identity)
        client.expires_at = expires_at
        self.revision += 1
        return True

    def greet(self, client: Client, recovery: Recovery | None = None) -> None:
        """Tell a connection that it is logged in.

        Args:
            client: A connection that was identified.
            recovery: What it learns of the messages it missed, where it asked for them.
        """
        answer = Authenticated(
            WireUser(client.identity.user_id, client.username),
            self.timestamp(),
            client.client_id,
            self._format(client.expires_at),
        )
        if recovery is not None:
            recovery.tell(answer)
        self.send(client, Kind.AUTHENTICATION, encode(answer))

    def join(self, client: Client, *, presence: PresenceWish | None = None) -> None:
        """Let a connection take part: what is said from now on reaches it. May be called again.

        Args:
            client: A connection that was greeted: that answer comes ahead of any message and user list.
            presence: See `authenticated`.
        """
        # It may have gone while what it missed was read.
        if client.client_id not in self.clients:
            return
        if presence is not None:
            # 0: whoever asks anew gets a whole list first (`roster`, rule 1).
            client.presence, client.told_round = presence, 0
            self._presence.changed()
        if client not in self.members:
            self.members.add(client)
            self.talk.pins.show_to(client)
            self._presence.changed()
            if self._relay is not None:
                self._relay.joined(client)

    def rename(self, user_id: str, username: str) -> None:
        """Give the connections of a user another name; everyone is told by the user list."""
        for client in self.clients.values():
            if client.identity.user_id == user_id:
                self.members.identify(client, msgspec.structs.replace(client.identity, username=username))
                self.revision += 1
                self._presence.changed()
                if self._relay is not None and client in self.members:
                    self._relay.joined(client)

    def _leave(self, client: Client) -> None:
        if self.members.remove(client):
            self._presence.changed()
            if self._relay is not None:
                self._relay.left(client)

    # Other nodes

    def everywhere(self) -> Mapping[str, Client]:
        """Return all connections by id: of this server, and of other nodes as far as they are known."""
        if self._relay is None:
            return self.clients
        return {**self._far_clients.follow(self._relay), **self.clients}

    def attach(self, relay: Relay | None) -> None:
        """Tell other nodes of what happens here from now on; `None` to be alone again."""
        self._relay = self.talk.relay = relay
        self.people_changed()

    def people_changed(self) -> None:
        """Note that somebody came to another node or left it; clients are told by the user list."""
        self.revision += 1
        self._presence.changed()

    # Ending connections

    def close(self, clients: Iterable[Client], code: CloseCode, reason: str = "") -> int:
        """Close connections; they count as gone at once. Returns how many."""
        # A copy: each that closes leaves `clients`.
        chosen = list(clients)
        for client in chosen:
            client.peer.close(code, reason)
        return len(chosen)

    def shut_down(self) -> None:
        """Close every connection with 1001 and send no more presence."""
        self._presence.cancel()
        # Closing is leaving, which asks for a list again: hence presence is called off before and after.
        self.close(self.clients.values(), CloseCode.GOING_AWAY)
        self._presence.cancel()

    # Presence

    def _start_presence_round(self) -> PresenceRound:
        audience = self.members.everyone()
        elsewhere = () if self._relay is None else self._relay.people()
        frames, rows = self._roster.next_round(audience, self.timestamp(), elsewhere)
        for kind, payload, recipients in rows:
            self.recorder.add(
                Direction.OUT, kind, SERVER_IDENTITY, payload, to=EVERYONE, recipients=recipients
            )
        return PresenceRound(audience, frames, self.counters)
