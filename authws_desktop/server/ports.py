"""Listening sockets: opening them, and telling who holds a port that is taken."""

from __future__ import annotations

import contextlib
import errno
import socket
import sys

from authws_desktop.server.addresses import EVERY_ADDRESS
from authws_desktop.server.errors import PortTaken, ServiceError
from authws_desktop.server.port_owner import find_owner, how_to_stop

BACKLOG = 1024
LOCALHOST = ("127.0.0.1", "::1")
_PORTS_TRIED = 50


def addresses_of(host: str) -> list[str]:
    """Return the addresses to listen on for a setting of `host`.

    `localhost` means loopback of both families, whatever a hosts file says, and `0.0.0.0` or `::` every
    address of both; anything else is one address.

    Raises:
        ServiceError: The name has no address.
    """
    if host == "localhost":
        return list(LOCALHOST)
    if host in EVERY_ADDRESS:
        return list(EVERY_ADDRESS)
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError:
        raise ServiceError(
            f"'{host}' is not an address of this computer. Use localhost, 0.0.0.0 or one adapter's address."
        ) from None
    return [str(found[0][4][0])]


def open_listening_sockets(host: str, port: int) -> list[socket.socket]:
    """Open the sockets to listen on.

    Args:
        host: As in the settings.
        port: 0 takes any free one (the same for both families).

    Raises:
        PortTaken: Another program listens there.
        ServiceError: Anything else that keeps the system from it.
    """
    opened: list[socket.socket] = []
    try:
        for address in addresses_of(host):
            # The second family is a courtesy: a system without IPv6 still serves.
            with contextlib.ExitStack() as stack:
                if opened:
                    stack.enter_context(_suppress_missing_ipv6())
                opened.append(_open_one(address, opened[0].getsockname()[1] if opened else port))
    except OSError as error:
        for each in opened:
            each.close()
        raise _explain(error, host, port) from None
    return opened


@contextlib.contextmanager
def _suppress_missing_ipv6():  # type: ignore[no-untyped-def]
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
            raise


def _open_one(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    # With the protocol named: asyncio sends without delay (TCP_NODELAY) only where a socket says that it is
    # TCP, and those accepted say what this one does. Else a frame may wait 40 ms for an acknowledgement.
    opened = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform == "win32":
            # Without it, Windows lets a second program take the same port and steal its connections.
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.bind((address, port))
        opened.listen(BACKLOG)
        opened.setblocking(False)
    except BaseException:
        opened.close()
        raise
    return opened


def _explain(error: OSError, host: str, port: int) -> ServiceError:
    if error.errno == errno.EADDRINUSE or getattr(error, "winerror", None) in (10048, 10013):
        owner = find_owner(port)
        hint = how_to_stop(owner, port)
        return PortTaken(port, str(owner), owner.is_own, next_free_port(host, port), hint)
    if error.errno == errno.EACCES:
        return ServiceError(f"This system does not let you use port {port}. Choose one above 1023.")
    if error.errno == errno.EADDRNOTAVAIL:
        return ServiceError(
            f"{host} is not an address of this computer now. Choose another one to listen on."
        )
    return ServiceError(f"Cannot listen on {host} port {port}: {error.strerror or error}.")


def next_free_port(host: str, port: int) -> int:
    """Return the next higher port that can be listened on; 0 if none of the next fifty can."""
    for candidate in range(port + 1, min(port + 1 + _PORTS_TRIED, 65536)):
        try:
            for address in addresses_of(host)[:1]:
                _open_one(address, candidate).close()
        except (OSError, ServiceError):
            continue
        return candidate
    return 0
