"""When connections are pinged, by a clock in the test's hands."""

from __future__ import annotations

import time
from pathlib import Path
from typing import cast

import msgspec
import pytest

from authws_desktop.hub.client import Client
from authws_desktop.server.endpoint import Endpoint, OpenConnection
from authws_desktop.server.websocket.connection import Connection
from authws_desktop.server.websocket.sweeper import FIRST_PING_S, FIRST_PINGS, Sweeper
from authws_desktop.settings import LoadedSettings
from tests.dialogues import FIN, HANDSHAKE, PING, PONG, Wire, frame, new_endpoint

PINGED = bytes((FIN | PING, 0))


class Guest:
    """A client that does not answer by itself.

    Attributes:
        wire: Its network.
        connection: The server's side.
        client: The hub's side.
    """

    def __init__(self, endpoint: Endpoint, *, is_logged_in: bool = True) -> None:
        self.wire = Wire()
        self.connection = Connection(endpoint)
        self.wire.set_protocol(self.connection)
        self.connection.connection_made(self.wire)
        self.connection.shake_hands(HANDSHAKE)
        self.connection.outbox.send_gathered()
        assert self.connection.client is not None
        self.client: Client = self.connection.client
        if is_logged_in:
            identity = msgspec.structs.replace(self.client.identity, user_id="u1", username="ana")
            endpoint.hub.authenticated(self.client, identity, time.time() + 86_400)

    @property
    def pings(self) -> int:
        """How many the server has sent."""
        return self.wire.written.count(PINGED)


@pytest.fixture
async def endpoint(tmp_path: Path) -> Endpoint:
    """What connections share; pinged every 20 s, and ended 20 s after a ping that is not answered."""
    endpoint = new_endpoint(tmp_path)
    values = msgspec.structs.replace(endpoint.settings, ping_interval_s=20, ping_timeout_s=20)
    endpoint._current.replace(LoadedSettings.of(values))
    return endpoint


@pytest.fixture
def clock() -> list[float]:
    """The monotonic clock."""
    return [time.monotonic()]


@pytest.fixture
def sweeper(endpoint: Endpoint, clock: list[float]) -> Sweeper:
    """The sweeper, on that clock."""
    return Sweeper(endpoint, monotonic=lambda: clock[0])


def settle(sweeper: Sweeper, clock: list[float]) -> None:
    """Let the sweeper see the newcomers, and again when they may be pinged."""
    sweeper.sweep()
    clock[0] += FIRST_PING_S
    sweeper.sweep()


async def test_who_logged_in_is_measured_soon(
    endpoint: Endpoint, sweeper: Sweeper, clock: list[float]
) -> None:
    """Five seconds later one ping is sent; the keep-alive ones come when they would have come anyway."""
    guest, stranger = Guest(endpoint), Guest(endpoint, is_logged_in=False)
    settle(sweeper, clock)
    sweeper.sweep()
    assert (guest.pings, stranger.pings) == (1, 0)
    guest.wire.deliver(frame(FIN | PONG))
    assert guest.client.rtt_s is not None
    clock[0] += 19 - FIRST_PING_S
    sweeper.sweep()
    assert guest.pings == 1
    clock[0] += 2
    sweeper.sweep()
    assert (guest.pings, stranger.pings) == (2, 1)


async def test_no_ping_meets_a_newcomer(endpoint: Endpoint, sweeper: Sweeper, clock: list[float]) -> None:
    """Not the keep-alive one either, which is due when somebody logs in late."""
    late = Guest(endpoint)
    clock[0] += 60
    for _ in range(10):
        sweeper.sweep()
        assert late.pings == 0
        clock[0] += FIRST_PING_S / 10
    sweeper.sweep()
    assert late.pings == 1


async def test_who_answers_nothing_stays_as_long_as_promised(
    endpoint: Endpoint, sweeper: Sweeper, clock: list[float]
) -> None:
    """The first ping starts no deadline: interval and timeout count from the beginning, as before."""
    guest = Guest(endpoint)
    for _ in range(40):
        sweeper.sweep()
        clock[0] += 0.5
    assert guest.pings == 1
    clock[0] += 0.5
    sweeper.sweep()
    assert guest.pings == 2
    clock[0] += 19.5
    sweeper.sweep()
    assert not guest.wire.is_aborted
    clock[0] += 1
    sweeper.sweep()
    assert guest.wire.is_aborted


async def test_a_storm_of_newcomers_is_measured_by_and_by(
    endpoint: Endpoint, sweeper: Sweeper, clock: list[float]
) -> None:
    """One pass pings a bounded number; the others follow."""
    guests = [Guest(endpoint) for _ in range(FIRST_PINGS + 1)]
    settle(sweeper, clock)
    assert sum(guest.pings for guest in guests) == FIRST_PINGS
    sweeper.sweep()
    assert [guest.pings for guest in guests] == [1] * len(guests)


class Failing:
    """A connection that cannot be looked at."""

    def __init__(self, wire: Wire) -> None:
        self.abort = wire.abort

    @property
    def is_open(self) -> bool:
        raise RuntimeError("broken")


async def test_a_connection_that_fails_keeps_the_pass_from_nobody(
    endpoint: Endpoint, sweeper: Sweeper, clock: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    """It is ended and logged; all others are looked at."""
    guests = [Guest(endpoint) for _ in range(3)]
    endpoint.connections.remove(guests[1].connection)
    endpoint.connections.add(cast("OpenConnection", Failing(guests[1].wire)))
    settle(sweeper, clock)
    assert [(guest.wire.is_aborted, guest.pings) for guest in guests] == [(False, 1), (True, 0), (False, 1)]
    assert {record.levelname for record in caplog.records} == {"ERROR"}
