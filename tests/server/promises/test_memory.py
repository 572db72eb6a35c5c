"""What clients can make the server take is what its limits add up to: counted in bytes while they try."""

from __future__ import annotations

import asyncio
import re
import sys
import time
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from authws_desktop.eventloop.epoll_loop import QtEpollEventLoop
from authws_desktop.protocol.limits import MAX_BODY_BYTES, MAX_HEAD_BYTES
from authws_desktop.server.http.server import HTTP_READ_BYTES, HttpServer
from authws_desktop.server.places import Places
from authws_desktop.server.service import Service
from authws_desktop.server.websocket.budget import Holder
from authws_desktop.server.websocket.outbox import UNPAUSED_BYTES
from authws_desktop.settings import Settings
from authws_desktop.traffic.record import Kind
from tests.dialogues import FIN, HANDSHAKE, TEXT, frame
from tests.own_clients import eventually

MIB = 1024 * 1024
CLIENTS = 30
SMALL_BUFFER_BYTES = 4096
TRACER_BYTES = 8192
OBJECTS_BYTES = 18 * 1024
"""The objects of one connection of either kind, whatever it does; those of Python 3.14 are the largest."""
TLS_BYTES = 64 * 1024
"""What OpenSSL keeps for one connection."""
CONNECTION_BYTES = OBJECTS_BYTES + max(MAX_HEAD_BYTES + MAX_BODY_BYTES + 2 * HTTP_READ_BYTES, UNPAUSED_BYTES)
"""What one connection can take besides the common buffers: an HTTP request with a body takes most."""


def worst_case_bytes(settings: Settings) -> int:
    """Return what all clients together can make the server take, by its limits."""
    connection_bytes = CONNECTION_BYTES + (TLS_BYTES if settings.tls != "off" else 0)
    return (
        Places(settings).connections * connection_bytes
        + 2 * settings.max_buffers_bytes  # what waits for slow clients, and unfinished messages
        + settings.traffic_max_bytes
    )


@pytest.fixture
def changes() -> dict[str, Any]:
    """Room for little, so that the common buffers are filled quickly."""
    return {"max_buffers_bytes": 4 * MIB, "max_buffer_bytes": 512 * 1024, "message_rate": 0}


class Crowd:
    """Clients of one server, and what it takes for them.

    Attributes:
        writers: Their connections.
    """

    def __init__(self, service: Service) -> None:
        self.writers: list[asyncio.StreamWriter] = []
        self._service = service
        self._before = tracemalloc.get_traced_memory()[0]

    @property
    def taken_bytes(self) -> int:
        """What Python's own allocator has given out since; what these clients keep themselves included."""
        return tracemalloc.get_traced_memory()[0] - self._before

    async def connect(self, first_bytes: bytes) -> None:
        """Let all of them connect and send something; they read next to nothing."""
        for _ in range(CLIENTS):
            _, writer = await asyncio.open_connection("127.0.0.1", self._service.location.port, limit=1)
            writer.write(first_bytes)
            self.writers.append(writer)


@pytest.fixture
def counting() -> Iterator[None]:
    """Count what is allocated."""
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.fixture
async def crowd(service: Service, counting: None) -> AsyncIterator[Crowd]:
    """Clients that can be made to do their worst."""
    crowd = Crowd(service)
    yield crowd
    for writer in crowd.writers:
        writer.transport.abort()
    await eventually(lambda: service._endpoint.places.taken == 0)
    server = cast("HttpServer", service._listening.http)
    await eventually(lambda: not server.connections)  # aiohttp's tasks wait a second for the rest of a body


async def test_connections_that_do_nothing(service: Service, crowd: Crowd) -> None:
    """The objects of both sides: the clients here are heavier than the server's half."""
    await crowd.connect(HANDSHAKE)
    await eventually(lambda: len(service.hub.clients) == CLIENTS)
    assert crowd.taken_bytes < CLIENTS * 2 * OBJECTS_BYTES


async def test_heads_that_do_not_end(service: Service, crowd: Crowd) -> None:
    """At most the 16 KiB that are read of a head."""
    await crowd.connect(b"GET / HTTP/1.1\r\nX: " + b"x" * (MAX_HEAD_BYTES - 100))
    await eventually(lambda: len(service._endpoint.heads) == CLIENTS)
    await asyncio.sleep(0)
    assert crowd.taken_bytes < CLIENTS * (CONNECTION_BYTES + OBJECTS_BYTES)


@pytest.mark.parametrize("path", [b"/auth/login", b"/nothing"])
async def test_bodies_that_do_not_end(service: Service, crowd: Crowd, path: bytes) -> None:
    """Read by a handler, or by nobody."""
    await crowd.connect(
        b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n" % (path, MAX_BODY_BYTES) + b" " * (MAX_BODY_BYTES - 10)
    )
    counters = service.hub.counters
    await eventually(lambda: counters.http_requests == CLIENTS)
    # While branches are measured, the tracer keeps something for each handler that waits; without epoll so does
    # qasync for each socket.
    has_epoll = isinstance(asyncio.get_running_loop(), QtEpollEventLoop)
    traced_bytes = TRACER_BYTES if sys.gettrace() is not None or not has_epoll else 0
    assert crowd.taken_bytes < CLIENTS * (CONNECTION_BYTES + OBJECTS_BYTES + traced_bytes)


async def test_messages_that_do_not_end(
    service: Service, crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thirty times 900 KB come of messages of 901 KB: the longest are ended (1009), 4 MiB stay at most."""
    receiving, peaks = service._endpoint.receiving, [0]
    hold = receiving.hold

    def noted_hold(holder: Holder, size_bytes: int) -> None:
        hold(holder, size_bytes)
        peaks.append(receiving.total_bytes)

    monkeypatch.setattr(receiving, "hold", noted_hold)
    await crowd.connect(HANDSHAKE)
    await eventually(lambda: len(service.hub.clients) == CLIENTS)
    unfinished = frame(FIN | TEXT, b" " * 900_000, size=901_000)
    for writer in crowd.writers:
        writer.write(unfinished)
    await eventually(lambda: len(service.hub.clients) <= 4 * MIB // 900_000)
    assert 3 * MIB < max(peaks) <= 4 * MIB
    closed = [each.outcome for each in service.traffic.after(0) if each.kind is Kind.DISCONNECT]
    assert set(closed) == {"1009"}


async def test_clients_that_do_not_read(service: Service, crowd: Crowd) -> None:
    """Each stays within its own limit; together they would hold 15 MiB: the slowest are closed (4008)."""
    await crowd.connect(HANDSHAKE)
    await eventually(lambda: len(service.hub.clients) == CLIENTS)
    for number, client in enumerate(list(service.hub.clients.values())):
        identity = msgspec.structs.replace(client.identity, user_id=f"u{number}", username=f"u{number}")
        service.hub.authenticated(client, identity, time.time() + 86_400)
    content = msgspec.Raw(msgspec.json.encode("x" * 16_000))
    while service.hub.clients:
        for client in list(service.hub.clients.values()):  # to each its own frame: nothing is shared
            service.hub.talk.direct_from_host([client], client.client_id, content)
        await asyncio.sleep(0)
        assert service._endpoint.sending.total_bytes <= 4 * MIB
        if len(service.hub.clients) < CLIENTS:
            break
    closed = [each.outcome for each in service.traffic.after(0) if each.kind is Kind.DISCONNECT]
    assert set(closed) == {"4008"}


def test_the_readme_states_the_figure() -> None:
    """In GiB, for the defaults, without TLS and with it."""
    text = (Path(__file__).parents[3] / "README.md").read_text("utf-8")
    plain, secure = (round(worst_case_bytes(each) / 2**30, 1) for each in (Settings(), Settings(tls="local")))
    assert re.search(rf"at most\s+about {plain} GiB \({secure} GiB with TLS\)", text)
