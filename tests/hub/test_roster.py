"""Who is here, told as each client asked: whole lists, changes, or nothing."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from authws_desktop.hub.client import Client
from authws_desktop.protocol.wire_types import PresenceWish
from authws_desktop.traffic.record import Kind
from tests.hub.test_hub import NOW, House, Peer

ROUND_S = 1.0


@pytest.fixture
def house() -> House:
    """A hub whose clock stands still until a test turns it."""
    return House()


def join(house: House, name: str, presence: PresenceWish | None = None) -> tuple[Client, Peer]:
    """Let somebody log in, and ask for presence in some way."""
    client, peer = house.join()
    identity = msgspec.structs.replace(client.identity, user_id=f"id-{name}", username=name)
    house.hub.authenticated(client, identity, NOW + 60, presence=presence)
    return client, peer


def told(peer: Peer) -> list[dict[str, Any]]:
    """Return what a client was told of who is here, and forget it."""
    found = [each for each in peer.messages if each["type"] in ("user_list", "presence")]
    peer.frames.clear()
    return found


def test_who_asks_for_nothing_gets_what_it_always_got(house: House) -> None:
    """A whole list at every change, with the fields it always had."""
    _, ana = join(house, "ana")
    join(house, "ben", PresenceWish.DELTA)
    house.clock.advance(ROUND_S)
    (message,) = told(ana)
    assert [entry.keys() for entry in message["users"]] == [{"id", "username", "lastActive", "userId"}] * 2


def test_full_has_roles(house: House) -> None:
    """Otherwise it is as without asking."""
    _, ana = join(house, "ana", PresenceWish.FULL)
    house.clock.advance(ROUND_S)
    (message,) = told(ana)
    assert [(entry["username"], entry["role"]) for entry in message["users"]] == [("ana", "member")]
    join(house, "ben")
    house.clock.advance(ROUND_S)
    assert [each["type"] for each in told(ana)] == ["user_list"]


def test_delta_is_one_list_and_then_changes(house: House) -> None:
    """Who came, with every field, who went, by id, and how many there are."""
    _, ana = join(house, "ana", PresenceWish.DELTA)
    house.clock.advance(ROUND_S)
    assert [each["type"] for each in told(ana)] == ["user_list"]
    ben, _ = join(house, "ben")
    house.clock.advance(ROUND_S)
    (message,) = told(ana)
    (entry,) = message["joined"]
    assert message.keys() == {"type", "joined", "left", "count"}
    assert (entry["id"], entry["username"], entry["userId"]) == (ben.client_id, "ben", "id-ben")
    assert entry["role"] == "member"
    assert (message["left"], message["count"]) == ([], 2)
    house.hub.disconnected(ben)
    house.clock.advance(ROUND_S)
    (message,) = told(ana)
    assert (message["joined"], message["left"], message["count"]) == ([], [ben.client_id], 1)


def test_who_came_and_went_in_between_is_no_change(house: House) -> None:
    """Nothing is sent to who wants changes only."""
    _, ana = join(house, "ana", PresenceWish.DELTA)
    house.clock.advance(ROUND_S)
    told(ana)
    ben, _ = join(house, "ben")
    house.hub.disconnected(ben)
    house.clock.advance(ROUND_S)
    assert told(ana) == []


def test_a_new_name_replaces_the_entry(house: House) -> None:
    """It comes as joined, with the id that is known."""
    _, ana = join(house, "ana", PresenceWish.DELTA)
    ben, _ = join(house, "ben")
    house.clock.advance(ROUND_S)
    told(ana)
    house.hub.rename("id-ben", "Benjamin")
    house.clock.advance(ROUND_S)
    (message,) = told(ana)
    assert [(entry["id"], entry["username"]) for entry in message["joined"]] == [(ben.client_id, "Benjamin")]
    assert message["left"] == []


def test_none_is_told_nothing(house: House) -> None:
    """Not even at login; the others see it all the same."""
    quiet, peer = join(house, "quiet", PresenceWish.NONE)
    _, ana = join(house, "ana")
    house.clock.advance(ROUND_S)
    assert told(peer) == []
    assert quiet.client_id in [entry["id"] for entry in told(ana)[0]["users"]]


def test_a_wish_may_be_changed_by_logging_in_again(house: House) -> None:
    """Without the field it stays; with `delta` a whole list comes first."""
    ana, peer = join(house, "ana", PresenceWish.NONE)
    house.clock.advance(ROUND_S)
    house.hub.authenticated(ana, ana.identity, NOW + 120)
    house.clock.advance(ROUND_S)
    assert told(peer) == []
    house.hub.authenticated(ana, ana.identity, NOW + 120, presence=PresenceWish.DELTA)
    house.clock.advance(ROUND_S)
    assert [each["type"] for each in told(peer)] == ["user_list"]


def test_a_slow_client_misses_no_change(house: House) -> None:
    """A list that waits may be replaced by a newer one, a change may not."""
    _, slow = join(house, "slow", PresenceWish.DELTA)
    house.clock.advance(ROUND_S)
    assert slow.latest == []
    _, full = join(house, "full", PresenceWish.FULL)
    house.clock.advance(ROUND_S)
    assert len(full.latest) == 1


def test_each_kind_is_a_row(house: House) -> None:
    """With how many got it."""
    for name, presence in (("a", None), ("b", None), ("c", PresenceWish.DELTA), ("d", PresenceWish.NONE)):
        join(house, name, presence)
    house.clock.advance(ROUND_S)
    join(house, "e")
    house.clock.advance(ROUND_S)
    rows = [
        (row.kind, row.recipients)
        for row in house.ring.after(0)
        if row.kind in (Kind.USER_LIST, Kind.PRESENCE)
    ]
    assert rows == [(Kind.USER_LIST, 2), (Kind.USER_LIST, 1), (Kind.USER_LIST, 3), (Kind.PRESENCE, 1)]


@given(st.lists(st.sampled_from(["join", "join delta", "leave", "rename", "round"]), max_size=30))
def test_changes_add_up_to_the_list(acts: list[str]) -> None:
    """Whatever happens: who adds up the changes knows what who gets whole lists knows."""
    house = House()
    everyone = [join(house, "first", PresenceWish.DELTA)]
    known: dict[Client, dict[str, str]] = {}
    for number, act in enumerate([*acts, "round", "round"]):
        if act.startswith("join"):
            everyone.append(join(house, f"u{number}", PresenceWish.DELTA if "delta" in act else None))
        elif act == "leave" and len(everyone) > 1:
            house.hub.disconnected(everyone.pop(1)[0])
        elif act == "rename":
            house.hub.rename(everyone[-1][0].identity.user_id, f"u{number}")
        house.clock.advance(ROUND_S)
        for client, peer in everyone:
            for message in told(peer):
                if message["type"] == "user_list":
                    known[client] = {}
                for entry in message["users" if message["type"] == "user_list" else "joined"]:
                    known[client][entry["id"]] = entry["username"]
                for gone in message.get("left", []):
                    del known[client][gone]
    truth = {client.client_id: client.username for client, _ in everyone}
    assert [known[client] for client, _ in everyone] == [truth] * len(everyone)
    assert json.dumps(truth)
