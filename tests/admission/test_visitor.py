"""Who asks behind proxies: what is believed, and what is not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from authws_desktop.admission.visitor import Visitor, is_trusted, visitor_of

TRUSTED = ["10.0.0.0/8", "192.168.1.2", "fd00::/8"]


def ask(peer: str, is_secure: bool = False, trusted: Sequence[str] = TRUSTED, **headers: str) -> Visitor:
    """Return who asks with these headers; `_` stands for a hyphen, `|` between several of a name."""
    found = {name.replace("_", "-").lower(): text.split("|") for name, text in headers.items()}
    return visitor_of(peer, is_secure, lambda name: found.get(name.lower(), []), trusted)


@pytest.mark.parametrize(
    ("peer", "named", "client"),
    [
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("192.168.1.2", "203.0.113.9", "203.0.113.9"),
        ("fd00::1", "2001:db8::7", "2001:db8::7"),
        ("10.0.0.1", "1.2.3.4, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "1.2.3.4, 203.0.113.9, 10.0.0.7", "203.0.113.9"),
        ("10.0.0.1", "1.2.3.4|203.0.113.9|10.0.0.7, 192.168.1.2", "203.0.113.9"),
        ("10.0.0.1", "10.0.0.9, 10.0.0.8", "10.0.0.9"),
        ("10.0.0.1", "203.0.113.9:51234", "203.0.113.9"),
        ("10.0.0.1", "[2001:db8::7]:51234", "2001:db8::7"),
        ("10.0.0.1", "::ffff:203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9, _hidden", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9, evil.example, 10.0.0.7", "10.0.0.7"),
        ("10.0.0.1", "1.2.3.4<script>", "10.0.0.1"),
        ("203.0.113.50", "127.0.0.1", "203.0.113.50"),
        ("127.0.0.1", "203.0.113.9", "127.0.0.1"),
        ("", "203.0.113.9", ""),
    ],
)
def test_the_client_s_address(peer: str, named: str, client: str) -> None:
    """Read from the right past trusted proxies; what a client wrote itself stands left of that."""
    found = ask(peer, X_Forwarded_For=named) if named else ask(peer)
    assert found.address == client


def test_without_trusted_proxies_nobody_is_believed() -> None:
    """The default: the peer is the client, whatever it says."""
    found = ask(
        "127.0.0.1",
        trusted=[],
        Host="here",
        X_Forwarded_For="1.2.3.4",
        X_Forwarded_Host="evil",
        X_Forwarded_Proto="https",
    )
    assert found == Visitor("127.0.0.1", ("here",), "", False)


def test_host_and_protocol_are_the_client_s() -> None:
    """As many places from the right as proxies were passed."""
    found = ask(
        "10.0.0.1",
        Host="inner:4000",
        X_Forwarded_For="203.0.113.9, 10.0.0.7",
        X_Forwarded_Host="evil.example, hub.example.org, middle",
        X_Forwarded_Proto="http, https, http",
    )
    assert (found.host, found.is_secure) == ("hub.example.org", True)
    one = ask(
        "10.0.0.1", X_Forwarded_For="203.0.113.9, 10.0.0.7", X_Forwarded_Host="hub", X_Forwarded_Proto="https"
    )
    assert (one.host, one.is_secure) == ("hub", True)
    plain = ask(
        "10.0.0.1", is_secure=True, Host="here", X_Forwarded_For="203.0.113.9", X_Forwarded_Proto="http"
    )
    assert (plain.host, plain.is_secure) == ("here", False)


def test_several_hosts_and_origins_are_no_host_and_no_origin() -> None:
    """They stay visible as several."""
    found = ask("127.0.0.1", Host="a|b", Origin="http://localhost|http://evil.example")
    assert (found.host, len(found.hosts)) == ("", 2)
    assert found.origin == "http://localhost,http://evil.example"


def test_trusted_addresses() -> None:
    """Networks and single addresses; no name, no zone's neighbour."""
    assert is_trusted("10.255.255.255", TRUSTED)
    assert not is_trusted("11.0.0.0", TRUSTED)
    assert not is_trusted("192.168.1.3", TRUSTED)
    assert not is_trusted("nonsense", TRUSTED)
    assert is_trusted("fe80::1%eth0", ["fe80::1"])
