"""What became of a message at each recipient, with a real slow reader."""

from __future__ import annotations

from typing import Any

import pytest

from authws_desktop.server.service import Service
from authws_desktop.traffic.record import Delivery, Fate, HeldFrame
from tests.own_clients import HttpClient, WsClient, eventually, ws_client

TEXT = '"' + "x" * 200_000 + '"'
MAX_MESSAGES = 200
SLOW: dict[str, Any] = {"max_queue": 1, "max_size": None, "close_timeout": 0.1}
"""A client that reads only what it is asked for, and so does not see the other side's close either."""


@pytest.fixture
def changes() -> dict[str, Any]:
    """Room for what waits."""
    return {"max_buffer_bytes": 64 * 1024 * 1024}


def fill_up(service: Service) -> Delivery:
    """Send until the slow reader holds a message up; return that message's delivery."""
    for _ in range(MAX_MESSAGES):
        if service.host_messages.to_everyone(TEXT).held:
            found = service.traffic.after(0)[-1].delivery
            assert found is not None
            return found
    raise AssertionError("nothing was held up")


async def slow_reader(service: Service, http: HttpClient, client: WsClient) -> None:
    """Log a client in that will not read on."""
    await client.log_in((await http.register("slow"))["token"])


async def test_sent_late_and_after_how_long(service: Service, http: HttpClient) -> None:
    """It waits, and is sent once the client reads again."""
    async with ws_client(service, **SLOW) as client:
        await slow_reader(service, http, client)
        delivery = fill_up(service)
        (held,) = delivery.held
        assert (held.identity.username, held.fate, held.after_s) == ("slow", Fate.WAITING, 0.0)
        while held.fate is Fate.WAITING:
            await client.receive()
        assert held.fate is Fate.SENT
        assert held.after_s > 0


async def test_lost_when_the_connection_closes(service: Service, http: HttpClient) -> None:
    """What still waited is told apart from what was sent."""
    async with ws_client(service, **SLOW) as client:
        await slow_reader(service, http, client)
        (held,) = fill_up(service).held
        service.moderation.disconnect(list(service.hub.clients))
        assert held.fate is Fate.LOST
        assert held.after_s >= 0


async def test_lost_when_the_buffer_is_full(service: Service, http: HttpClient) -> None:
    """The message that made it close is lost as well."""
    async with ws_client(service, **SLOW) as client:
        await slow_reader(service, http, client)
        held: list[HeldFrame] = [*fill_up(service).held]
        while service.hub.authenticated_count:
            service.host_messages.to_everyone(TEXT)
            delivery = service.traffic.after(0)[-1].delivery if service.hub.authenticated_count else None
            held += delivery.held if delivery is not None else ()
        await eventually(lambda: not service.hub.clients)
        assert {each.fate for each in held} == {Fate.LOST}
