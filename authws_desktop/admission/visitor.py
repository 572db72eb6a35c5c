"""The client behind a request: the connection's peer, or whom a trusted proxy names.

The rules:

1. The peer is who the socket says. Only if it is a trusted proxy do its `X-Forwarded-…` headers count.
2. `X-Forwarded-For` is read from the right: each trusted address that is passed leads to the one it names.
   The first address that is not trusted is the client's, whatever stands left of it.
3. What cannot be read as an address ends the reading; the last proxy stays the client.
4. `X-Forwarded-Proto` and `X-Forwarded-Host` are read as many places from the right, or at their beginning
   where a proxy replaced them and did not add to them.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from authws_desktop.authority import IpNetwork, parse_authority, proxy_network, valid_patterns

AllOf = Callable[[str], Sequence[str]]
"""Returns all values of a header, in the order they came."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """The client behind a request, and what its head says of it.

    Attributes:
        address: The client's IP address; empty if the connection is gone.
        hosts: Every `Host` it named.
        origin: The `Origin`; empty if there is none. Several are joined, which is no origin.
        is_secure: Whether it came by TLS, to this server or to a trusted proxy.
    """

    address: str
    hosts: tuple[str, ...]
    origin: str
    is_secure: bool

    @property
    def host(self) -> str:
        """The one `Host`; empty if there is none or several."""
        return self.hosts[0] if len(self.hosts) == 1 else ""


@lru_cache(maxsize=16)
def _networks(listed: tuple[str, ...]) -> tuple[IpNetwork, ...]:
    return tuple(valid_patterns(listed, proxy_network))


def is_trusted(address: str, trusted: Iterable[str]) -> bool:
    """Tell whether an address is a trusted proxy's.

    Args:
        address: An IP address.
        trusted: The setting: addresses and networks.
    """
    networks = _networks(tuple(trusted))
    if not networks:
        return False
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    ip = getattr(found, "ipv4_mapped", None) or found
    return any(ip.version == network.version and ip in network for network in networks)


def visitor_of(peer: str, is_secure: bool, all_of: AllOf, trusted: Sequence[str]) -> Visitor:
    """Return the client behind a request.

    Args:
        peer: The address at the other end of the socket.
        is_secure: Whether the connection has TLS.
        all_of: The request's headers.
        trusted: The setting: addresses and networks of proxies.
    """
    hosts, origin = tuple(all_of("Host")), ",".join(all_of("Origin")).strip()
    if not is_trusted(peer, trusted):
        return Visitor(peer, hosts, origin, is_secure)
    address, hops = _client_of(peer, _words(all_of("X-Forwarded-For")), trusted)
    protocol = _from_right(_words(all_of("X-Forwarded-Proto")), hops).lower()
    host = _from_right(_words(all_of("X-Forwarded-Host")), hops)
    return Visitor(
        address,
        # What the proxy passes on is judged like a direct `Host`: it does not open the door to other names.
        (host,) if host else hosts,
        origin,
        protocol in ("https", "wss") if protocol else is_secure,
    )


def _words(values: Sequence[str]) -> list[str]:
    return [word for value in values for word in (part.strip() for part in value.split(",")) if word]


def _from_right(words: list[str], hops: int) -> str:
    return words[-min(hops, len(words))] if words else ""


def _client_of(peer: str, named: list[str], trusted: Sequence[str]) -> tuple[str, int]:
    """Return the client's address, and how many of the addresses named were believed; at least one."""
    address, believed = peer, 0
    # From the right: what stands left of a trusted proxy's own entry was sent by the client, who can write
    # anything.
    for word in reversed(named):
        found = parse_authority(word)  # some proxies add the port
        if found is None or found.ip is None:
            break
        address, believed = str(found.ip), believed + 1
        if not is_trusted(address, trusted):
            break
    return address, max(1, believed)
