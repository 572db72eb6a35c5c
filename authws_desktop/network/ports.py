"""Listening sockets: opening them, and telling who holds a port that is taken."""

from __future__ import annotations

import contextlib
import errno
import io
import logging
import os
import socket
import sys
import time
from typing import Any

from authws_desktop.errors import PortTaken, ServiceError
from authws_desktop.network.addresses import EVERY_ADDRESS
from authws_desktop.network.port_owner import find_owner, how_to_stop

log = logging.getLogger(__name__)

BACKLOG = 1024
LOCALHOST = ("127.0.0.1", "::1")
_PORTS_TRIED = 50
_TELL_EVERY_S = 60.0


class ListeningSocket(socket.socket):
    """A listening socket that goes on when there are no descriptors left for new connections.

    asyncio takes its socket for broken then: it reports the error 64 times over, and listens no more for a
    second. Here a descriptor that is kept for it takes the connection, only to close it: a client that is
    refused may come again, one that hangs may not. (uvloop does the same by itself.)
    """

    def __init__(self, family: int, kind: int, protocol: int) -> None:
        super().__init__(family, kind, protocol)
        self._spare = _open_spare()
        self._told_s = -_TELL_EVERY_S

    def accept(self) -> tuple[socket.socket, Any]:
        """Accept a connection.

        Raises:
            BlockingIOError: There is none, or it had to be closed.
        """
        try:
            return super().accept()
        except OSError as error:
            if error.errno not in (errno.EMFILE, errno.ENFILE):
                raise
            self._turn_away(error)
        raise BlockingIOError

    def close(self) -> None:
        """Stop listening; may be called again."""
        super().close()
        if self._spare is not None:
            self._spare.close()

    def _turn_away(self, error: OSError) -> None:
        if time.monotonic() - self._told_s >= _TELL_EVERY_S:
            self._told_s = time.monotonic()
            log.warning("Connections are turned away: %s.", error.strerror)
        if self._spare is not None:
            self._spare.close()
        # Either may fail: another thread, or another program, may be faster.
        with contextlib.suppress(OSError):
            super().accept()[0].close()
        self._spare = _open_spare()


def _open_spare() -> io.FileIO | None:
    with contextlib.suppress(OSError):
        return io.FileIO(os.devnull)
    return None


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
    opened = ListeningSocket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform == "win32":
            # Without it, Windows lets a second program take the same port and steal its connections.
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            # Otherwise a restart would have to wait until connections of the last run have left TIME_WAIT. A
            # second listener at the same address is refused all the same.
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            # Each family has its socket; where the system's default is a dual one, it would take the IPv4
            # port, too.
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.bind((address, port))
        opened.listen(BACKLOG)
        opened.setblocking(False)
    except BaseException:
        opened.close()
        raise
    return opened


def _explain(error: OSError, host: str, port: int) -> ServiceError:
    # Windows: WSAEADDRINUSE, and WSAEACCES, which an exclusive owner or a reserved range gives.
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
    """Return the next higher port that can be listened on; 0 if none of the next fifty can.

    A suggestion: another program may take it before this one does.
    """
    for candidate in range(port + 1, min(port + 1 + _PORTS_TRIED, 65536)):
        try:
            for address in addresses_of(host)[:1]:
                _open_one(address, candidate).close()
        except (OSError, ServiceError):
            continue
        return candidate
    return 0
