"""The addresses that are given to people, on cards and in snippets, and the way to make them reachable."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from authws_desktop.network.addresses import addresses_reached
from authws_desktop.network.tls.tls import TRUST_PATH
from authws_desktop.server.service import Service

EVERY_ADAPTER = "0.0.0.0"  # noqa: S104 - the person asks for it; the default is localhost


class Addresses:
    """Returns the addresses people may use when it is called, best first; never empty.

    Attributes:
        open_network: Lets other devices in; `None` where nothing can be done from here.

    Args:
        read: Returns the addresses.
        open_network: See above.
        is_trust_needed: Tells whether devices have to learn first to trust the server's certificate.
    """

    def __init__(
        self,
        read: Callable[[], list[str]],
        open_network: Callable[[], Awaitable[None]] | None = None,
        is_trust_needed: Callable[[], bool] = lambda: False,
    ) -> None:
        self._read = read
        self.open_network = open_network
        self._is_trust_needed = is_trust_needed

    def __call__(self) -> list[str]:
        """Return the addresses as they are now."""
        return self._read()

    def scanned(self, address: str) -> str:
        """Return what the QR code of an address says: the trust page, where https would meet a warning."""
        secure = "https://"
        if not (self._is_trust_needed() and address.startswith(secure)):
            return address
        return f"http://{address.removeprefix(secure)}{TRUST_PATH}"

    @classmethod
    def of(cls, service: Service) -> Addresses:
        """Return those of a server, whether it runs or not; its scope can be changed unless it is locked."""
        is_locked = service.settings.is_locked("host")
        return cls(
            partial(given_urls, service),
            None if is_locked else partial(open_network, service),
            lambda: bool(service.location.trust_url),
        )


def given_urls(service: Service) -> list[str]:
    """Return the addresses of a running server, or those that a stopped one will have; best first."""
    if service.location.urls:
        return service.location.urls
    values = service.settings.values
    if not values.port:
        return [expected_url(service)]
    found = addresses_reached(values.host, values.shown_address)
    return [address.url(values.port) for address in found] or [expected_url(service)]


def expected_url(service: Service) -> str:
    """Return the address at which a stopped server will be found on this computer."""
    host = service.settings.values.host
    name = "localhost" if host in (EVERY_ADAPTER, "::") else host
    port = service.settings.values.port
    return f"http://[{name}]:{port or 'PORT'}" if ":" in name else f"http://{name}:{port or 'PORT'}"


async def open_network(service: Service) -> None:
    """Listen on every adapter from now on; nobody is disconnected by it.

    Raises:
        ServiceError: It cannot be done; all is as before then.
    """
    await service.change(host=EVERY_ADAPTER)
