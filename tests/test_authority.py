"""`host[:port]`, origins, and what may be listed for them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authws_desktop.authority import (
    PatternError,
    _parse_authority,
    _parse_origin,
    fold_name,
    host_pattern,
    origin_pattern,
    parse_authority,
    parse_origin,
)


@given(st.text(max_size=40))
def test_whatever_comes_is_parsed_whole_or_not_at_all(text: str) -> None:
    """Nothing raises; what is understood says the same again."""
    found = parse_authority(text)
    if found is not None:
        host = f"[{found.host}]" if ":" in found.host else found.host
        again = parse_authority(host if found.port is None else f"{host}:{found.port}")
        assert again == found
    parse_origin(text)


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("Hub.Example.:80", "hub.example", 80),
        ("my_service:4000", "my_service", 4000),
        ("[0:0:0:0:0:0:0:1]", "::1", None),
        ("[::ffff:192.0.2.1]:1", "192.0.2.1", 1),
        ("::1:4000", "::1:4000", None),
        ("1:2:3:4:5:6:7:8:4000", "1:2:3:4:5:6:7:8", 4000),
        ("192.0.2.1:0", "192.0.2.1", 0),
    ],
)
def test_hosts_and_ports(text: str, host: str, port: int | None) -> None:
    """Names folded, addresses in their shortest form."""
    found = parse_authority(text)
    assert found is not None
    assert (found.host, found.port) == (host, port)


def test_what_is_kept_is_short() -> None:
    """A head full of garbage is looked at and forgotten; only what could be a host is kept for the next time."""
    before = _parse_authority.cache_info().currsize, _parse_origin.cache_info().currsize
    for number in range(10):
        assert parse_authority(f"{number}" + "x" * 10_000) is None
        assert parse_origin(f"http://{number}" + "x" * 10_000) is None
    assert (_parse_authority.cache_info().currsize, _parse_origin.cache_info().currsize) == before


@pytest.mark.parametrize("name", ["a.b", "a-b.c", "x_1", "xn--bcher-kva.example", "1a.2b"])
def test_names(name: str) -> None:
    """Letters, digits, hyphens and underscores."""
    assert fold_name(name) == name


@pytest.mark.parametrize(
    ("entry", "pattern"),
    [
        ("Hub.Example", "hub.example"),
        (" *.Example.org. ", "*.example.org"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("*.bücher.example", "*.xn--bcher-kva.example"),
        ("192.0.2.1", "192.0.2.1"),
    ],
)
def test_host_names_that_can_be_listed(entry: str, pattern: str) -> None:
    """As they are compared."""
    assert host_pattern(entry) == pattern


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("*", "every web page"),
        ("https://hub.example", "Write the name alone"),
        ("hub.example/", "Write the name alone"),
        ("hub.example:4000", "has a port"),
        ("hub.*.example", "no host name"),
        ("*hub.example", "no host name"),
        ("*.192.0.2.1", "no host name"),
        ("a b", "no host name"),
        ("", "no host name"),
        ("*.", "no host name"),
    ],
)
def test_host_names_that_can_never_match(entry: str, words: str) -> None:
    """Refused with what to write."""
    with pytest.raises(PatternError, match=words):
        host_pattern(entry)


@pytest.mark.parametrize(
    ("entry", "pattern"),
    [
        ("https://App.Example.org/", "https://app.example.org"),
        ("https://app.example.org:443", "https://app.example.org"),
        ("http://app.example.org:443", "http://app.example.org:443"),
        ("https://*.example.org:8443", "https://*.example.org:8443"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("null", "null"),
        ("file://", "file://"),
        ("app://.", "app://."),
        ("capacitor://com.example.app", "capacitor://com.example.app"),
        ("chrome-extension://abcdefghij", "chrome-extension://abcdefghij"),
    ],
)
def test_origins_that_can_be_listed(entry: str, pattern: str) -> None:
    """As they are compared."""
    assert origin_pattern(entry) == pattern


@pytest.mark.parametrize(
    "entry",
    [
        "*", "", "app.example.org", "https://", "https://app.example.org/path", "https://user@app.example.org",
        "http://*:5173", "http://localhost:*", "https://*.192.0.2.1", "https://a.*.example", "https://app.example.org:x",
        "localhost:3000", "https://app.example.org?x",
    ],
)  # fmt: skip
def test_origins_that_can_never_match(entry: str) -> None:
    """Refused with what to write."""
    with pytest.raises(PatternError, match=r"https://"):
        origin_pattern(entry)
