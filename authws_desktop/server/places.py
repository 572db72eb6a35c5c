"""How many connections of any kind may be open at once, in all and from one address.

A connection takes its place when it is accepted, before anything was read, and keeps it until its transport
is gone, whatever it turns out to be: HTTP, WebSocket, TLS, or nothing. The rules:

1. `clients` of them may be WebSocket connections: what the settings say, if the system allows so many files.
2. All together may be a third more (at least `OTHERS`): heads that are still coming, pages, the API.
3. One address may have `max_per_address`, this computer and trusted proxies as many as there are. Networks
   behind one address (a class, an event) are the usual case, so the default is generous: a quarter of all.
4. Whoever gets no place is told so (503) with one of `TURNED_AWAY` further descriptors, then let go; beyond
   those, without a word.
5. `RESERVED_FILES` descriptors are never given to connections: files, database and log need them.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Callable

from authws_desktop.admission.access import is_loopback
from authws_desktop.admission.visitor import is_trusted
from authws_desktop.network.open_files import raise_open_files
from authws_desktop.settings import Settings

log = logging.getLogger(__name__)

RESERVED_FILES = 128
TURNED_AWAY = 64
OTHERS = 256
_FEWEST_CLIENTS = 8

FULL = "The server has no room for more connections."
FULL_FOR_ADDRESS = "There are too many connections from your address."


class Places:
    """Counts open connections, in all and by network, and says whether one more may come.

    Attributes:
        clients: How many WebSocket connections may be open at once.
        connections: How many connections of any kind may be open at once.
        taken: How many are open now.
        warning: A sentence if fewer connections can be accepted than the settings allow; empty if all can.

    Args:
        settings: `max_clients`, `max_per_address` and `trusted_proxies` are used.
    """

    def __init__(self, settings: Settings) -> None:
        self.clients = self.connections = 0
        self.taken = 0
        self.warning = ""
        self._max_per_address = 0
        self._proxies: list[str] = []
        self._by_network: dict[str, int] = {}
        self._turned_away = 0
        self.apply(settings)

    def apply(self, settings: Settings, open_files: int | None = None) -> None:
        """Take over new limits; open connections keep their places.

        Args:
            settings: `max_clients`, `max_per_address` and `trusted_proxies` are used.
            open_files: How many files the system allows; `None` if that is no question.
        """
        self._max_per_address = settings.max_per_address
        self._proxies = settings.trusted_proxies
        self.clients = settings.max_clients
        self.connections = _with_others(self.clients)
        self.warning = ""
        if open_files is not None and open_files < files_needed(settings):
            # Few rather than none: a program that accepts nobody looks broken, and the warning tells of the
            # limit.
            self.connections = max(_FEWEST_CLIENTS, open_files - RESERVED_FILES - TURNED_AWAY)
            self.clients = max(_FEWEST_CLIENTS, min(self.clients, self.connections * 3 // 4))
        wanted, allowed, needed = settings.max_clients, self.clients, files_needed(settings)
        if allowed < wanted:
            self.warning = (
                f"The system lets this program open {open_files} files, which is enough for {allowed} of "
                f"{wanted} connections. Raise its limit (ulimit -n, or LimitNOFILE of a service) to {needed} "
                "and start it again."
            )

    def provide(self, settings: Settings) -> None:
        """Take over new limits, and have the system allow as many open files as they need, if it does."""
        self.apply(settings, raise_open_files(files_needed(settings)))
        if self.warning:
            log.warning("%s", self.warning)

    def take(self, address: str) -> str:
        """Take a place for a connection, which `leave` gives back.

        Args:
            address: The peer's IP address.

        Returns:
            Why there is none, as a sentence; empty if there is one.
        """
        if self.taken >= self.connections:
            return FULL
        network = _network_of(address)
        count = self._by_network.get(network, 0)
        # All clients behind a proxy have its address, until their heads tell another one.
        is_shared = is_loopback(address) or is_trusted(address, self._proxies)
        if count >= self._max_per_address and not is_shared:
            return FULL_FOR_ADDRESS
        self._by_network[network] = count + 1
        self.taken += 1
        return ""

    def leave(self, address: str) -> None:
        """Give back the place of a connection that is gone.

        Args:
            address: As it was taken for.
        """
        network = _network_of(address)
        self.taken -= 1
        # Empty ones go: the dictionary must not remember every address that ever came.
        self._by_network[network] -= 1
        if not self._by_network[network]:
            del self._by_network[network]

    def turn_away(self) -> Callable[[], None] | None:
        """Return what is to be called once a connection that got no place is gone.

        Returns:
            `None` if so many are being told already that this one must go without a word.
        """
        if self._turned_away >= TURNED_AWAY:
            return None
        self._turned_away += 1
        return self._forget_turned_away

    def _forget_turned_away(self) -> None:
        self._turned_away -= 1


def files_needed(settings: Settings) -> int:
    """Return how many open files the settings need."""
    return _with_others(settings.max_clients) + TURNED_AWAY + RESERVED_FILES


def _with_others(clients: int) -> int:
    return clients + max(OTHERS, clients // 3)


def _network_of(address: str) -> str:
    """Return what counts as one address: of IPv6 the network of a household, which has 2**64 of them."""
    if ":" not in address:
        return address
    try:
        ip = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    # In fe80:: is everybody on the link, each with one address.
    return address if ip.is_link_local else str(ipaddress.IPv6Address(int(ip) >> 64 << 64))
