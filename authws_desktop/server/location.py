"""Where the server is reached: its addresses, its name in the network, its scheme and its certificate."""

from __future__ import annotations

import asyncio
from pathlib import Path

from authws_desktop.network.addresses import Address, addresses_reached
from authws_desktop.network.local_name import LocalName
from authws_desktop.network.tls.tls import TRUST_PATH, Tls, make_tls
from authws_desktop.server.listening import Listening
from authws_desktop.settings import CurrentSettings, Settings


class Location:
    """The server's addresses, name and scheme. Computed when they are asked for: adapters come and go.

    Attributes:
        is_open: Whether the server runs. Before and after, it has no addresses to give out.

    Args:
        current: The settings in force.
        listening: The sockets.
    """

    def __init__(self, current: CurrentSettings, listening: Listening) -> None:
        self._current = current
        self._listening = listening
        self._name = LocalName()
        self.is_open = False

    @property
    def tls(self) -> Tls | None:
        """TLS in force; `None` while it is off or the server does not run."""
        return self._listening.endpoint.tls

    @property
    def scheme(self) -> str:
        """`https` while TLS is on, else `http`."""
        return "https" if self.tls is not None else "http"

    @property
    def host(self) -> str:
        """The host setting in force."""
        return self._current.values.host

    @property
    def port(self) -> int:
        """The port in force; 0 while nothing listens."""
        return self._listening.port

    @property
    def listening_at(self) -> list[tuple[str, int]]:
        """Address and port of each socket that listens."""
        return self._listening.at

    @property
    def addresses(self) -> list[Address]:
        """The addresses behind `urls`, each with its adapter, best first; empty unless the server runs."""
        return self._addresses() if self.is_open else []

    @property
    def urls(self) -> list[str]:
        """Every address it can be reached at, best first; empty unless the server runs."""
        return [self.url_of(each) for each in self.addresses]

    @property
    def http_url(self) -> str:
        """The best address for browsers; empty unless the server runs."""
        return next(iter(self.urls), "")

    @property
    def ws_url(self) -> str:
        """The best address for WebSocket clients; empty unless the server runs."""
        return self.http_url.replace("http", "ws", 1)

    @property
    def trust_url(self) -> str:
        """Where devices learn to trust the local authority; empty if there is nothing to trust."""
        if self.tls is None or self.tls.authority_file is None or not self.addresses:
            return ""
        return self.addresses[0].url(self.port) + TRUST_PATH

    def future_url(self) -> str:
        """Return the best address, also while the server still starts; empty if there is none."""
        found = self._addresses()
        return self.url_of(found[0]) if found else ""

    def url_of(self, address: Address) -> str:
        """Return what browsers are given to reach the server at an address."""
        return address.url(self.port, self.scheme)

    def __str__(self) -> str:
        at = ", ".join(
            f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in self.listening_at
        )
        return f"{self.http_url} (listening at {at})" if at else self.http_url

    def _addresses(self) -> list[Address]:
        values = self._current.values
        return addresses_reached(values.host, values.shown_address, self._name.host)

    async def make_tls(self, values: Settings, folder: Path) -> Tls | None:
        """Return a certificate for the addresses that settings give; `None` if TLS is off there.

        Raises:
            TlsError: It cannot be had.
        """
        if values.tls == "off":
            return None
        name = f"{values.local_name}.local" if values.local_name else ""
        addresses = addresses_reached(values.host, local_name=name)
        return await asyncio.to_thread(make_tls, values, addresses, folder)

    def announce_name(self) -> None:
        """Announce the local name by mDNS, if there is one, and follow settings and adapters."""
        # Not awaited: multicast may take seconds.
        self._name.follow(self._named_addresses)

    async def withdraw_name(self) -> None:
        """Take the local name back."""
        await self._name.end()

    def _named_addresses(self) -> tuple[str, int, list[str]]:
        """Return name, port and addresses for the announcement by mDNS."""
        values = self._current.values
        hosts = [address.host for address in addresses_reached(values.host)] if values.local_name else []
        return values.local_name, self.port, hosts
