"""The many clients that each write to one other: what they count."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.benchmarks import pairs
from tests.benchmarks.clients import ListSize
from tests.benchmarks.pairs import Pairs
from tests.benchmarks.scripted_peer import Visitor, ping, scripted_peer, text

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the load generator uses epoll")
LIST = text(type="user_list", users=["someone"])
LIST_SIZE = ListSize(len(LIST) - 2 - 9, 9)


def welcome(visitor: Visitor, name: str) -> None:
    """Let a client join, and tell it who is there."""
    visitor.welcome(text(type="connection", clientId=name))
    visitor.next_frame()
    visitor.send(text(type="authentication"), ping())


def direct(number: int) -> bytes:
    """Return a direct message."""
    return text(type="direct", content=number)


def test_each_message_is_awaited_at_its_receiver(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not its confirmation, and a message that never arrives is missing in the count."""
    monkeypatch.setattr(pairs, "SETTLE_S", 0.2)
    received: list[bytes] = []

    def play(visitors: Iterator[Visitor]) -> None:
        visitor = next(visitors)
        welcome(visitor, "the only one")
        visitor.send(LIST)
        visitor.next_frame()  # the answer to the ping
        for number in range(2):
            received.append(visitor.next_frame()[1])
            visitor.send(text(type="message_delivered"))
            if number == 0:
                visitor.send(direct(number)[:9])
                visitor.send(direct(number)[9:], ping())
                visitor.next_frame()

    with scripted_peer(play) as port:
        load = Pairs(port, ["a token"], LIST_SIZE)
        load.grow(1, 20)
        talk = load.talk(2)
        load.close()
    assert (talk.sent, talk.arrived) == (2, 1)
    assert all(b'"to":"the only one"' in frame for frame in received)


def test_each_client_writes_to_the_next_one() -> None:
    """And the last one to the first."""
    written: dict[str, bytes] = {}

    def play(visitors: Iterator[Visitor]) -> None:
        there = {}
        for name in ("first", "second", "third"):
            there[name] = next(visitors)
            welcome(there[name], name)
        names = list(there)
        for visitor in there.values():
            visitor.send(text(type="user_list", users=["someone"] * 3))
            visitor.next_frame()
        for name, visitor in there.items():
            written[name] = visitor.next_frame()[1]
            there[names[(names.index(name) + 1) % 3]].send(direct(1))

    three = len(text(type="user_list", users=["someone"] * 3))
    with scripted_peer(play) as port:
        load = Pairs(
            port, ["a token"], ListSize(len(LIST) - (three - len(LIST)) // 2 - 2, (three - len(LIST)) // 2)
        )
        load.grow(3, 20)
        talk = load.talk(1)
        load.close()
    assert (talk.sent, talk.arrived) == (3, 3)
    receivers = {
        name: next(each for each in written if f'"to":"{each}"'.encode() in written[name]) for name in written
    }
    assert sorted(receivers.values()) == sorted(written)
    assert all(name != receiver for name, receiver in receivers.items())
