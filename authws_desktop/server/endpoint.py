"""What every WebSocket connection of a running server shares."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from authws_desktop.accounts.directory import Accounts
from authws_desktop.hub.client import RateLimit
from authws_desktop.hub.hub import Hub
from authws_desktop.server.bans import BanList
from authws_desktop.server.probes import ProbeDesk
from authws_desktop.settings import Settings

if TYPE_CHECKING:
    from authws_desktop.server.connection import Connection
    from authws_desktop.server.outbox import Outbox
    from authws_desktop.server.tls import Tls

READ_BUFFER_BYTES = 16 * 1024
"""Small enough that the messages of one read do not keep the window waiting."""


class Endpoint:
    """Shared state of all connections.

    Attributes:
        hub, accounts: See there.
        settings: In force now; replaced when the host changes them.
        connections: Every WebSocket connection whose transport is open.
        server_name: `server` of the `connection` frame.
        read_buffer: All connections read into it in turn; what was read is used up before the next.
        bans: Who may not come in.
        tls: In force; `None` while it is off.
        probes: The network check's one-time addresses.
    """

    def __init__(
        self, hub: Hub, accounts: Accounts, bans: BanList, settings: Settings, server_name: str
    ) -> None:
        self.hub = hub
        self.accounts = accounts
        self.bans = bans
        self.settings = settings
        self.server_name = server_name
        self.connections: set[Connection] = set()
        self.probes = ProbeDesk()
        self.tls: Tls | None = None
        self.read_buffer = memoryview(bytearray(READ_BUFFER_BYTES))
        self._on_empty: Callable[[], None] | None = None
        self._count = 0
        self._gathering: list[Outbox] = []

    @property
    def is_full(self) -> bool:
        """Whether no further connection is accepted."""
        return len(self.connections) > self.settings.max_clients

    def next_number(self) -> int:
        """Return the running number of a new connection."""
        self._count += 1
        return self._count

    def new_client_id(self) -> str:
        """Return an id that cannot be guessed from another one."""
        return secrets.token_urlsafe(16)

    def new_rate_limit(self) -> RateLimit:
        """Return a full message allowance."""
        return RateLimit(self.settings.message_rate, self.settings.message_burst, time.monotonic())

    def apply(self, settings: Settings) -> None:
        """Take over new settings, for open connections too."""
        self.settings = settings
        for client in self.hub.clients.values():
            client.rate_limit.rate = settings.message_rate
            client.rate_limit.burst = settings.message_burst
        for connection in self.connections:
            connection.apply_limits()

    def send_soon(self, outbox: Outbox) -> None:
        """Have an outbox send what it gathers, at the end of this turn of the loop."""
        if not self._gathering:
            asyncio.get_running_loop().call_soon(self._send_gathered)
        self._gathering.append(outbox)

    def _send_gathered(self) -> None:
        gathering, self._gathering = self._gathering, []
        for outbox in gathering:
            outbox.send_gathered()

    def forget(self, connection: Connection) -> None:
        """Drop a connection whose transport is gone."""
        self.connections.discard(connection)
        if not self.connections and self._on_empty is not None:
            self._on_empty()

    def call_when_empty(self, callback: Callable[[], None] | None) -> None:
        """Have a callback called when the last connection is gone."""
        self._on_empty = callback
        if callback is not None and not self.connections:
            callback()
