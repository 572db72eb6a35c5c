"""What is said where something keeps messages: it is handed over, and delivered when the keeper says so."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from authws_desktop.hub.keeper import Stamp
from authws_desktop.hub.received import Received
from authws_desktop.protocol.client_messages import Ack, Authenticate, Direct, HistoryRequest, Message
from authws_desktop.protocol.codes import RecoveryReason
from authws_desktop.protocol.errors import FrameError
from authws_desktop.protocol.server_messages import Recovery
from authws_desktop.traffic.record import SERVER_IDENTITY, Direction, HeldFrame, Identity
from tests.hub.test_hub import House, direct, message

RAW = msgspec.Raw(b'"hi"')
STAMP = Stamp("2026-01-01T00:00:00.000Z", "s1-1")


class Keeper:
    """Takes note of what it is handed."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def log_in(
        self, received: Received, message: Authenticate, identity: Identity, expires_at: float
    ) -> bool:
        self.calls.append(("log in", identity.username))
        return False

    def message(self, received: Received, message: Message) -> None:
        self.calls.append(("message", received.client.username, bytes(message.content)))

    def direct(self, received: Received, message: Direct) -> None:
        self.calls.append(("direct", received.client.username, message.to))

    def answer(self, received: Received, message: HistoryRequest | Ack) -> None:
        self.calls.append(("answer", received.client.username))

    def host_message(self, content: msgspec.Raw, *, is_pinned: bool) -> None:
        self.calls.append(("host message", bytes(content)))

    def host_direct(self, user_id: str, to: str, content: msgspec.Raw) -> None:
        self.calls.append(("host direct", user_id, to, bytes(content)))


@pytest.fixture
def house() -> House:
    """Return an empty house."""
    return House()


def test_nobody_gets_what_is_not_kept_yet(house: House) -> None:
    """Everything goes to the keeper, and to nobody else; a missing recipient is refused at once."""
    ana, peer = house.join("ana")
    ben, ben_peer = house.join("ben")
    keeper = house.hub.talk.keeper = Keeper()
    talk, before = house.hub.talk, len(peer.frames) + len(ben_peer.frames)
    talk.broadcast(*message(ana))
    talk.direct(*direct(ana, "ben"))
    with pytest.raises(FrameError):
        talk.direct(*direct(ana, None))
    assert talk.broadcast_from_host(RAW).recipients == (ana.identity, ben.identity)
    assert talk.direct_from_host([ben], "ben", RAW).recipients == (ben.identity,)
    assert keeper.calls == [
        ("message", "ana", b'"hi"'),
        ("direct", "ana", "ben"),
        ("host message", b'"hi"'),
        ("host direct", "id-ben", "ben", b'"hi"'),
    ]
    assert len(peer.frames) + len(ben_peer.frames) == before


def test_what_waits_is_told_to_its_sender(house: House) -> None:
    """A direct that nobody got yet is answered with until when it waits, and its row says so."""
    ana, peer = house.join("ana")
    received, wanted = direct(ana, "ben", '"m1"')
    house.hub.talk.deliver_direct(ana.identity, [], wanted, STAMP, received, expires_at="soon")
    (answer,) = peer.of_type("message_delivered")
    assert answer["queued"] is True
    assert (answer["expiresAt"], answer["recipients"], answer["messageId"]) == ("soon", 0, "m1")
    row = house.ring.after(0)[-2]
    assert row.delivery is not None
    assert row.delivery.queued_until == "soon"


def test_a_kept_message_is_recorded_as_the_hosts_or_as_the_clients(house: House) -> None:
    """The direction of its row says whose it is."""
    ana, peer = house.join("ana")
    house.hub.talk.deliver_message(SERVER_IDENTITY, RAW, STAMP)
    received, _ = message(ana)
    house.hub.talk.deliver_message(ana.identity, RAW, STAMP, received)
    assert [each["id"] for each in peer.of_type("message")] == ["s1-1", "s1-1"]
    assert [row.direction for row in house.ring.after(0)][-2:] == [Direction.OUT, Direction.IN]


def test_who_is_greeted_with_a_recovery_joins_later(house: House) -> None:
    """Between the two it gets nothing that is said; one that leaves meanwhile does not come back."""
    ana, _ = house.join("ana")
    late, peer = house.join()
    gone, _ = house.join()
    for client, name in ((late, "late"), (gone, "gone")):
        identity = msgspec.structs.replace(client.identity, user_id=f"id-{name}", username=name)
        assert house.hub.identify(client, identity, 60.0)
        house.hub.greet(client, Recovery("s1-7", 3))
    house.hub.disconnected(gone)
    house.hub.join(gone)
    house.hub.talk.broadcast(*message(ana, '"before"'))
    house.hub.rename("id-late", "Later")
    house.hub.join(late)
    house.hub.talk.broadcast(*message(ana, '"after"'))
    (greeting,) = peer.of_type("authentication")
    assert (greeting["recovered"], greeting["missed"], greeting["last"]) == (True, 3, "s1-7")
    assert [each["content"] for each in peer.of_type("message")] == ["after"]
    assert house.hub.find_receivers("later") == [late]
    assert house.hub.authenticated_count == 2


def test_why_the_missed_do_not_follow(house: House) -> None:
    """Then there is no number of them."""
    ana, peer = house.join("ana")
    house.hub.greet(ana, Recovery("s1-7", reason=RecoveryReason.TOO_OLD))
    told = peer.of_type("authentication")[-1]
    assert (told["recovered"], told["reason"], told["last"]) == (False, "too_old", "s1-7")
    assert "missed" not in told


def test_the_id_of_what_is_pinned(house: House) -> None:
    """Empty while nothing is."""
    pins = house.hub.talk.pins
    assert pins.pinned_id == ""
    house.hub.talk.deliver_message(SERVER_IDENTITY, RAW, STAMP, is_pinned=True)
    assert pins.pinned_id == STAMP.wire_id


@pytest.mark.parametrize("is_slow", [False, True])
def test_a_frame_that_is_watched_tells_whether_it_waits(is_slow: bool) -> None:
    """It counts like any other; a client that reads slowly has its fate followed."""
    house = House()
    ana, peer = house.join("ana")
    peer.is_slow = is_slow
    held = HeldFrame(ana.identity, 0.0)
    before = ana.messages_out
    assert house.hub.writer.write_watched(ana, b"frame", held) is not is_slow
    assert ana.messages_out == before + 1
    assert (held in peer.held) is is_slow
