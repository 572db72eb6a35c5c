"""Changing where the server listens, with people connected by different ways.

Linux and Windows answer on all of 127.0.0.0/8, so two of its addresses stand for two adapters.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
import websockets

from authws_desktop.errors import ServiceError
from authws_desktop.server.service import Service
from tests.own_clients import HttpClient, WsClient
from tests.ports import free_port

HERE, ADAPTER = "127.0.0.1", "127.0.0.2"


@pytest.fixture
def changes() -> dict[str, Any]:
    """A port that is nobody's on any address: it is kept while the address changes."""
    return {"port": free_port()}


@asynccontextmanager
async def by_way_of(service: Service, host: str, token: str) -> AsyncIterator[WsClient]:
    """Join by one of the addresses."""
    async with websockets.connect(f"ws://{host}:{service.location.port}/ws", proxy=None) as socket:
        client = WsClient(socket)
        await client.expect("connection")
        await client.log_in(token)
        yield client


async def listen_on(service: Service, host: str) -> int:
    """Change the scope, keeping the port; return how many connections that was said to end."""
    new = msgspec.structs.replace(service.settings.saved, host=host, port=service.location.port)
    count = service.connections_ended_by(new)
    await service.apply(new)
    return count


async def test_one_adapter_keeps_those_who_came_by_it(service: Service, http: HttpClient) -> None:
    """From My network to one adapter: the others are counted beforehand, then closed with 1001."""
    token = (await http.register("ana"))["token"]
    assert await listen_on(service, "0.0.0.0") == 0
    async with by_way_of(service, HERE, token) as goes, by_way_of(service, ADAPTER, token) as stays:
        assert await listen_on(service, ADAPTER) == 1
        assert (await goes.expect_close())[0] == 1001
        await stays.send({"type": "message", "content": "still here"})
        assert (await stays.expect("message"))["content"] == "still here"
    with pytest.raises(OSError, match=r"refused|Connect call failed"):
        await asyncio.open_connection(HERE, service.location.port)


async def test_back_to_my_network_ends_nobody(service: Service, http: HttpClient) -> None:
    """Wider again: who is there stays, and others can come."""
    token = (await http.register("ana"))["token"]
    await listen_on(service, ADAPTER)
    async with by_way_of(service, ADAPTER, token) as stays:
        assert await listen_on(service, "0.0.0.0") == 0
        async with by_way_of(service, HERE, token) as comes:
            await comes.send({"type": "message", "content": 1})
            assert (await stays.expect("message"))["content"] == 1


async def test_this_computer_keeps_loopback_of_both_families(service: Service, http: HttpClient) -> None:
    """`localhost` is more than one address: nobody on this computer is ended."""
    token = (await http.register("ana"))["token"]
    await listen_on(service, "0.0.0.0")
    async with by_way_of(service, "[::1]", token) as six, by_way_of(service, HERE, token) as four:
        assert await listen_on(service, "localhost") == 0
        await six.send({"type": "message", "content": 6})
        assert (await four.expect("message"))["content"] == 6


async def test_an_adapter_that_is_gone_changes_nothing(service: Service, http: HttpClient) -> None:
    """An address of nobody: in words, with everyone where they were."""
    token = (await http.register("ana"))["token"]
    port = service.location.port
    async with by_way_of(service, HERE, token) as stays:
        with pytest.raises(ServiceError, match=r"192\.0\.2\.7 is not an address of this computer"):
            await listen_on(service, "192.0.2.7")
        assert (service.location.host, service.location.port) == (HERE, port)
        await stays.send({"type": "message", "content": 1})
        await stays.expect("message")
