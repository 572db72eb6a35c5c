"""What the system says of its way to everybody else."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from authws_desktop.network import default_route
from authws_desktop.network.default_route import adapters_with_gateway, default_sources, is_tunnel

FOUR = """Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT
eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth1\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
"""
SIX = (
    "fd000000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 "
    "00000100 00000001 00000000 00000001     eth1\n"
    "00000000000000000000000000000000 00 00000000000000000000000000000000 00 fd000000000000000000000000000001 "
    "00000400 00000003 00000000 00000003     wlan0\n"
)


def test_routers_of_linux(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of both families; nothing where there are no such tables."""
    four, six = tmp_path / "route", tmp_path / "ipv6_route"
    monkeypatch.setattr(default_route, "_ROUTES_4", four)
    monkeypatch.setattr(default_route, "_ROUTES_6", six)
    assert adapters_with_gateway() == frozenset()
    four.write_text(FOUR)
    six.write_text(SIX)
    assert adapters_with_gateway() == {"eth0", "wlan0"}


def test_own_addresses_towards_everybody_else() -> None:
    """Each, if there is any, is one of this computer's, and no loopback."""
    from authws_desktop.admission.bans import own_addresses_now

    found = default_sources()
    assert found <= own_addresses_now() - {"127.0.0.1", "::1"}


def test_tunnels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the flags of a point-to-point link, by what Linux knows of tun and tap; unknown without flags."""
    monkeypatch.setattr(default_route, "_NETWORK_CLASS", tmp_path)
    monkeypatch.setattr(sys, "platform", "linux")
    (tmp_path / "tap0").mkdir()
    (tmp_path / "tap0" / "tun_flags").write_text("0x1002")
    assert is_tunnel("wg0", "up,pointopoint,running")
    assert is_tunnel("tap0", "up,broadcast")
    assert is_tunnel("eth0", "up,broadcast") is False
    assert is_tunnel("Ethernet", "") is None
