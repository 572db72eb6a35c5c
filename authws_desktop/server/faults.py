"""Faults that the host switches on, to see what clients make of them; never silent, and gone with a stop.

They act at the edge of a connection, on its sending side and its reading side. The hub knows nothing of them,
and a connection without faults is asked nothing.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import msgspec

from authws_desktop.hub.received import Received
from authws_desktop.protocol.codes import CloseCode
from authws_desktop.protocol.fault_messages import ActiveFaults, Faults
from authws_desktop.protocol.timestamps import format_timestamp
from authws_desktop.server.websocket.faulty_link import FaultyLink
from authws_desktop.server.websocket.faulty_peer import FaultyPeer

if TYPE_CHECKING:
    from authws_desktop.hub.client import Client
    from authws_desktop.server.endpoint import Endpoint
    from authws_desktop.server.websocket.outbox import Outbox

log = logging.getLogger(__name__)
ALL = "all"


class Breakable(Protocol):
    """A connection, as faults see it."""

    client: Client | None
    handle: Callable[[Received, bool], None] | None
    outbox: Outbox

    def handle_now(self, received: Received, is_text: bool) -> None:
        """Handle a message at once, as without faults."""

    def hold_reading(self, *, is_held: bool) -> None:
        """Read nothing more, or go on reading."""

    def close(self, code: CloseCode, reason: str = "") -> None:
        """Start the closing handshake."""

    def abort(self) -> None:
        """Break the connection."""


@dataclass
class _Set:
    """Faults of one target."""

    faults: Faults
    text: str
    timer: asyncio.TimerHandle | None = None
    ends_at: float | None = None


@dataclass
class _Broken:
    """A connection with faults, and what stands at its edges."""

    source: _Set
    links: list[FaultyLink[bytes] | FaultyLink[tuple[Received, bool]]] = field(default_factory=list)


class FaultRegistry:
    """The faults that are on, by target. Used on the loop only.

    Args:
        endpoint: Holds the connections.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._sets: dict[str, _Set] = {}
        self._broken: dict[Breakable, _Broken] = {}

    @property
    def active(self) -> list[ActiveFaults]:
        """Every fault that is on."""
        counts = [id(each.source) for each in self._broken.values()]
        return [
            ActiveFaults(
                self._named(target),
                each.text,
                counts.count(id(each)),
                "" if each.ends_at is None else format_timestamp(each.ends_at),
            )
            for target, each in self._sets.items()
        ]

    def get(self, target: str) -> Faults | None:
        """Return the faults that are on for a target itself, as given to `put`; `None` if there are none."""
        found = self._sets.get(target)
        return found.faults if found is not None else None

    def _named(self, target: str) -> str:
        """Return a target as a person calls it: an account by its name."""
        kind, _, value = target.partition(":")
        account = self._endpoint.accounts.get(value) if kind == "user" else None
        return f"user:{account.username}" if account is not None else target

    def put(self, target: str, faults: Faults) -> None:
        """Switch faults on for a target, in place of those it had.

        Args:
            target: `all`, `user:` and an account's id, or `conn:` and a client id.
            faults: Which; what happens once happens now.
        """
        self.remove(target)
        # Before any fault is on: what happens once happens to whoever is there now.
        found = [each for each in self._connections() if self._is_meant(each, target)]
        if text := describe(faults):
            made = self._sets[target] = _Set(faults, text)
            if faults.until_s:
                loop = asyncio.get_running_loop()
                made.timer = loop.call_later(faults.until_s, self.remove, target)
                made.ends_at = time.time() + faults.until_s
            log.warning("Faults are on for %s: %s", target, text)
            self._refresh()
        for connection in found:
            if faults.expire_token and connection.client is not None:
                connection.client.expires_at = min(connection.client.expires_at, time.time())
            if faults.close_code:
                connection.close(_code(faults.close_code), "closed on purpose")

    def remove(self, target: str) -> bool:
        """End the faults of a target; `False` if it has none."""
        old = self._sets.pop(target, None)
        if old is None:
            return False
        if old.timer is not None:
            old.timer.cancel()
        log.warning("Faults are off for %s", target)
        self._refresh()
        return True

    def clear(self) -> None:
        """End all faults."""
        # A copy: `remove` takes each out.
        for target in list(self._sets):
            self.remove(target)

    # What connections tell

    def opened(self, connection: Breakable) -> str:
        """Break a new connection if that is asked for; return how, in words, empty if it is not."""
        if not self._sets:
            return ""
        self._look_at(connection)
        broken = self._broken.get(connection)
        return broken.source.text if broken is not None else ""

    def logged_in(self) -> None:
        """Look whether somebody who has just logged in is meant."""
        if self._sets:
            self._refresh()

    def closed(self, connection: Breakable) -> None:
        """Forget a connection that is gone, and what still waits for it."""
        broken = self._broken.pop(connection, None)
        for link in broken.links if broken is not None else ():
            link.drop()

    # Which connection has which faults

    def _connections(self) -> list[Breakable]:
        return list(self._endpoint.connections)

    def _refresh(self) -> None:
        for connection in self._connections():
            self._look_at(connection)

    def _look_at(self, connection: Breakable) -> None:
        wanted, broken = self._wanted(connection), self._broken.get(connection)
        if broken is not None and broken.source is not wanted:
            self._mend(connection, broken)
        if wanted is not None and (broken is None or broken.source is not wanted):
            self._break(connection, wanted)

    def _wanted(self, connection: Breakable) -> _Set | None:
        """Return the faults that a connection is to have: of it, else of its user, else of all."""
        found = [name for name in self._sets if self._is_meant(connection, name)]
        order = ("conn", "user", ALL)
        found.sort(key=lambda name: order.index(name.partition(":")[0]))
        return self._sets[found[0]] if found else None

    def _is_meant(self, connection: Breakable, target: str) -> bool:
        client = connection.client
        kind, _, value = target.partition(":")
        if client is None:
            return False
        return (
            kind == ALL or (kind == "user" and client.identity.user_id == value) or client.client_id == value
        )

    def _break(self, connection: Breakable, source: _Set) -> None:
        client, faults = connection.client, source.faults
        if client is None:
            return
        broken = self._broken[connection] = _Broken(source)
        loop, limit_bytes = asyncio.get_running_loop(), self._endpoint.settings.max_buffer_bytes
        if faults.direction != "in":
            peer = FaultyPeer(
                connection.outbox,
                lambda deliver: FaultyLink(
                    faults, "out", deliver, connection.abort, limit_bytes, loop.call_later, loop.time
                ),
                faults.fragment_bytes,
            )
            broken.links.append(peer.link)
            client.peer = peer
        if faults.direction != "out":
            link = FaultyLink[tuple[Received, bool]](
                faults,
                "in",
                lambda found: connection.handle_now(*found),
                connection.abort,
                limit_bytes,
                loop.call_later,
                loop.time,
            )
            broken.links.append(link)
            connection.handle = lambda received, is_text: link.take(
                (received, is_text), len(received.payload)
            )
            connection.hold_reading(is_held=faults.freeze)
        self._endpoint.hub.members.identify(
            client, msgspec.structs.replace(client.identity, faults=source.text)
        )

    def _mend(self, connection: Breakable, broken: _Broken) -> None:
        # First: what the links pass on may close the connection, which then asks what it has to drop.
        del self._broken[connection]
        for link in broken.links:
            link.end()
        connection.handle = None
        connection.hold_reading(is_held=False)
        if connection.client is not None:
            client = connection.client
            client.peer = connection.outbox
            self._endpoint.hub.members.identify(client, msgspec.structs.replace(client.identity, faults=""))


def describe(faults: Faults) -> str:
    """Return faults in words; empty if nothing of them lasts."""
    words = []
    if faults.freeze:
        words.append("frozen")
    if faults.latency_ms or faults.jitter_ms:
        jitter = f" ± {faults.jitter_ms:g}" if faults.jitter_ms else ""
        words.append(f"{faults.latency_ms:g}{jitter} ms late")
    if faults.drop:
        words.append(f"{faults.drop:.0%} lost")
    if faults.duplicate:
        words.append(f"{faults.duplicate:.0%} doubled")
    if faults.bytes_per_s:
        words.append(f"{faults.bytes_per_s:g} bytes a second")
    if faults.cut_after_bytes:
        words.append(f"cut after {faults.cut_after_bytes} bytes")
    if faults.fragment_bytes:
        words.append(f"fragments of {faults.fragment_bytes} bytes")
    if words and faults.direction != "both":
        words.append("from the client only" if faults.direction == "in" else "to the client only")
    return ", ".join(words)


def _code(code: int) -> CloseCode:
    """Return a close code; any that the protocol allows, ours or not."""
    try:
        return CloseCode(code)
    except ValueError:
        # An IntEnum knows its own members only, and is a number wherever a code is written.
        return code  # type: ignore[return-value]
