"""Where logins come from."""

from __future__ import annotations

import pytest

from authws_desktop.accounts.networks import MAX_TEXT_CHARS, as_networks, as_text, network_of, with_network


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2a00:1450:4001:81b::200e", "2a00:1450:4001:81b::/64"),
        ("::1", "::1"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        ("fd00::1", "fd00::1"),
        ("not an address", "not an address"),
    ],
)
def test_what_counts_as_one_address(address: str, network: str) -> None:
    """A public IPv6 network of one customer counts once, hosts of the LAN count one by one."""
    assert network_of(address) == network


def test_an_account_remembers_the_newest_networks() -> None:
    """Eight of them, each once, newest first; an unknown address is none."""
    known: tuple[str, ...] = ()
    for number in range(10):
        known = with_network(known, f"192.0.2.{number}")
    known = with_network(known, "::ffff:192.0.2.5")
    assert known == tuple(f"192.0.2.{number}" for number in (5, 9, 8, 7, 6, 4, 3, 2))
    assert with_network(known, "") == with_network(known, "no address") == known


def test_networks_are_kept_as_text() -> None:
    """What was written is read again; what does not fit goes, oldest first."""
    known = ("192.0.2.1", "2a00:1450:4001:81b::/64")
    assert as_networks(as_text(known)) == known
    assert as_networks("") == ()
    long = tuple(f"{number}" * 100 for number in range(8))
    assert as_networks(as_text(long)) == long[:3]
    assert len(as_text(long)) <= MAX_TEXT_CHARS
