"""Which addresses a server is reached at, and in which order they are given out."""

from __future__ import annotations

import socket
from collections import namedtuple
from pathlib import Path

import aiohttp
import msgspec
import pytest

from authws_desktop.network.adapters import Adapter, rank_adapters
from authws_desktop.network.addresses import Address, addresses_reached, is_only_here
from authws_desktop.server.service import Service
from tests.own_clients import HttpClient, running_service

Item = namedtuple("Item", "family address")  # what psutil gives, as far as it is read
State = namedtuple("State", "isup")

LAN = Adapter("wlan0", "192.168.1.20", False)
DOCKER = Adapter("docker0", "172.17.0.1", True)
SIX = Adapter("wlan0", "2001:db8::20", False)


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> list[Adapter]:
    """The computer's adapters, which a test may change."""
    found = [LAN, SIX, DOCKER]
    monkeypatch.setattr("authws_desktop.network.addresses.rank_adapters", lambda: list(found))
    return found


def test_real_adapters_come_before_virtual_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """By names where the system tells no more: LAN, IPv6, made up, bridges; none that is down or zoned."""
    four, six = socket.AF_INET, socket.AF_INET6
    monkeypatch.setattr("authws_desktop.network.adapters.default_sources", frozenset)
    monkeypatch.setattr("authws_desktop.network.adapters.adapters_with_gateway", frozenset)
    monkeypatch.setattr(
        "authws_desktop.network.adapters.psutil.net_if_addrs",
        lambda: {
            "lo": [Item(four, "127.0.0.1"), Item(six, "::1")],
            "docker0": [Item(four, "172.17.0.1")],
            "eth1": [Item(four, "169.254.3.4")],
            "eth9": [Item(four, "10.9.9.9")],
            "wlan0": [Item(six, "fe80::1%wlan0"), Item(six, "2001:db8::20"), Item(four, "192.168.1.20")],
            "wg0": [Item(four, "10.8.0.2")],
            "vEthernet (WSL)": [Item(four, "172.30.0.1")],
        },
    )
    monkeypatch.setattr(
        "authws_desktop.network.adapters.psutil.net_if_stats",
        lambda: {"eth9": State(False), "wlan0": State(True)},
    )
    assert [each.address for each in rank_adapters()] == [
        "192.168.1.20",
        "2001:db8::20",
        "169.254.3.4",
        "172.17.0.1",
        "172.30.0.1",
        "10.8.0.2",
    ]


def test_every_address_lists_all_of_them(network: list[Adapter]) -> None:
    """My network: all addresses, this computer's own name last; a specific one: only that."""
    hosts = [each.host for each in addresses_reached("0.0.0.0")]
    assert hosts == ["192.168.1.20", "2001:db8::20", "172.17.0.1", "localhost"]
    assert addresses_reached("192.168.1.20") == [Address("192.168.1.20", "wlan0")]
    assert addresses_reached("localhost") == [Address("localhost")]


def test_the_preferred_one_comes_first_while_it_is_there(network: list[Adapter]) -> None:
    """When its adapter goes, the next best is given out, and it comes back with the adapter."""
    assert addresses_reached("::", "172.17.0.1")[0].host == "172.17.0.1"
    network.remove(DOCKER)
    assert addresses_reached("::", "172.17.0.1")[0].host == "192.168.1.20"
    network.append(DOCKER)
    assert addresses_reached("::", "172.17.0.1")[0].host == "172.17.0.1"


def test_ipv6_is_bracketed() -> None:
    """As browsers want it."""
    assert Address("2001:db8::20", "wlan0").url(4000) == "http://[2001:db8::20]:4000"


@pytest.mark.parametrize(
    ("url", "answer"),
    [
        ("http://localhost:4000", True),
        ("http://[::1]:1", True),
        ("http://192.168.1.20:4000", False),
        ("", False),
    ],
)
def test_only_here(url: str, answer: bool) -> None:
    """Loopback holds on this computer alone."""
    assert is_only_here(url) is answer


async def test_the_choice_is_remembered_and_drives_the_addresses(
    tmp_path: Path, network: list[Adapter]
) -> None:
    """It is a setting like any other; a client by IPv6 is served on `My network`."""
    async with running_service(tmp_path) as service:
        await service.apply(msgspec.structs.replace(service.settings.saved, host="0.0.0.0"))
        assert service.location.http_url == f"http://192.168.1.20:{service.location.port}"
        await service.apply(msgspec.structs.replace(service.settings.saved, shown_address="172.17.0.1"))
        assert service.location.http_url == f"http://172.17.0.1:{service.location.port}"
        assert service.location.ws_url == f"ws://172.17.0.1:{service.location.port}"
        assert 'shown_address = "172.17.0.1"' in service.paths.settings_file.read_text()
        await _is_served(service, "[::1]")
        await _is_served(service, "127.0.0.1")


async def _is_served(service: Service, host: str) -> None:
    async with aiohttp.ClientSession() as session:
        client = HttpClient(f"http://{host}:{service.location.port}", session)
        assert (await client.get("/healthz"))[0] == 200
