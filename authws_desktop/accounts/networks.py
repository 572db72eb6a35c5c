"""Where logins come from: what is counted for an address, and what an account remembers of it."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

MAX_REMEMBERED = 8
"""Networks that an account remembers; the one that was quiet longest goes."""
MAX_TEXT_CHARS = 400
"""Room for eight of the longest."""


@lru_cache(maxsize=4096)  # every login asks several times
def network_of(address: str) -> str:
    """Return what is counted for an address.

    IPv4 mapped into IPv6 counts as IPv4. Of a public IPv6 address its /64 counts, as one customer has
    all of it (RFC 6177); within the LAN every address counts by itself.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    if parsed.is_global:
        return str(ipaddress.IPv6Network((int(parsed), 64), strict=False))
    return str(parsed)


def with_network(networks: tuple[str, ...], address: str) -> tuple[str, ...]:
    """Return what an account remembers after a login from an address, newest first.

    Args:
        networks: The networks it remembered before, newest first.
        address: From where; empty if unknown.
    """
    network = network_of(address)
    # Blanks separate networks in the database; no address has one.
    if not network or any(character.isspace() for character in network):
        return networks
    return (network, *(each for each in networks if each != network))[:MAX_REMEMBERED]


def as_text(networks: tuple[str, ...]) -> str:
    """Return networks as the database keeps them."""
    text = " ".join(networks)
    # The oldest goes first; the column has this length on PostgreSQL.
    return text if len(text) <= MAX_TEXT_CHARS else as_text(networks[:-1])


def as_networks(text: str) -> tuple[str, ...]:
    """Return networks from what the database keeps."""
    return tuple(text.split())
