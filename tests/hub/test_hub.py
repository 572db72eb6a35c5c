"""The hub, driven with plain values: no sockets, no loop."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from authws_desktop.hub.client import Client, RateLimit
from authws_desktop.hub.hub import Hub
from authws_desktop.hub.received import Received
from authws_desktop.protocol.client_messages import Direct, Message
from authws_desktop.protocol.codes import CloseCode, ErrorCode
from authws_desktop.protocol.errors import FrameError
from authws_desktop.protocol.framing import text_frame
from authws_desktop.traffic.record import HeldFrame, Identity, Kind
from authws_desktop.traffic.recorder import Recorder
from authws_desktop.traffic.ring import TrafficRing

NOW = 1_767_225_600.0


class Peer:
    """A receiver that keeps what it is sent."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.latest: list[bytes] = []
        self.closed: list[CloseCode] = []
        self.held: list[HeldFrame] = []
        self.is_slow = False

    def write(self, frame: bytes) -> bool:
        self.frames.append(frame)
        return not self.is_slow

    def watch(self, held: HeldFrame) -> None:
        """Take note of a frame that waits."""
        self.held.append(held)

    def write_latest(self, frame: bytes) -> bool:
        self.latest.append(frame)
        return self.write(frame)

    def close(self, code: CloseCode, reason: str = "") -> None:
        self.closed.append(code)

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(frame[frame.index(b'{"') :]) for frame in self.frames]

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["type"] == kind]


class Clock:
    """A clock and timer wheel that the test turns."""

    def __init__(self) -> None:
        self.time_s = 0.0
        self.due: list[tuple[float, Callable[[], None]]] = []

    def __call__(self) -> float:
        return self.time_s

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> Clock:
        self.due.append((self.time_s + delay_s, callback))
        return self

    def cancel(self) -> None:
        self.due.clear()

    def advance(self, seconds: float) -> None:
        end_s = self.time_s + seconds
        while self.due and min(self.due, key=lambda item: item[0])[0] <= end_s:
            item = min(self.due, key=lambda each: each[0])
            self.due.remove(item)
            self.time_s = max(self.time_s, item[0])
            item[1]()
        self.time_s = end_s


class House:
    """A hub with its clock, ring and clients."""

    def __init__(self) -> None:
        self._number = 0
        self.clock = Clock()
        self.ring = TrafficRing()
        self.hub = Hub(
            Recorder(self.ring, lambda: NOW), str.casefold, self.clock.call_later, lambda: NOW, self.clock
        )

    def join(self, name: str = "", user_id: str = "") -> tuple[Client, Peer]:
        peer = Peer()
        self._number += 1
        number = self._number
        client = Client(Identity(number, f"c{number}"), peer, RateLimit(0, 1, 0), now_s=NOW, is_loopback=True)
        self.hub.connected(client)
        if name:
            self.log_in(client, name, user_id)
        return client, peer

    def log_in(self, client: Client, name: str, user_id: str = "") -> None:
        identity = Identity(client.number, client.client_id, "", user_id or f"id-{name}", name, "jti")
        self.hub.authenticated(client, identity, NOW + 60)

    def kinds(self) -> list[Kind]:
        return [record.kind for record in self.ring.after(0)]


@pytest.fixture
def house() -> House:
    """Return an empty house."""
    return House()


def message(sender: Client, content: str = '"hi"') -> tuple[Received, Message]:
    payload = f'{{"type":"message","content":{content}}}'.encode()
    return Received(sender, payload), Message(msgspec.Raw(content.encode()))


def direct(
    sender: Client, to: str | None, message_id: str = "", content: str = '"psst"'
) -> tuple[Received, Direct]:
    raw = msgspec.Raw(message_id.encode())
    return Received(sender, b'{"type":"direct"}'), Direct(msgspec.Raw(content.encode()), to, raw)


def test_a_broadcast_reaches_every_authenticated_client_and_the_sender(house: House) -> None:
    """Those that have not authenticated get nothing."""
    ana, ana_peer = house.join("ana")
    _, ben_peer = house.join("ben")
    _, stranger = house.join()
    house.hub.talk.broadcast(*message(ana, '{"deep": [1, 2.50]}'))
    for peer in (ana_peer, ben_peer):
        (got,) = peer.of_type("message")
        assert got["from"] == ana.client_id
        assert got["username"] == "ana"
        assert got["content"] == {"deep": [1, 2.5]}
        assert b'{"deep": [1, 2.50]}' in peer.frames[-1]
    assert stranger.frames == []


def test_a_broadcast_is_encoded_and_framed_once(house: House) -> None:
    """All receivers get the very same bytes object."""
    ana, _ = house.join("ana")
    peers = [house.join(f"user{number}")[1] for number in range(50)]
    house.hub.talk.broadcast(*message(ana))
    assert len({id(peer.frames[-1]) for peer in peers}) == 1


@pytest.mark.parametrize("to", ["c2", "id-ben", "Ben", "BEN"])
def test_direct_finds_a_connection_a_user_id_or_a_name(house: House, to: str) -> None:
    """Names are compared folded; `to` comes back as the sender wrote it."""
    ana, ana_peer = house.join("ana")
    _, ben_peer = house.join("Ben", "id-ben")
    house.hub.talk.direct(*direct(ana, to, '"m1"'))
    (got,) = ben_peer.of_type("direct")
    assert (got["from"], got["to"], got["username"], got["content"]) == (ana.client_id, to, "ana", "psst")
    (delivered,) = ana_peer.of_type("message_delivered")
    assert (delivered["messageId"], delivered["to"], delivered["recipients"]) == ("m1", to, 1)
    assert delivered["id"] == got["id"]


def test_direct_to_a_user_reaches_all_connections(house: House) -> None:
    """Phone and laptop both ring; the receipt counts them."""
    ana, ana_peer = house.join("ana")
    peers = [house.join("ben", "id-ben")[1] for _ in range(3)]
    house.hub.talk.direct(*direct(ana, "ben"))
    assert all(len(peer.of_type("direct")) == 1 for peer in peers)
    (delivered,) = ana_peer.of_type("message_delivered")
    assert delivered["recipients"] == 3
    assert "messageId" not in delivered


def test_a_name_that_looks_like_a_client_id_cannot_take_its_messages(house: House) -> None:
    """A client id is tried before any name."""
    ana, _ = house.join("ana")
    _, ben_peer = house.join("ben")
    _, thief = house.join("c2")
    house.hub.talk.direct(*direct(ana, "c2"))
    assert len(ben_peer.of_type("direct")) == 1
    assert thief.of_type("direct") == []


@pytest.mark.parametrize(
    ("to", "code"),
    [
        (None, ErrorCode.MISSING_RECIPIENT),
        ("", ErrorCode.MISSING_RECIPIENT),
        ("nobody", ErrorCode.INVALID_RECIPIENT),
        ("c2", ErrorCode.INVALID_RECIPIENT),
    ],
)
def test_direct_without_a_reachable_recipient_is_refused(
    house: House, to: str | None, code: ErrorCode
) -> None:
    """A connection that has not authenticated cannot be addressed either."""
    ana, _ = house.join("ana")
    house.join()
    with pytest.raises(FrameError) as caught:
        house.hub.talk.direct(*direct(ana, to, "7"))
    assert caught.value.code is code


def test_frames_keep_their_order(house: House) -> None:
    """Broadcast and direct of one sender arrive as they were sent."""
    ana, _ = house.join("ana")
    _, ben_peer = house.join("ben")
    for number in range(20):
        if number % 2:
            house.hub.talk.broadcast(*message(ana, str(number)))
        else:
            house.hub.talk.direct(*direct(ana, "ben", content=str(number)))
    got = [each["content"] for each in ben_peer.messages if each["type"] in ("message", "direct")]
    assert got == list(range(20))


def test_changes_close_together_become_one_user_list(house: House) -> None:
    """Fifty joins within a moment cost one list, which is the true one."""
    peers = [house.join(f"user{number}")[1] for number in range(50)]
    house.clock.advance(0.25)
    for peer in peers:
        (got,) = peer.of_type("user_list")
        assert [user["username"] for user in got["users"]] == [f"user{number}" for number in range(50)]


@pytest.mark.parametrize("count", [2, 50, 200])
def test_everyone_has_the_true_list_within_250_ms(house: House, count: int) -> None:
    """However the joins and leaves are spread, the last list is true in time."""
    members = [house.join(f"user{number}") for number in range(count)]
    for client, _ in members[1:]:
        house.clock.advance(0.013)
        house.hub.disconnected(client)
    house.clock.advance(0.25)
    assert [user["username"] for user in members[0][1].of_type("user_list")[-1]["users"]] == ["user0"]


def test_nothing_is_sent_while_nothing_changes(house: House) -> None:
    """Presence is silent without news, renewals included."""
    ana, peer = house.join("ana")
    house.clock.advance(1)
    before = len(peer.of_type("user_list"))
    house.log_in(ana, "ana")
    house.clock.advance(10)
    assert len(peer.of_type("user_list")) == before == 1


def test_a_connection_can_change_its_user(house: House) -> None:
    """Authenticating as somebody else moves the connection."""
    client, _ = house.join("ana")
    house.log_in(client, "ben")
    assert house.hub.connections_of("id-ana") == []
    assert house.hub.connections_of("id-ben") == [client]
    assert house.hub.find_receivers("ana") == []


def test_a_user_stays_while_one_connection_lives(house: House) -> None:
    """Closing the laptop does not end the phone."""
    phone, _ = house.join("ana")
    laptop, _ = house.join("ana")
    house.hub.disconnected(laptop)
    assert house.hub.user_count == 1
    assert house.hub.find_receivers("ana") == [phone]
    house.hub.disconnected(phone)
    assert house.hub.user_count == 0
    assert house.hub.find_receivers("ana") == []


def test_a_client_that_already_left_cannot_log_in(house: House) -> None:
    """A login that was under way when the connection ended leaves no ghost."""
    client, _ = house.join()
    house.hub.disconnected(client)
    house.log_in(client, "ana")
    assert house.hub.authenticated_count == 0


def test_a_broadcast_is_one_record_with_its_recipients(house: House) -> None:
    """However many receive it."""
    ana, _ = house.join("ana")
    _, slow = house.join("ben")
    house.join("cem")
    slow.is_slow = True
    before = house.ring.last_number
    house.hub.talk.broadcast(*message(ana))
    (record,) = house.ring.after(before)
    assert (record.kind, record.recipients, record.to) == (Kind.MESSAGE, 3, "all")
    assert record.delivery is not None
    assert [identity.username for identity in record.delivery.recipients] == ["ana", "ben", "cem"]
    assert [held.identity.username for held in record.delivery.held] == ["ben"]
    assert slow.held == list(record.delivery.held)


def test_the_host_s_messages_come_from_the_server(house: House) -> None:
    """Existing clients see an ordinary message of user `server`."""
    _, peer = house.join("ana")
    house.hub.talk.broadcast_from_host(msgspec.Raw(b'"hello"'))
    (got,) = peer.of_type("message")
    assert (got["from"], got["username"], got["content"]) == ("server", "server", "hello")
    assert house.ring.after(0)[-1].is_from_host


def test_shutting_down_closes_everyone_and_silences_presence(house: House) -> None:
    """1001 for all, and no list afterwards."""
    _, peer = house.join("ana")
    _, stranger = house.join()
    house.hub.shut_down()
    house.clock.advance(5)
    assert peer.closed == stranger.closed == [CloseCode.GOING_AWAY]
    assert peer.of_type("user_list") == []


def test_work_per_broadcast_does_not_grow_with_idle_connections(house: House) -> None:
    """Connections that have not authenticated cost a broadcast nothing."""
    ana, _ = house.join("ana")
    strangers = [house.join()[1] for _ in range(500)]
    house.hub.talk.broadcast(*message(ana))
    assert all(peer.frames == [] for peer in strangers)
    assert house.hub.counters.messages_out == len(
        [record for record in house.ring.after(0) if record.recipients]
    )


def test_leaving_twice_is_leaving_once(house: House) -> None:
    """The socket's end and the closing both say that a connection is gone."""
    client, _ = house.join("ana")
    revision = house.hub.revision
    house.hub.disconnected(client)
    house.hub.disconnected(client)
    assert house.hub.revision == revision + 1


def test_a_name_that_another_user_took_stays_theirs(house: House) -> None:
    """Renamed or gone, the former bearer takes no messages with them."""
    first, _ = house.join("ana", "id-1")
    second, _ = house.join("ana", "id-2")
    house.hub.rename("id-1", "anna")
    assert house.hub.find_receivers("ana") == [second]
    third, _ = house.join("anna", "id-3")
    house.hub.disconnected(first)
    assert house.hub.find_receivers("anna") == [third]


def test_the_host_s_message_to_chosen_connections(house: House) -> None:
    """They alone get it, from `server`; the record says to whom."""
    ana, ana_peer = house.join("ana")
    _, ben_peer = house.join("ben")
    house.hub.talk.direct_from_host([ana], "ana", msgspec.Raw(b'"psst"'))
    (got,) = ana_peer.of_type("direct")
    assert (got["from"], got["to"], got["content"]) == ("server", "ana", "psst")
    assert ben_peer.of_type("direct") == []
    row = house.ring.after(0)[-1]
    assert (row.kind, row.to, row.recipients, row.is_from_host) == (Kind.DIRECT, "ana", 1, True)


@pytest.mark.parametrize(
    ("payload", "kind"),
    [(b'{"type":"user_list","users":[]}', Kind.USER_LIST), (b'{"type":"new"}', Kind.MESSAGE), (b"[1]", Kind.MESSAGE)],
)  # fmt: skip
def test_a_frame_of_the_host_goes_out_as_written(house: House, payload: bytes, kind: Kind) -> None:
    """To those who are logged in; the record knows it by its type."""
    ana, ana_peer = house.join("ana")
    stranger, stranger_peer = house.join()
    house.hub.talk.frame_from_host([ana, stranger], "all", payload)
    assert ana_peer.frames[-1] == text_frame(payload)
    assert stranger_peer.frames == []
    row = house.ring.after(0)[-1]
    assert (row.kind, row.recipients, row.is_from_host) == (kind, 1, True)
