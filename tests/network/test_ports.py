"""Listening sockets, and who holds a port."""

from __future__ import annotations

import asyncio
import os
import socket
import sys

import pytest

from authws_desktop.errors import PortTaken, ServiceError
from authws_desktop.network.adapters import Adapter, _rank, rank_adapters
from authws_desktop.network.port_owner import find_owner, is_this_program
from authws_desktop.network.ports import next_free_port, open_listening_sockets


@pytest.mark.parametrize(
    ("command", "is_own"),
    [
        (["/usr/bin/authws-desktop", "serve"], True),
        (["/usr/bin/python3", "/home/a/.venv/bin/authws-desktop"], True),
        (["python3", "-m", "authws_desktop", "serve"], True),
        (["C:\\Program Files\\Authws\\authws-desktop.exe".replace("\\", "/")], True),
        (["python3", "/home/a/authws_desktop/server.py"], False),
        (["vim", "notes", "authws-desktop"], False),
        (["node", "index.js"], False),
        ([], False),
    ],
)
def test_our_own_other_window_is_known_by_its_command(command: list[str], is_own: bool) -> None:
    """A path that merely contains the name is another program."""
    assert is_this_program(command) is is_own


def test_localhost_takes_the_same_port_of_both_families() -> None:
    """Port 0 means one free port, not two."""
    opened = open_listening_sockets("localhost", 0)
    try:
        assert len({each.getsockname()[1] for each in opened}) == 1
        assert opened[0].getsockname()[0] == "127.0.0.1"
    finally:
        for each in opened:
            each.close()


def test_a_taken_port_is_reported_with_its_owner_and_a_free_one() -> None:
    """The owner here is this very process."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert find_owner(port).is_own
        with pytest.raises(PortTaken) as caught:
            open_listening_sockets("127.0.0.1", port)
        assert caught.value.is_own
        free = next_free_port("127.0.0.1", port)
        assert free > port
        for each in open_listening_sockets("127.0.0.1", free):
            each.close()


def test_a_host_that_does_not_exist_is_explained() -> None:
    """A sentence with what can be used."""
    with pytest.raises(ServiceError, match="is not an address of this computer"):
        open_listening_sockets("no.such.host.invalid", 0)


def test_adapters_are_ranked_by_whom_they_reach() -> None:
    """A real LAN address before link-local, tunnels and bridges."""
    mixed = [
        Adapter("docker0", "172.17.0.1", True),
        Adapter("eth1", "169.254.3.4", False),
        Adapter("eth0", "192.168.1.20", False),
        Adapter("tun0", "10.8.0.2", True),
    ]
    assert [each.name for each in sorted(mixed, key=_rank)][:2] == ["eth0", "eth1"]
    assert all(not each.address.startswith("127.") for each in rank_adapters())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
async def test_without_descriptors_connections_are_closed_and_it_listens_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Each is refused in its turn, which is logged once; there is no pause once descriptors are free again."""
    import resource

    (listening,) = open_listening_sockets("127.0.0.1", 0)
    server = await asyncio.get_running_loop().create_server(asyncio.Protocol, sock=listening)
    clients = [socket.socket() for _ in range(4)]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest_free = os.dup(listening.fileno())
    os.close(lowest_free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, hard))
    try:
        for client in clients[:3]:
            client.connect(listening.getsockname())
            client.setblocking(False)
            assert await is_closed(client)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    clients[3].connect(listening.getsockname())
    for _ in range(5):
        await asyncio.sleep(0)
    clients[3].setblocking(False)
    with pytest.raises(BlockingIOError):  # it is open, and nothing has come
        clients[3].recv(1)
    for client in clients:
        client.close()
    server.close()


async def is_closed(client: socket.socket) -> bool:
    """Wait for the end of a connection; tell whether nothing came before it."""
    async with asyncio.timeout(30):
        try:
            return await asyncio.get_running_loop().sock_recv(client, 1) == b""
        except ConnectionError:
            return True
