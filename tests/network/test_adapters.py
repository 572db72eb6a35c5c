"""Which address is given out first, on computers with VPNs, bridges and lab cables."""

from __future__ import annotations

import socket
from collections import namedtuple

import pytest

from authws_desktop.network.adapters import rank_adapters

Item = namedtuple("Item", "family address")
State = namedtuple("State", "isup flags")
LAN, TUNNEL, WINDOWS = "up,broadcast,running,multicast", "up,pointopoint,running,noarp", ""


@pytest.mark.parametrize(
    ("adapters", "sources", "gateways", "expected"),
    [
        pytest.param(
            {"eth0": ("10.9.9.1", LAN), "wlan0": ("192.168.1.20", LAN)},
            {"192.168.1.20"}, {"wlan0"}, ["192.168.1.20", "10.9.9.1"], id="a lab cable beside the way out",
        ),
        pytest.param(
            {"wg0": ("10.8.0.2", TUNNEL), "wlan0": ("192.168.1.20", LAN)},
            {"10.8.0.2"}, {"wlan0"}, ["192.168.1.20", "10.8.0.2"], id="a VPN that takes everything",
        ),
        pytest.param(
            {"corp": ("10.8.0.2", TUNNEL), "eth1": ("10.1.1.1", LAN), "eth2": ("10.2.2.2", LAN)},
            {"10.8.0.2"}, {"eth2"}, ["10.2.2.2", "10.1.1.1", "10.8.0.2"], id="a VPN with any name, a router behind one cable",
        ),
        pytest.param(
            {"docker0": ("172.17.0.1", LAN), "br-lan": ("192.168.1.20", LAN)},
            {"192.168.1.20"}, {"br-lan"}, ["192.168.1.20", "172.17.0.1"], id="a bridge that is the way out",
        ),
        pytest.param(
            {"virbr7": ("192.168.122.1", LAN), "a0": ("192.168.5.1", LAN), "z9": ("192.168.1.20", LAN)},
            {"192.168.1.20"}, {"z9"}, ["192.168.1.20", "192.168.5.1", "192.168.122.1"], id="names do not sort",
        ),
        pytest.param(
            {"vEthernet (External)": ("192.168.1.20", WINDOWS), "Ethernet 2": ("10.5.5.5", WINDOWS)},
            {"192.168.1.20"}, set(), ["192.168.1.20", "10.5.5.5"], id="Windows, a switch that is the way out",
        ),
        pytest.param(
            {"WireGuard Tunnel": ("10.8.0.2", WINDOWS), "WLAN": ("192.168.1.20", WINDOWS)},
            {"10.8.0.2"}, set(), ["192.168.1.20", "10.8.0.2"], id="Windows, where only the name tells of a tunnel",
        ),
        pytest.param(
            {"eth0": ("172.18.0.2", LAN)},
            {"172.18.0.2"}, {"eth0"}, ["172.18.0.2"], id="within a container",
        ),
        pytest.param(
            {"eth0": ("192.168.1.20", LAN), "eth0:1": ("192.168.7.7", LAN)},
            set(), set(), ["192.168.1.20", "192.168.7.7"], id="without any way out",
        ),
    ],
)  # fmt: skip
def test_the_system_ranks_and_names_are_the_last_hint(
    monkeypatch: pytest.MonkeyPatch,
    adapters: dict[str, tuple[str, str]],
    sources: set[str],
    gateways: set[str],
    expected: list[str],
) -> None:
    """The source address of the default route first, unless it is a tunnel; then adapters with a router."""
    places = {name: [Item(socket.AF_INET, address)] for name, (address, _) in adapters.items()}
    states = {name: State(True, flags) for name, (_, flags) in adapters.items()}
    monkeypatch.setattr("authws_desktop.network.adapters.psutil.net_if_addrs", lambda: places)
    monkeypatch.setattr("authws_desktop.network.adapters.psutil.net_if_stats", lambda: states)
    monkeypatch.setattr("authws_desktop.network.adapters.default_sources", lambda: frozenset(sources))
    monkeypatch.setattr("authws_desktop.network.adapters.adapters_with_gateway", lambda: frozenset(gateways))
    assert [each.address for each in rank_adapters()] == expected
