"""A name in the local network by multicast DNS (RFC 6762): `http://NAME.local:PORT`.

It is a convenience and never needed: where it cannot be had, the server runs without it and the log says so.
The name is one of its own, not the computer's: that one is announced by the system itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol

from authws_desktop.tasks import start_task

if TYPE_CHECKING:
    from zeroconf import ServiceInfo

LOOK_EVERY_S = 5.0  # adapters come and go, and not every system says when
log = logging.getLogger(__name__)
_TYPE = "_http._tcp.local."


class Announcer(Protocol):
    """What is used of `zeroconf.Zeroconf`."""

    def register_service(self, info: ServiceInfo) -> None:
        """Announce, unless somebody else has the name."""

    def close(self) -> None:
        """Withdraw all announcements and close the sockets."""


def _new_announcer() -> Announcer:
    from zeroconf import IPVersion, Zeroconf  # here: most servers have no name, and start faster without

    return Zeroconf(ip_version=IPVersion.V4Only)


class LocalName:
    """Announces one name by multicast DNS and follows settings and network changes.

    Attributes:
        host: `NAME.local` while it is announced; empty otherwise.

    Args:
        new_announcer: Opens multicast sockets.
    """

    def __init__(self, new_announcer: Callable[[], Announcer] = _new_announcer) -> None:
        self._new_announcer = new_announcer
        self._announcer: Announcer | None = None
        # `show` awaits threads: a second one in between would open a second announcer, and one of the two
        # would never be closed.
        self._lock = asyncio.Lock()
        self._ended = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._shown: tuple[str, int, tuple[str, ...]] | None = None
        self.host = ""

    async def show(self, name: str, port: int, addresses: Iterable[str]) -> None:
        """Announce a name for addresses; an empty name, or no address of IPv4, announces nothing.

        Args:
            name: Without `.local`.
            port: The server's.
            addresses: IP addresses of adapters; loopback and IPv6 are left out.
        """
        fours = tuple(each for each in addresses if _is_announced(each))
        wanted = (name, port, fours) if name and fours else None
        async with self._lock:
            if wanted == self._shown:
                return
            await self._take_back()
            if wanted is not None:
                await self._announce(*wanted)

    async def hide(self) -> None:
        """Take the name back; may be called again."""
        await self.show("", 0, ())

    def follow(self, wanted: Callable[[], tuple[str, int, Iterable[str]]]) -> None:
        """Announce what is wanted, now and as settings and network change; a start does not wait for it.

        Args:
            wanted: Returns the arguments of `show`.
        """
        self._ended.clear()
        self._task = start_task(self._follow(wanted), "announce name")

    async def _follow(self, wanted: Callable[[], tuple[str, int, Iterable[str]]]) -> None:
        while not self._ended.is_set():
            await self.show(*wanted())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._ended.wait()

    async def end(self) -> None:
        """Cease to follow, and take the name back; may be called again."""
        self._ended.set()
        task, self._task = self._task, None
        if task is not None:
            # Not cancelled: what its threads have opened would be lost.
            await asyncio.gather(task, return_exceptions=True)
        await self.hide()

    async def _announce(self, name: str, port: int, addresses: tuple[str, ...]) -> None:
        from zeroconf import Error, ServiceInfo

        host = f"{name}.local"
        info = ServiceInfo(
            _TYPE,
            f"Authws Desktop ({name}).{_TYPE}",
            port,
            parsed_addresses=list(addresses),
            server=f"{host}.",
        )
        try:
            # zeroconf brings a thread and a loop of its own: it must not be made on ours.
            self._announcer = await asyncio.to_thread(self._new_announcer)
            await asyncio.to_thread(self._announcer.register_service, info)
        except (OSError, Error) as error:
            log.warning("The name %s cannot be announced: %s", host, str(error) or type(error).__name__)
            await self._take_back()
            return
        self._shown, self.host = (name, port, addresses), host

    async def _take_back(self) -> None:
        announcer, self._announcer = self._announcer, None
        self._shown, self.host = None, ""
        if announcer is not None:
            await asyncio.to_thread(announcer.close)


def _is_announced(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return found.version == 4 and not found.is_loopback
