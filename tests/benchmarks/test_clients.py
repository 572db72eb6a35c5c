"""The load generator's clients: they read frames by their kind and say what a server did wrong."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.benchmarks.clients import Client, ListSize, LoadError, measure_list
from tests.benchmarks.scripted_peer import Visitor, ping, scripted_peer, server_frame, text
from tests.benchmarks.wire import CLOSE, PONG, START_OF_TEXT

CONNECTED = text(type="connection", clientId="an id")
AUTHENTICATED = text(type="authentication")


def user_list(count: int) -> bytes:
    """Return the list of so many users, of 10 bytes each in JSON."""
    return text(type="user_list", users=["12345678"[: 8 - (number == 0)] for number in range(count)])


def test_pings_between_messages_are_answered() -> None:
    """Before, between and behind what the client waits for, also in one piece with it."""
    frames: list[tuple[int, bytes]] = []

    def play(visitors: Iterator[Visitor]) -> None:
        visitor = next(visitors)
        visitor.welcome(ping(b"one"), CONNECTED, ping(b"two"))
        frames.extend(visitor.next_frame() for _ in range(3))
        visitor.send(ping(), text(type="user_list", users=[]), AUTHENTICATED)
        frames.append(visitor.next_frame())

    with scripted_peer(play) as port:
        client = Client(port, "a token")
        client.close()
    assert client.client_id == "an id"
    authenticate = (START_OF_TEXT, b'{"type":"authenticate","token":"a token"}')
    assert frames == [(PONG, b"one"), authenticate, (PONG, b"two"), (PONG, b"")]


def test_the_size_of_a_list_is_measured_among_pings() -> None:
    """A ping as long as a list, or one cut in two, is no list."""

    def play(visitors: Iterator[Visitor]) -> None:
        first = next(visitors)
        first.welcome(CONNECTED)
        first.next_frame()
        first.send(AUTHENTICATED, ping(), user_list(1), ping(b"x" * 60))
        second = next(visitors)
        second.welcome(CONNECTED)
        second.next_frame()
        second.send(AUTHENTICATED)
        whole = ping(b"y" * 60)
        first.send(whole[:7])
        first.send(whole[7:], user_list(1), user_list(2))

    with scripted_peer(play) as port:
        size = measure_list(port, "a token")
    one, two = (len(user_list(count)) - 2 for count in (1, 2))
    assert size == ListSize(one - (two - one), two - one)


@pytest.mark.parametrize(
    ("frame", "complaint"),
    [
        (server_frame(CLOSE, b"\x0f\xa1too slow"), "closed the connection: 4001 too slow"),
        (server_frame(CLOSE, b""), "closed the connection"),
        (server_frame(START_OF_TEXT, b"{"), "text that is no JSON"),
        (server_frame(0x82, b"{}"), "begins with 0x82"),
        (text(type="error", code="AUTH_ERROR"), "AUTH_ERROR"),
    ],
)
def test_what_a_server_did_wrong_is_said(frame: bytes, complaint: str) -> None:
    """In the one kind of error that a run takes for a peer's failure."""

    def play(visitors: Iterator[Visitor]) -> None:
        visitor = next(visitors)
        visitor.welcome(CONNECTED)
        visitor.next_frame()
        visitor.send(frame)

    with scripted_peer(play) as port, pytest.raises(LoadError, match=complaint):
        Client(port, "a token")


def test_a_server_that_hangs_up_is_said() -> None:
    """Before the handshake is over, for one."""

    def play(visitors: Iterator[Visitor]) -> None:
        next(visitors).connection.close()

    with scripted_peer(play) as port, pytest.raises((LoadError, OSError)):
        Client(port, "a token")
