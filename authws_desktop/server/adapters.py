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
        address: IPv4.
        is_virtual: A bridge, a tunnel or a virtual machine's network.
    """

    name: str
    address: str
    is_virtual: bool


def rank_adapters() -> list[Adapter]:
    """Return the IPv4 addresses of adapters that are up, a real LAN address first."""
    try:
        addresses, states = psutil.net_if_addrs(), psutil.net_if_stats()
    except (psutil.Error, OSError):
        return []
    found = [
        Adapter(name, item.address, bool(_VIRTUAL.search(name)))
        for name, items in addresses.items()
        if name not in states or states[name].isup
        for item in items
        if item.family == socket.AF_INET and not ipaddress.ip_address(item.address).is_loopback
    ]
    return sorted(found, key=_rank)


def _rank(adapter: Adapter) -> tuple[bool, bool, bool, str]:
    address = ipaddress.ip_address(adapter.address)
    return adapter.is_virtual, address.is_link_local, not address.is_private, adapter.name
