"""What the system says of its way to everybody else: default routes, gateways, tunnels."""

from __future__ import annotations

import contextlib
import socket
import sys
from pathlib import Path

_PROBES = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}
"""Addresses that nobody has (RFC 5737, RFC 3849): the route to them is the default one."""
_ROUTES_4, _ROUTES_6 = Path("/proc/net/route"), Path("/proc/net/ipv6_route")
_NETWORK_CLASS = Path("/sys/class/net")
_IS_GATEWAY = 0x2
"""RTF_GATEWAY of Linux's routing table."""


def default_sources() -> frozenset[str]:
    """Return the addresses, of each family at most one, from which this computer reaches everybody else.

    Nothing is sent: a datagram socket only asks for the route.
    """
    found = set()
    for family, target in _PROBES.items():
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as asking:
            asking.connect((target, 9))
            found.add(str(asking.getsockname()[0]).partition("%")[0])
    return frozenset(found)


def adapters_with_gateway() -> frozenset[str]:
    """Return the adapters behind which there is a router; none where the system does not tell (not Linux)."""
    found = set()
    with contextlib.suppress(OSError):
        for line in _ROUTES_4.read_text("ascii").splitlines()[1:]:
            name, _, _, flags = line.split()[:4]
            if int(flags, 16) & _IS_GATEWAY:
                found.add(name)
    with contextlib.suppress(OSError):
        for line in _ROUTES_6.read_text("ascii").splitlines():
            *_, flags, name = line.split()
            if int(flags, 16) & _IS_GATEWAY:
                found.add(name)
    return frozenset(found)


def is_tunnel(name: str, flags: str) -> bool | None:
    """Tell whether an adapter leads through a tunnel; `None` where the system does not tell (Windows).

    Args:
        name: The adapter's.
        flags: As psutil gives them; empty where there are none.
    """
    if "pointopoint" in flags:
        return True
    if sys.platform == "linux" and (_NETWORK_CLASS / name / "tun_flags").exists():
        return True
    return False if flags else None
