"""The hub with other nodes: what it tells them, and what it takes from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

from authws_desktop.hub.client import Client
from authws_desktop.hub.keeper import Stamp
from authws_desktop.hub.received import Received
from authws_desktop.hub.relay import Elsewhere
from authws_desktop.protocol.client_messages import Direct
from authws_desktop.protocol.codes import CloseCode
from authws_desktop.protocol.errors import FrameError
from authws_desktop.protocol.framing import text_frame
from authws_desktop.protocol.wire_types import PresenceWish
from authws_desktop.traffic.record import Direction, HeldFrame, Identity, Kind
from tests.hub.test_hub import NOW, House, direct, message

ZOE = Elsewhere("z1", "id-zoe", "zoe", "", NOW - 60)


class Relay:
    """Takes note of what it is told."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.others: Sequence[Elsewhere] = ()

    def said(self, sender: Identity, payload: bytes) -> None:
        self.calls.append(("said", sender.username))

    def joined(self, client: Client) -> None:
        self.calls.append(("joined", client.username))

    def left(self, client: Client) -> None:
        self.calls.append(("left", client.username))

    def people(self) -> Sequence[Elsewhere]:
        return self.others

    def node_of(self, client_id: str) -> str:
        return f"node-of-{client_id}"

    def write(self, client_id: str, payload: bytes) -> None:
        self.calls.append((client_id, payload.decode()))

    def close(self, client_ids: Iterable[str], code: CloseCode, reason: str = "") -> int:
        self.calls += [(each, f"{int(code)} {reason}") for each in client_ids]
        return 1

    def direct(self, received: Received, message: Direct, here: Sequence[Client], stamp: Stamp) -> bool:
        if message.to == "zoe":
            self.calls.append(("direct", received.client.username))
            return True
        return False


@pytest.fixture
def house() -> House:
    """Return an empty house."""
    return House()


@pytest.fixture
def relay(house: House) -> Relay:
    """Return what tells the other nodes."""
    relay = Relay()
    house.hub.attach(relay)
    return relay


def test_other_nodes_are_told(house: House, relay: Relay) -> None:
    """Who comes, is renamed and goes, and what is said to everyone; own clients have it first."""
    ana, peer = house.join("ana")
    silent, _ = house.join()
    house.hub.talk.broadcast(*message(ana))
    assert len(peer.of_type("message")) == 1
    house.hub.rename("id-ana", "Anna")
    house.hub.rename("", "nobody")
    house.hub.disconnected(ana)
    house.hub.disconnected(silent)
    assert relay.calls == [("joined", "ana"), ("said", "ana"), ("joined", "Anna"), ("left", "Anna")]
    house.hub.attach(None)
    house.join("ben")
    assert len(relay.calls) == 4


def test_a_direct_goes_where_its_receiver_is(house: House, relay: Relay) -> None:
    """Elsewhere by the relay, here by the hub, nowhere by nobody."""
    ana, peer = house.join("ana")
    house.hub.talk.direct(*direct(ana, "zoe"))
    assert relay.calls[-1] == ("direct", "ana")
    assert peer.of_type("message_delivered") == []
    house.hub.talk.direct(*direct(ana, "ana"))
    assert len(peer.of_type("direct")) == 1
    with pytest.raises(FrameError):
        house.hub.talk.direct(*direct(ana, "nobody"))


def test_who_is_elsewhere_is_in_the_list(house: House, relay: Relay) -> None:
    """In whole lists and in changes, with roles for those who asked for anything."""
    _, peer = house.join("ana")
    ben, delta_peer = house.join("ben")
    house.hub.authenticated(ben, ben.identity, NOW + 60, presence=PresenceWish.DELTA)
    house.clock.advance(1)
    relay.others = [ZOE]
    house.hub.people_changed()
    house.clock.advance(1)
    assert [each["username"] for each in peer.of_type("user_list")[-1]["users"]] == ["ana", "ben", "zoe"]
    (changes,) = delta_peer.of_type("presence")
    assert [(each["id"], each["role"]) for each in changes["joined"]] == [("z1", "member")]
    assert (changes["left"], changes["count"]) == ([], 3)
    house.hub.people_changed()
    house.clock.advance(1)
    assert len(delta_peer.of_type("presence")) == 1
    relay.others = ()
    house.hub.people_changed()
    house.clock.advance(1)
    gone = delta_peer.of_type("presence")[-1]
    assert (gone["joined"], gone["left"], gone["count"]) == ([], ["z1"], 2)


def test_what_comes_from_elsewhere_is_written_and_recorded(house: House, relay: Relay) -> None:
    """The bytes of the other node, to everyone or to one; nobody is told of it again."""
    ana, peer = house.join("ana")
    _, other = house.join("ben")
    sender = Identity(client_id="z1", user_id="id-zoe", username="zoe")
    before = list(relay.calls)
    house.hub.talk.number_from("n2")
    house.hub.talk.relay_message(sender, b'{"type":"message","content":1,"id":"n1-1"}')
    house.hub.talk.relay_direct(sender, [ana], "ana", b'{"type":"direct","content":2}')
    assert [each["content"] for each in peer.messages if "content" in each] == [1, 2]
    assert [each["content"] for each in other.messages if "content" in each] == [1]
    rows = [row for row in house.ring.after(0) if row.identity.username == "zoe"]
    assert [(row.direction, row.kind, row.recipients) for row in rows] == [
        (Direction.OUT, Kind.MESSAGE, 2),
        (Direction.OUT, Kind.DIRECT, 1),
    ]
    assert relay.calls == before
    house.hub.talk.broadcast(*message(ana))
    assert other.of_type("message")[-1]["id"] == "n2-1"


def test_who_is_elsewhere_is_treated_like_who_is_here(house: House, relay: Relay) -> None:
    """The same object until it goes, renamed in its place; what is written to it, its own node writes."""
    ana, _ = house.join("ana")
    relay.others = (ZOE,)
    zoe = house.hub.everywhere()["z1"]
    assert (zoe.username, zoe.identity.node, zoe.connected_at) == ("zoe", "node-of-z1", ZOE.since)
    assert zoe.is_authenticated
    assert set(house.hub.everywhere()) == {ana.client_id, "z1"}
    relay.others = (Elsewhere("z1", "id-zoe", "Zoe", "", NOW - 60), Elsewhere("y1", "id-y", "yan", "", NOW))
    everywhere = house.hub.everywhere()
    assert everywhere["z1"] is zoe
    assert (zoe.username, everywhere["y1"].username) == ("Zoe", "yan")
    assert house.hub.talk.frame_from_host([zoe], "zoe", b'{"type":"x"}').held == ()
    assert zoe.peer.write_latest(text_frame(b"{}"))
    zoe.peer.watch(HeldFrame(zoe.identity, 0.0))
    house.hub.close([zoe], CloseCode.KICKED, "bye")
    assert relay.calls[1:] == [("z1", '{"type":"x"}'), ("z1", "{}"), ("z1", "4005 bye")]
    house.hub.attach(None)
    assert set(house.hub.everywhere()) == {ana.client_id}
