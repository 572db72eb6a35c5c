"""The addresses under which a listening server is reached, best first."""

from __future__ import annotations

from asyncio import BaseTransport
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from authws_desktop.admission.access import is_loopback
from authws_desktop.network.adapters import Adapter, rank_adapters

EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - compared, not bound
"""Values of the setting `host` that mean every address of this computer, of both families."""


@dataclass(frozen=True)
class Address:
    """One way to reach the server.

    Attributes:
        host: A name or an address.
        adapter: The adapter that holds it; empty for a name.
        is_virtual: Whether the adapter is a bridge, a tunnel or a virtual machine's network.
    """

    host: str
    adapter: str = ""
    is_virtual: bool = False

    @property
    def is_only_here(self) -> bool:
        """Whether no other computer can use it."""
        return self.host == "localhost" or is_loopback(self.host)

    def url(self, port: int, scheme: str = "http") -> str:
        """Return the address as people type it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{host}:{port}"


def addresses_reached(host: str, preferred: str = "", local_name: str = "") -> list[Address]:
    """Return the addresses under which a `host` setting is reached, best first.

    Args:
        host: The setting.
        preferred: Comes first if it is one of them.
        local_name: `NAME.local`, where it is announced; empty otherwise. It follows the adapters.
    """
    adapters = {adapter.address: adapter for adapter in rank_adapters()}
    found = [Address(host)]
    if host in EVERY_ADDRESS:
        found = [_address_of(adapter) for adapter in adapters.values()]
    elif host in adapters:
        found = [_address_of(adapters[host])]
    if local_name and not all(address.is_only_here for address in found):
        found.append(Address(local_name, "mDNS"))
    if host in EVERY_ADDRESS:
        found.append(Address("localhost"))
    return sorted(found, key=lambda address: address.host != preferred)


def _address_of(adapter: Adapter) -> Address:
    return Address(adapter.address, adapter.name, adapter.is_virtual)


def is_only_here(url: str) -> bool:
    """Tell whether an address holds on this computer alone."""
    host = urlsplit(url).hostname or ""
    return Address(host).is_only_here


def socket_name(transport: BaseTransport | None, end: Literal["peername", "sockname"]) -> tuple[str, int]:
    """Return address and port of one end of a connection; `("", 0)` where they are not known.

    Args:
        transport: The connection's; `None` if it is gone.
        end: `peername` for the other end, `sockname` for this one.
    """
    name = transport.get_extra_info(end) if transport is not None else None
    return (str(name[0]), int(name[1])) if name else ("", 0)
