"""Network adapters and their addresses, ranked by how likely other people reach them."""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass

import psutil

# Bridges and tunnels that hold an address nobody in the room can reach.
_VIRTUAL = re.compile(
    r"^(docker|br-|veth|virbr|vmnet|vboxnet|lxc|lxd|cni|flannel|podman|tun|tap|wg|utun|ppp|zt|tailscale|awdl|llw)"
    r"|virtualbox|vmware|hyper-v|vethernet|wsl|loopback|vpn|wireguard|tailscale|zerotier",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Adapter:
    """An adapter's address.

    Attributes:
        name: As the system calls it.
        address: IPv4, or IPv6 without a zone.
        is_virtual: A bridge, a tunnel or a virtual machine's network.
    """

    name: str
    address: str
    is_virtual: bool

    @property
    def is_ipv6(self) -> bool:
        """Whether the address is one of IPv6."""
        return ":" in self.address


def rank_adapters() -> list[Adapter]:
    """Return the addresses of adapters that are up, a real LAN address first.

    IPv6 addresses that hold only together with an adapter's name (link-local) are left out: no browser
    takes them.
    """
    try:
        addresses, states = psutil.net_if_addrs(), psutil.net_if_stats()
    except (psutil.Error, OSError):
        return []
    found = [
        Adapter(name, item.address, bool(_VIRTUAL.search(name)))
        for name, items in addresses.items()
        if name not in states or states[name].isup
        for item in items
        if item.family in (socket.AF_INET, socket.AF_INET6) and _is_usable(item.address)
    ]
    return sorted(found, key=_rank)


def _is_usable(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    is_zoned = address.version == 6 and address.is_link_local
    return not (address.is_loopback or address.is_unspecified or is_zoned)


def _rank(adapter: Adapter) -> tuple[bool, bool, bool, bool, str]:
    address = ipaddress.ip_address(adapter.address)
    return (
        adapter.is_virtual,
        address.is_link_local,
        adapter.is_ipv6,
        not address.is_private,
        adapter.name,
    )
