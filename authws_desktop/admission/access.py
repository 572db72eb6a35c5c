"""Who may address the server, and from which web pages.

`Host` keeps DNS rebinding out: a foreign page whose name was re-pointed to this computer still sends its
own name. `Origin` keeps foreign pages out that connect directly.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from functools import lru_cache

from authws_desktop.admission.this_computer import is_local_origin, is_this_computer
from authws_desktop.authority import (
    origin_matches,
    origin_pattern,
    parse_authority,
    parse_origin,
    valid_patterns,
)

_APP_SHELLS = frozenset({"file://", "capacitor://localhost", "ionic://localhost", "tauri://localhost"})
"""Origins that no web page can have: those of programs that show pages of their own."""
_OF_WEB = ("", "http", "https", "ws", "wss")
"""Schemes of pages, and of native programs that name the server itself as their origin."""


def is_ip_address(host: str) -> bool:
    """Tell whether a host is an IP address rather than a name."""
    try:
        ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        return False
    return True


def is_loopback(address: str) -> bool:
    """Tell whether an address is this computer's own loopback (IPv4 in IPv6 included)."""
    try:
        ip = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return False
    # A socket of both families gives IPv4 clients as `::ffff:127.0.0.1`.
    mapped = getattr(ip, "ipv4_mapped", None)
    return bool((mapped or ip).is_loopback)


def is_host_allowed(header: str | None, allowed: Iterable[str]) -> bool:
    """Tell whether a `Host` header names this server.

    Args:
        header: The header's value; `None` if it was absent.
        allowed: Names the host listed.
    """
    authority = parse_authority(header or "")
    return authority is not None and is_this_computer(authority, allowed)


@lru_cache(maxsize=16)
def _patterns(listed: tuple[str, ...]) -> frozenset[str]:
    return frozenset(valid_patterns(listed, origin_pattern))


def is_origin_allowed(
    origin: str | None,
    host_header: str | None,
    allowed: Iterable[str],
    hosts: Iterable[str] = (),
    own_addresses: Callable[[], frozenset[str]] = frozenset,
) -> bool:
    """Tell whether a page of this origin may connect.

    Args:
        origin: The `Origin` header's value; `None` if it was absent (not a browser).
        host_header: The request's `Host`, which is allowed.
        allowed: Origins the host listed, such as `https://app.example.org`.
        hosts: Host names the host listed.
        own_addresses: Tells the addresses of this computer's adapters.
    """
    # Browsers send it with every WebSocket handshake (RFC 6455, 4.1) and every request to another origin: who
    # sends none is a program, and what a program claims proves nothing anyway.
    if not origin or not origin.strip():
        return True
    found = parse_origin(origin)
    if found is None:
        return False
    if found.text in _APP_SHELLS or origin_matches(found, _patterns(tuple(allowed))):
        return True
    if found.authority is None or found.scheme not in _OF_WEB:
        return False
    asked = parse_authority(host_header or "")
    # The page came from this very server under the name that was asked for, whatever the port in front of it.
    if asked is not None and asked.host == found.authority.host:
        return True
    return is_local_origin(found.authority, own_addresses, hosts)
