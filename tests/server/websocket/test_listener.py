"""Telling WebSocket from HTTP by the first head."""

from __future__ import annotations

import asyncio

import pytest

from authws_desktop.server.service import Service
from authws_desktop.server.websocket.listener import is_websocket_upgrade
from tests.own_clients import WAIT_S, HttpClient


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"GET / HTTP/1.1\r\nUpgrade: websocket", True),
        (b"GET / HTTP/1.1\r\nHost: x\r\nUPGRADE:WebSocket\r\nX: y", True),
        (b"GET / HTTP/1.1\r\nUpgrade: h2c, websocket", True),
        (b"GET / HTTP/1.1\r\nUpgrade: h2c", False),
        (b"GET /?Upgrade: websocket HTTP/1.1\r\nHost: x", False),
        (b"GET / HTTP/1.1\r\nX-Upgrade: websocket", False),
        (b"", False),
    ],
)
def test_the_upgrade_header_decides(head: bytes, expected: bool) -> None:
    """In any case, among others, and nowhere else."""
    assert is_websocket_upgrade(head) is expected


async def test_a_head_in_pieces_and_pipelined_requests(service: Service) -> None:
    """Each byte by itself; then two requests at once on the same connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", service.location.port)
    request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    for index in range(len(request)):
        writer.write(request[index : index + 1])
        await writer.drain()
        await asyncio.sleep(0)
    writer.write(request + request)
    async with asyncio.timeout(WAIT_S):
        for _ in range(3):
            assert b" 200 " in await reader.readuntil(b"\r\n\r\n")
            assert await reader.readexactly(len(b'{"status":"ok"}')) == b'{"status":"ok"}'
    writer.close()
    await writer.wait_closed()


async def test_a_frame_sent_with_the_handshake_is_not_lost(service: Service) -> None:
    """Clients may send without waiting for the 101."""
    reader, writer = await asyncio.open_connection("127.0.0.1", service.location.port)
    writer.write(
        b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        b"\x81\x82\0\0\0\0{}"
    )
    async with asyncio.timeout(WAIT_S):
        assert b"INVALID_MESSAGE" in await reader.readuntil(b"INVALID_MESSAGE")
    writer.transport.abort()


async def test_connections_that_say_nothing_do_not_stop_the_server(
    service: Service, http: HttpClient
) -> None:
    """Fifty half-open connections, and stopping still ends."""
    opened = [await asyncio.open_connection("127.0.0.1", service.location.port) for _ in range(50)]
    assert (await http.get("/healthz"))[0] == 200
    async with asyncio.timeout(WAIT_S):
        await service.stop()
    for reader, writer in opened:
        assert await reader.read() == b""
        writer.close()
