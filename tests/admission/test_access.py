"""Who may address the server and connect to it."""

from __future__ import annotations

import socket

import pytest

from authws_desktop.admission.access import is_host_allowed, is_ip_address, is_loopback, is_origin_allowed

SHORT = socket.gethostname().split(".")[0].lower()


@pytest.mark.parametrize(
    "header",
    [
        "localhost:4000",
        "LOCALHOST",
        "app.localhost:4000",
        "a.b.localhost",
        "127.0.0.1:4000",
        "127.9.9.9",
        "0.0.0.0:4000",
        "[::1]:4000",
        "[::]:4000",
        "::1",
        "::1:4000",
        "fe80::1:4000",
        "2001:db8:0:0:0:0:0:1:4000",
        "[::ffff:127.0.0.1]:4000",
        "10.0.0.5",
        "203.0.113.9:4000",
        "host.docker.internal:4000",
        "gateway.docker.internal",
        "host.containers.internal",
        SHORT,
        f"{SHORT}.local",
        f"{SHORT.upper()}.LOCAL.",
        "listed.example",
        "Listed.Example.:80",
        "one.below.example",
        "two.one.below.example:4000",
    ],
)
def test_hosts_that_are_this_computer_or_listed(header: str) -> None:
    """Addresses in any spelling, own names, names of containers, listed names."""
    assert is_host_allowed(header, ["Listed.Example", "*.below.example"])


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        " ",
        "unlisted.example",
        "listed.example.evil",
        "evillisted.example",
        "below.example",
        "evilbelow.example",
        "localhost.evil",
        "localhost.evil:4000",
        "127.0.0.1.evil",
        "127.0.0.1:80.evil",
        "127.0.0.1:4000:80",
        "localhost:",
        "localhost:x",
        "localhost:-1",
        "localhost:+80",
        "localhost: 80",
        "localhost:99999",
        "localhost:400000",
        "localhost:²",
        "localhost@evil.example",
        "user@localhost",
        "localhost/",
        "localhost/evil",
        "localhost#x",
        "localhost?x",
        "localhost,evil.example",
        "http://localhost",
        "2130706433",
        "0x7f000001",
        "127.1",
        "127.0.0.01",
        "0177.0.0.1",
        "127.0.0.1.",
        "[::1",
        "::1]",
        "[::1]evil",
        "[::1]:80evil",
        "[::1]]:80",
        "[127.0.0.1]",
        "[localhost]",
        "[fe80::1%25eth0]",
        "fe80::1%eth0",
        "::1:99999",
        "::g",
        ".localhost",
        "a..localhost",
        "-a.localhost",
        "lo calhost",
        "localhost\t",
        "l\u043ecalhost",
        "\uff4cocalhost",
        "localhost\0",
        "x" * 300 + ".localhost",
        "host.docker.internal.evil",
        "evil.host.docker.internal",
        f"{SHORT}.evil.example",
    ],
)
def test_hosts_that_stay_out(header: str | None) -> None:
    """Everything that is not `host[:digits]` to its last character, and every other name."""
    assert not is_host_allowed(header, ["Listed.Example", "*.below.example"])


HERE = "192.168.1.20:4000"
LISTED = ["https://listed.example/", "https://*.below.example", "app://.", "HTTP://Other.example:80"]


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "",
        "http://localhost:1",
        "https://localhost",
        "http://dev.localhost:3000",
        "https://127.0.0.2",
        "http://0.0.0.0:8000",
        "http://[::1]:3",
        "http://192.168.1.20:4000",
        "http://192.168.1.20:5173",
        "https://192.168.1.20",
        "http://10.0.2.2:5173",
        "http://172.17.0.2:3000",
        "http://[fd00::7]:3000",
        f"http://{SHORT}:5173",
        f"http://{SHORT}.local:5173",
        "http://host.docker.internal:5173",
        "http://hub.example:5173",
        "ws://192.168.1.20:4000",
        "wss://127.0.0.1",
        "192.168.1.20:4000",
        "192.168.1.20",
        "localhost",
        "file://",
        "capacitor://localhost",
        "ionic://localhost",
        "tauri://localhost",
        "http://tauri.localhost",
        "https://tauri.localhost",
        "https://listed.example",
        "HTTPS://LISTED.example:443/",
        "https://a.below.example",
        "https://b.a.below.example",
        "app://.",
        "http://other.example",
    ],
)
def test_origins_that_may_connect(origin: str | None) -> None:
    """This computer on any port, the server's own host, app shells, listed pages."""
    assert is_origin_allowed(origin, HERE, LISTED, ["hub.example"])


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "NULL",
        "https://evil.example",
        "https://listed.example:444",
        "http://listed.example",
        "https://listed.example.evil",
        "https://evil-listed.example",
        "https://below.example",
        "http://a.below.example",
        "https://a.below.example:8443",
        "http://localhost.evil",
        "http://127.0.0.1.evil",
        "http://192.168.1.20.evil:4000",
        "http://user@localhost",
        "http://localhost:80@evil.example",
        "http://localhost:4000.evil",
        "http://localhost/path",
        "http://localhost?x",
        "http://localhost,http://evil.example",
        "http://localhost http://evil.example",
        "http://8.8.8.8",
        "http://[2a00:1450::1]",
        "http://203.0.113.9",
        "http://2130706433",
        "http://0x7f.1",
        "http://[::1",
        "http://[fe80::1%25eth0]",
        "ftp://localhost",
        "chrome-extension://localhost",
        "javascript://localhost",
        "data:text/html,x",
        "file://evil",
        "capacitor://evil",
        "capacitor://localhost.evil",
        "evil.example",
        "://localhost",
        "http://",
        "//localhost",
        "http:localhost",
    ],
)
def test_origins_that_stay_out(origin: str) -> None:
    """Foreign pages however they spell it, public addresses, and what is no origin at all."""
    assert not is_origin_allowed(origin, HERE, LISTED, ["hub.example"])


def test_an_own_public_address_is_this_computer() -> None:
    """A page of a server on this very computer, reached by an address of the Internet."""
    page = "http://198.51.100.7:5173"
    assert not is_origin_allowed(page, "localhost:4000", [])
    assert is_origin_allowed(page, "localhost:4000", [], own_addresses=lambda: frozenset({"198.51.100.7"}))


def test_null_where_it_is_listed() -> None:
    """A page opened from disk, by the host's wish."""
    assert is_origin_allowed("null", HERE, ["null"])


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


@pytest.mark.parametrize(
    ("host", "is_address"),
    [("192.168.1.20", True), ("::1", True), ("fe80::1%eth0", True), ("localhost", False), ("", False)],
)
def test_addresses_are_told_from_names(host: str, is_address: bool) -> None:
    """A zone belongs to an address."""
    assert is_ip_address(host) == is_address
