"""The work that a client's frame makes, counted: a flood of bad ones must not cost more than good ones need."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from authws_desktop.protocol import client_messages, envelope
from authws_desktop.server.websocket.connection import Connection
from tests.dialogues import FIN, HANDSHAKE, TEXT, Wire, frame, new_endpoint


class Counting:
    """A decoder that counts how often it is asked."""

    def __init__(self, decoder: msgspec.json.Decoder[Any]) -> None:
        self._decoder = decoder
        self.count = 0

    def decode(self, data: bytes) -> Any:
        self.count += 1
        return self._decoder.decode(data)


@pytest.fixture
def decoders(monkeypatch: pytest.MonkeyPatch) -> tuple[Counting, Counting]:
    """The decoder of whole messages, and that of what a refused one says of itself."""
    whole, outline = Counting(client_messages._decoder), Counting(envelope._outline_decoder)
    monkeypatch.setattr(client_messages, "_decoder", whole)
    monkeypatch.setattr(envelope, "_outline_decoder", outline)
    return whole, outline


@pytest.fixture
async def connection(tmp_path: Path) -> Connection:
    """A connection that has not logged in."""
    connection, wire = Connection(new_endpoint(tmp_path)), Wire()
    wire.set_protocol(connection)
    connection.connection_made(wire)
    connection.shake_hands(HANDSHAKE)
    return connection


def log_in(connection: Connection) -> None:
    """Log a connection in."""
    assert connection.client is not None
    identity = msgspec.structs.replace(connection.client.identity, user_id="u1", username="ana")
    hub = connection._endpoint.hub
    hub.authenticated(connection.client, identity, time.time() + 86_400)
    hub._presence.cancel()


async def test_a_good_frame_is_decoded_once(
    connection: Connection, decoders: tuple[Counting, Counting]
) -> None:
    """And nothing is asked of it twice."""
    log_in(connection)
    connection.receive(frame(FIN | TEXT, b'{"type":"message","content":1}'))
    assert [each.count for each in decoders] == [1, 0]


@pytest.mark.parametrize("is_logged_in", [True, False])
@pytest.mark.parametrize(
    "payload",
    [
        b'{"type":"shout","messageId":1}',
        b'{"type":"message"}',
        b'{"type":"direct","content":1}',
        b'{"type":"direct","content":1,"to":"nobody","messageId":1}',
        b'{"type":"authenticate"}',
        b"[]",
        b"nonsense",
    ],
)
async def test_a_refused_frame_is_looked_at_once_more(
    connection: Connection, decoders: tuple[Counting, Counting], payload: bytes, is_logged_in: bool
) -> None:
    """For its type and its messageId, whoever sent it."""
    if is_logged_in:
        log_in(connection)
    connection.receive(frame(FIN | TEXT, payload))
    assert [each.count for each in decoders] == [1, 1]


async def test_a_frame_over_the_rate_is_not_decoded(
    connection: Connection, decoders: tuple[Counting, Counting]
) -> None:
    """Only its messageId is looked for."""
    log_in(connection)
    assert connection.client is not None
    connection.client.rate_limit.rate = connection.client.rate_limit.burst = 1
    connection.client.rate_limit._level = 0
    connection.receive(frame(FIN | TEXT, b'{"type":"message","content":1}'))
    assert [each.count for each in decoders] == [0, 1]
