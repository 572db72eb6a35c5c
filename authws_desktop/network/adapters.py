"""Network adapters and their addresses, ranked by how likely other people reach them.

The system decides: the address from which it reaches everybody else comes first, unless that is a tunnel;
then adapters behind which there is a router. An adapter's name is only the last hint: bridges and VPNs have
any name, and a bridge can well be the way to the room.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass

import psutil

from authws_desktop.network.default_route import adapters_with_gateway, default_sources, is_tunnel

# Networks that a computer makes within itself, and tunnels: what they hold nobody in the room can reach.
_INNER = re.compile(
    r"^(docker|br-|veth|virbr|vmnet|vboxnet|lxc|lxd|cni|flannel|podman|awdl|llw)"
    r"|virtualbox|vmware|hyper-v|vethernet|wsl|loopback",
    re.IGNORECASE,
)
_TUNNEL = re.compile(r"^(tun|tap|wg|utun|ppp|zt|tailscale)|vpn|wireguard|tailscale|zerotier", re.IGNORECASE)


@dataclass(frozen=True)
class Adapter:
    """An adapter's address.

    Attributes:
        name: As the system calls it.
        address: IPv4, or IPv6 without a zone.
        is_virtual: A tunnel, or a network within this computer.
        is_default: Whether the adapter is the way to everybody else.
        is_source: Whether this computer has this address for everybody else.
        has_gateway: Whether there is a router behind the adapter.
    """

    name: str
    address: str
    is_virtual: bool
    is_default: bool = False
    is_source: bool = False
    has_gateway: bool = False

    @property
    def is_ipv6(self) -> bool:
        """Whether the address is one of IPv6."""
        return ":" in self.address


def rank_adapters() -> list[Adapter]:
    """Return the addresses of adapters that are up, the likeliest first.

    IPv6 addresses that hold only together with an adapter's name (link-local) are left out: no browser
    takes them.
    """
    try:
        addresses, states = psutil.net_if_addrs(), psutil.net_if_stats()
    except (psutil.Error, OSError):
        return []
    sources, gateways = default_sources(), adapters_with_gateway()
    found = []
    for name, items in addresses.items():
        state = states.get(name)
        # An adapter of which the system tells nothing is kept: a wrong address more is better than the right
        # one less.
        if state is not None and not state.isup:
            continue
        usable = [
            item.address
            for item in items
            if item.family in (socket.AF_INET, socket.AF_INET6) and _is_usable(item.address)
        ]
        is_default, has_gateway = not sources.isdisjoint(usable), name in gateways
        is_virtual = _is_virtual(name, getattr(state, "flags", ""), is_default or has_gateway)
        found += [
            Adapter(name, each, is_virtual, is_default, each in sources, has_gateway) for each in usable
        ]
    return sorted(found, key=_rank)


def _is_virtual(name: str, flags: str, leads_out: bool) -> bool:
    """Tell whether an adapter is a tunnel or leads nowhere but into this computer.

    Args:
        name: The adapter's.
        flags: As psutil gives them.
        leads_out: Whether a route to everybody else or a router is there.
    """
    tunnel = is_tunnel(name, flags)
    if tunnel is None:
        # Windows says nothing of it: the name is all there is.
        tunnel = bool(_TUNNEL.search(name))
    elif not leads_out:
        tunnel = tunnel or bool(_TUNNEL.search(name))
    return tunnel or (not leads_out and bool(_INNER.search(name)))


def _is_usable(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    # Link-local of IPv4 (169.254/16) needs no zone and works between two devices on one cable.
    is_zoned = address.version == 6 and address.is_link_local
    return not (address.is_loopback or address.is_unspecified or is_zoned)


def _rank(adapter: Adapter) -> tuple[bool, bool, bool, bool, bool, bool, bool, str]:
    address = ipaddress.ip_address(adapter.address)
    return (
        adapter.is_virtual,
        not adapter.is_default,
        not adapter.has_gateway,
        address.is_link_local,
        adapter.is_ipv6,  # people type it, and some networks have none
        not adapter.is_source,
        not address.is_private,
        adapter.name,
    )
