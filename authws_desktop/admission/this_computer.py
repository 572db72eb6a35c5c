"""Which hosts are this computer: one rule for the `Host` and the `Origin` of a request.

1. `localhost` and every name below it (RFC 6761), loopback and unspecified addresses.
2. Every IP literal: no page can point a literal elsewhere, so it is safe in `Host`. In `Origin` a literal
   counts only where it is of a local network or of this computer: anybody can serve a page at a public one.
3. The names by which containers reach the computer that runs them.
4. The computer's own names, alone, below `.local` or below the network's domain.
5. What the host lists.
"""

from __future__ import annotations

import contextlib
import importlib
import ipaddress
import socket
import sys
import time
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from authws_desktop.authority import Authority, IpAddress, host_pattern, matches, valid_patterns

CONTAINER_NAMES = frozenset({"host.docker.internal", "gateway.docker.internal", "host.containers.internal"})
_RESOLVER = Path("/etc/resolv.conf")
_NAMES_LIFE_S = 10.0
LOCAL_NETWORKS = tuple(
    ipaddress.ip_network(each)
    for each in (
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10", "fc00::/7",
        "fe80::/10",
    )
)  # fmt: skip


class _OwnNames:
    """This computer's names, read again now and then: it may be renamed, and it changes networks."""

    def __init__(self) -> None:
        self._read_at_s = float("-inf")
        self._names: frozenset[str] = frozenset()

    def __call__(self) -> frozenset[str]:
        now_s = time.monotonic()
        # Kept for a while: a file is read for it, and every request asks.
        if now_s - self._read_at_s > _NAMES_LIFE_S:
            self._names = names_of(socket.gethostname(), network_domains())
            self._read_at_s = now_s
        return self._names


own_names = _OwnNames()
"""Returns this computer's own names, folded: alone, below `.local` and below the network's domains."""


def names_of(hostname: str, domains: Iterable[str]) -> frozenset[str]:
    """Return the names of a computer.

    Args:
        hostname: As the system calls it, with or without a domain.
        domains: DNS domains of the network it is in.
    """
    name = hostname.lower().rstrip(".")
    short, _, domain = name.partition(".")
    if not short:
        return frozenset({"localhost"})
    below = {"local", domain, *domains} - {""}
    return frozenset({"localhost", name, short, *(f"{short}.{each}" for each in below)})


def network_domains() -> list[str]:
    """Return the domains that this computer's network gave it; none where the system does not tell."""
    if sys.platform == "win32":
        return _windows_domains()
    try:
        lines = _RESOLVER.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
    words = [line.split() for line in lines]
    found = [each for line in words if line[:1] in (["search"], ["domain"]) for each in line[1:]]
    return [name.lower().strip(".") for name in found if name.strip(".")]


def _windows_domains() -> list[str]:
    found: list[str] = []
    winreg: Any = importlib.import_module("winreg")  # there on Windows only
    place = r"SYSTEM\CurrentControlSet\Services\Tcpip\Parameters"
    with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, place) as key:
        for name in ("Domain", "DhcpDomain", "NV Domain"):
            with contextlib.suppress(OSError):  # one that was never set is not there
                found.append(str(winreg.QueryValueEx(key, name)[0]).lower().strip("."))
    return [name for name in found if name]


@lru_cache(maxsize=16)
def _patterns(listed: tuple[str, ...]) -> frozenset[str]:
    return frozenset(valid_patterns(listed, host_pattern))


def is_this_computer(authority: Authority, listed: Iterable[str] = ()) -> bool:
    """Tell whether a host is this computer, in a `Host` header.

    Args:
        authority: The host.
        listed: Names besides the computer's own; `*.name` matches what is below it.
    """
    if authority.ip is not None:
        return True
    host = authority.host
    return (
        host in own_names()
        or host.endswith(".localhost")
        or host in CONTAINER_NAMES
        or matches(host, _patterns(tuple(listed)))
    )


def is_local_origin(
    authority: Authority, own_addresses: Callable[[], frozenset[str]], listed: Iterable[str] = ()
) -> bool:
    """Tell whether a page's host is this computer, or an address of a local network.

    Args:
        authority: The page's host.
        own_addresses: Tells those of this computer's adapters.
        listed: Names besides the computer's own; `*.name` matches what is below it.
    """
    if authority.ip is not None:
        return _is_local(authority.ip) or authority.host in own_addresses()
    return is_this_computer(authority, listed)


def _is_local(ip: IpAddress) -> bool:
    return (
        ip.is_loopback
        or ip.is_unspecified
        or any(ip.version == network.version and ip in network for network in LOCAL_NETWORKS)
    )
