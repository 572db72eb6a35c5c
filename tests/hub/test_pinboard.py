"""The announcement that stays, without a server."""

from __future__ import annotations

import msgspec

from authws_desktop.hub.pinboard import Pinned
from authws_desktop.protocol.server_messages import Broadcast, Unpinned, encode
from authws_desktop.traffic.record import SERVER_IDENTITY, Identity
from tests.hub.test_hub import House
from tests.hub.test_relay import Relay

PINNED = Pinned("s-1", "2026-01-01T00:00:00.000Z", msgspec.Raw(b'{"text":"Pizza"}'))


def test_nothing_is_shown_and_nobody_told_where_nothing_stays() -> None:
    """Taking down nothing is no act."""
    house = House()
    assert house.hub.talk.pins.unpin() is None
    assert house.hub.talk.pins.pinned is None


def test_each_change_is_told_to_whoever_keeps_it() -> None:
    """Until somebody keeps it, nobody is told."""
    pins = House().hub.talk.pins
    pins.pin(PINNED)
    seen: list[Pinned | None] = []
    pins.on_changed = lambda: seen.append(pins.pinned)
    pins.unpin()
    pins.pin(PINNED)
    assert seen == [None, PINNED]


def test_what_stays_at_one_node_stays_at_all() -> None:
    """Put up and taken down there, it is here; who is here already gets it once, as any message."""
    house = House()
    ana, peer = house.join("ana")
    ana.wants_pins = True
    said = Broadcast("server", "server", PINNED.content, PINNED.timestamp, PINNED.wire_id)
    plain = encode(said)
    said.pinned = True
    talk = house.hub.talk
    talk.relay_message(SERVER_IDENTITY, encode(said))
    talk.relay_message(SERVER_IDENTITY, plain)
    assert talk.pins.pinned_id == PINNED.wire_id
    for wire_id in ("another", PINNED.wire_id, PINNED.wire_id):
        talk.relay_message(SERVER_IDENTITY, encode(Unpinned(wire_id, PINNED.timestamp)))
    assert talk.pins.pinned_id == ""
    # Only frames of a host are looked at: nobody else puts up anything.
    talk.relay_message(Identity(client_id="c9", username="eve"), encode(said))
    assert talk.pins.pinned_id == ""
    assert len(peer.of_type("message")) == 3
    assert len(peer.of_type("message_unpinned")) == 1


def test_other_nodes_are_told_what_is_taken_down() -> None:
    """As they are of every message of the host."""
    house, relay = House(), Relay()
    house.hub.attach(relay)
    house.hub.talk.broadcast_from_host(PINNED.content, is_pinned=True)
    house.hub.talk.pins.unpin()
    assert relay.calls == [("said", "server"), ("said", "server")]
