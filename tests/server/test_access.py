"""Who may address the server and connect to it."""

from __future__ import annotations

import socket

import pytest

from authws_desktop.server.access import is_host_allowed, is_loopback, is_origin_allowed, split_host


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("localhost:4000", True),
        ("LOCALHOST", True),
        ("127.0.0.1:4000", True),
        ("[::1]:4000", True),
        ("[fe80::1%25eth0]", True),
        ("10.0.0.5", True),
        (socket.gethostname(), True),
        (socket.gethostname().split(".")[0] + ".local", True),
        ("listed.example", True),
        ("listed.example.", True),
        ("unlisted.example", False),
        ("listed.example.evil", False),
        ("", False),
        (None, False),
        ("[::1", False),
        ("localhost@evil.example", False),
    ],
)
def test_hosts(header: str | None, expected: bool) -> None:
    """Addresses, own names and listed names."""
    assert is_host_allowed(header, ["Listed.Example"]) is expected


@pytest.mark.parametrize(
    ("origin", "host", "expected"),
    [
        (None, "x", True),
        ("http://localhost:1", "x", True),
        ("https://127.0.0.2", "x", True),
        ("http://[::1]:3", "x", True),
        ("http://192.168.1.20:4000", "192.168.1.20:4000", True),
        ("http://192.168.1.20:5000", "192.168.1.20:4000", False),
        ("https://hub.example", "hub.example", True),
        ("https://listed.example", "x", True),
        ("HTTPS://LISTED.example/", "x", True),
        ("https://listed.example:444", "x", False),
        ("http://listed.example", "x", False),
        ("null", "null", False),
        ("file://", "x", False),
        ("ftp://localhost", "x", False),
        ("http://[::1", "x", False),
        ("", "", False),
    ],
)
def test_origins(origin: str | None, host: str, expected: bool) -> None:
    """Own page, loopback pages, listed pages."""
    assert is_origin_allowed(origin, host, ["https://listed.example/"]) is expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("10.0.0.1", False),
        ("", False),
        ("x", False),
    ],
)
def test_loopback(address: str, expected: bool) -> None:
    """All of 127/8, ::1 and IPv4 in IPv6."""
    assert is_loopback(address) is expected


def test_ports_do_not_count() -> None:
    """Nor do case and the final dot."""
    assert split_host("Hub.Example.:80") == "hub.example"
