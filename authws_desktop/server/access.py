"""Who may address the server, and from which web pages.

`Host` keeps DNS rebinding out: a foreign page whose name was re-pointed to this computer still sends its
own name. `Origin` keeps foreign pages out that connect directly.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urlsplit


@lru_cache(maxsize=1)
def own_names() -> frozenset[str]:
    """Return this computer's own names, folded, with and without `.local`."""
    name = socket.gethostname().casefold().rstrip(".")
    short = name.split(".")[0]
    return frozenset({"localhost", name, short, f"{short}.local"} - {""})


def split_host(header: str) -> str:
    """Return the folded host of a `Host` header without its port; empty if it is malformed."""
    try:
        return (urlsplit(f"//{header.strip()}").hostname or "").casefold().rstrip(".")
    except ValueError:
        return ""


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
    mapped = getattr(ip, "ipv4_mapped", None)
    return bool((mapped or ip).is_loopback)


def is_host_allowed(header: str | None, allowed: Iterable[str]) -> bool:
    """Tell whether a `Host` header names this server.

    Args:
        header: The header's value; `None` if it was absent.
        allowed: Names the host listed.
    """
    host = split_host(header or "")
    return bool(host) and (
        is_ip_address(host)
        or host in own_names()
        or host in {name.casefold().rstrip(".") for name in allowed}
    )


def is_origin_allowed(origin: str | None, host_header: str | None, allowed: Iterable[str]) -> bool:
    """Tell whether a page of this origin may connect.

    Args:
        origin: The `Origin` header's value; `None` if it was absent (not a browser).
        host_header: The request's `Host`.
        allowed: Origins the host listed, such as `https://app.example.org`.
    """
    if origin is None:
        return True
    folded = origin.strip().casefold().rstrip("/")
    if folded in {entry.strip().casefold().rstrip("/") for entry in allowed}:
        return True
    try:
        parts = urlsplit(folded)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or not host:
        return False
    if host == "localhost" or is_loopback(host):
        return True
    return parts.netloc == (host_header or "").strip().casefold()
