"""Connections of other nodes as `Client`s, so that the host can write to them and close them."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import structs

from authws_desktop.hub.client import Client, RateLimit
from authws_desktop.hub.relay import Elsewhere, Relay
from authws_desktop.protocol.codes import CloseCode
from authws_desktop.protocol.framing import payload_of
from authws_desktop.traffic.record import HeldFrame, Identity

_UNLIMITED = RateLimit(0, 0, 0.0)


class FarPeer:
    """The sending side of a connection of another node, which does what is asked for.

    Args:
        relay: Tells the other node.
        client_id: The connection.
    """

    def __init__(self, relay: Relay, client_id: str) -> None:
        self._relay = relay
        self._client_id = client_id

    def write(self, frame: bytes) -> bool:
        """Have the other node write a text frame; how it fares there is not told."""
        self._relay.write(self._client_id, payload_of(frame))
        return True

    def watch(self, held: HeldFrame) -> None:
        """Do nothing: nothing waits here."""

    write_latest = write

    def close(self, code: CloseCode, reason: str = "") -> None:
        """Have the other node close it."""
        self._relay.close([self._client_id], code, reason)


class FarClients:
    """One `Client` for each connection of other nodes: the same one from its coming to its going."""

    def __init__(self) -> None:
        self._people: object = ()
        self._clients: dict[str, Client] = {}

    def follow(self, relay: Relay) -> Mapping[str, Client]:
        """Return them by id, as they are now."""
        people = relay.people()
        # The same object until somebody comes or goes.
        if people is not self._people:
            self._people, known = people, self._clients
            self._clients = {
                each.client_id: known.get(each.client_id) or _client(relay, each) for each in people
            }
            for person in people:
                client = self._clients[person.client_id]
                if client.username != person.username:
                    client.identity = structs.replace(client.identity, username=person.username)
        return self._clients


def _client(relay: Relay, person: Elsewhere) -> Client:
    identity = Identity(
        client_id=person.client_id,
        user_id=person.user_id,
        username=person.username,
        app=person.app,
        node=relay.node_of(person.client_id),
    )
    return Client(identity, FarPeer(relay, person.client_id), _UNLIMITED, now_s=person.since)
