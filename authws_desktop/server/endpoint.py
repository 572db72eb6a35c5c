"""The state that all connections of the server share, and what they need to know of each other."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol

from authws_desktop.accounts.accounts import Accounts
from authws_desktop.admission.access import is_loopback
from authws_desktop.admission.admin_token import AdminToken
from authws_desktop.admission.admission import Admission
from authws_desktop.admission.bans import BanList
from authws_desktop.admission.writing import Writing
from authws_desktop.hub.client import Client, RateLimit
from authws_desktop.hub.hub import Hub
from authws_desktop.network.addresses import EVERY_ADDRESS
from authws_desktop.network.probes import Probes
from authws_desktop.network.tls.tls import Tls
from authws_desktop.protocol.codes import CloseCode
from authws_desktop.protocol.server_messages import FEATURES, KEPT_FEATURES
from authws_desktop.server.places import Places
from authws_desktop.server.websocket.budget import Budget
from authws_desktop.settings import CurrentSettings, Settings
from authws_desktop.traffic.growth import Growth
from authws_desktop.traffic.record import Direction, Identity, Kind

if TYPE_CHECKING:
    from authws_desktop.hub.received import Received
    from authws_desktop.server.faults import FaultRegistry
    from authws_desktop.server.websocket.outbox import Outbox

log = logging.getLogger(__name__)

READ_BUFFER_BYTES = 16 * 1024
"""Small enough that the messages of one read do not keep the window waiting."""


class Gathering(Protocol):
    """A sending side that gathers what it sends until the end of the loop's turn."""

    def send_gathered(self) -> None:
        """Send what was gathered. Never raises."""


class Abortable(Protocol):
    """A connection that can be ended at once, whatever it speaks."""

    def abort(self) -> None:
        """End the connection without a handshake."""


class OpenConnection(Abortable, Protocol):
    """A WebSocket connection, as the sweeper and the service see it.

    Attributes: See `Connection`.
    """

    client: Client | None
    is_secure: bool
    local_address: str
    handle: Callable[[Received, bool], None] | None
    outbox: Outbox
    last_heard_s: float
    last_ping_s: float
    login_seen_s: float
    ping_sent_s: float

    @property
    def is_open(self) -> bool:
        """Whether messages can pass."""

    def close(self, code: CloseCode, reason: str = "") -> None:
        """Start the closing handshake."""

    def handle_now(self, received: Received, is_text: bool) -> None:
        """Handle a message at once, as without faults."""

    def hold_reading(self, *, is_held: bool) -> None:
        """Read nothing more, or go on reading."""

    def ping(self, now_s: float) -> None:
        """Send the keep-alive ping."""

    def measure(self, now_s: float) -> None:
        """Send a ping that measures the round trip; its answer is not required."""

    def is_closing_overdue(self, now_s: float) -> bool:
        """Tell whether the client took too long to answer the close."""

    def apply_limits(self) -> None:
        """Take over changed limits."""


class Endpoint:
    """The state that all connections share. Used on the loop only.

    Attributes:
        hub: Who is connected.
        accounts: Users, passwords and tokens.
        admission: Says who may come in.
        writing: Says who may write what.
        connections: Every WebSocket connection whose transport is open.
        heads: Connections that have not sent their first request head yet.
        places: How many connections there may be.
        sending: What waits for slow clients, all together.
        receiving: What has come of unfinished messages, all together.
        server_name: `server` of the `connection` frame.
        read_buffer: All connections read into it in turn; what was read is used up before the next.
        tls: In force; `None` while it is off.
        probes: The network check's one-time addresses.
        growth: Wakes those who wait for rows of the traffic.
        admin_token: Lets programs act as a host; `None` where none was asked for.
        is_cut_off: Tells whether this is one of several servers, and drains or reaches no other.
        faults: Breaks connections where the host wants that; `None` where nobody can.
        loop_delay_s: By how much the loop was late the last time it was measured, seconds.
    """

    def __init__(
        self, hub: Hub, accounts: Accounts, bans: BanList, current: CurrentSettings, server_name: str
    ) -> None:
        self.hub = hub
        self.accounts = accounts
        self._current = current
        self.is_cut_off: Callable[[], bool] = lambda: False
        self.admission = Admission(current, bans, accounts)
        self.writing = Writing(current, accounts, hub)
        self.server_name = server_name
        self.connections: set[OpenConnection] = set()
        self.heads: set[Abortable] = set()
        self.places = Places(current.values)
        self.sending = Budget(current.values.max_buffers_bytes)
        self.receiving = Budget(current.values.max_buffers_bytes)
        self.probes = Probes()
        self.tls: Tls | None = None
        self.growth = Growth(hub.recorder.ring)
        self.admin_token: AdminToken | None = None
        self.faults: FaultRegistry | None = None
        self.loop_delay_s = 0.0
        self.read_buffer = memoryview(bytearray(READ_BUFFER_BYTES))
        self._on_empty: Callable[[], None] | None = None
        self._count = 0
        self._gathering: list[Gathering] = []
        self._is_fullness_logged = False

    @property
    def settings(self) -> Settings:
        """The settings in force now."""
        return self._current.values

    @property
    def features(self) -> list[str]:
        """Parts of the contract that are offered now, on request."""
        return [*FEATURES, *KEPT_FEATURES] if self.hub.talk.keeper is not None else [*FEATURES]

    @property
    def is_full(self) -> bool:
        """Whether no further WebSocket connection is accepted."""
        # Not `>=`: the connection that asks is among them already.
        return len(self.connections) > self.places.clients

    def note_refusal(self, identity: Identity, status: int, detail: str) -> None:
        """Count and record a connection or request that is refused before it reaches either side."""
        self.hub.counters.refuse(str(status))
        self.hub.recorder.add(Direction.EVENT, Kind.REFUSED, identity, outcome=str(status), detail=detail)

    def log_fullness(self, sentence: str) -> None:
        """Log that a connection got no place; once, until there is plenty of room again."""
        if not self._is_fullness_logged:
            log.warning("Connections are turned away. %s", sentence)
        self._is_fullness_logged = True

    def leave_place(self, address: str) -> None:
        """Give back the place of a connection that is gone."""
        self.places.leave(address)
        # Not at the first free place: at the brink every second connection would write a line.
        if self.places.taken < self.places.connections * 3 // 4:
            self._is_fullness_logged = False

    def next_number(self) -> int:
        """Return the running number of a new connection."""
        self._count += 1
        return self._count

    def new_client_id(self) -> str:
        """Return an id that cannot be guessed from another one."""
        return secrets.token_urlsafe(16)

    def new_rate_limit(self) -> RateLimit:
        """Return a token bucket that is full, by the settings in force."""
        return RateLimit(self.settings.message_rate, self.settings.message_burst, time.monotonic())

    def apply(self) -> None:
        """Let open connections follow the settings, which have changed."""
        settings = self.settings
        self.sending.limit_bytes = self.receiving.limit_bytes = settings.max_buffers_bytes
        for client in self.hub.clients.values():
            client.rate_limit.rate = settings.message_rate
            client.rate_limit.burst = settings.message_burst
        for connection in self.connections:
            connection.apply_limits()

    @contextlib.contextmanager
    def lent_admin_token(self, *, is_anywhere: bool = False) -> Iterator[AdminToken]:
        """Let a child process act as a host, until the context ends.

        Args:
            is_anywhere: Whether the token counts from every address, for a server that is not on loopback.
        """
        before = self.admin_token
        token = self.admin_token = AdminToken(is_anywhere=is_anywhere)
        try:
            yield token
        finally:
            self.admin_token = before

    def send_soon(self, outbox: Gathering) -> None:
        """Have an outbox send what it gathers, at the end of this turn of the loop."""
        if not self._gathering:
            # `call_soon` runs behind all callbacks that are ready now: what all sockets of this turn bring is
            # sent together.
            asyncio.get_running_loop().call_soon(self._send_gathered)
        self._gathering.append(outbox)

    def _send_gathered(self) -> None:
        # Exchanged first: what is gathered while this sends belongs to the next turn.
        gathering, self._gathering = self._gathering, []
        for outbox in gathering:
            outbox.send_gathered()

    def forget(self, connection: OpenConnection) -> None:
        """Drop a connection whose transport is gone."""
        self.connections.discard(connection)
        if not self.connections and self._on_empty is not None:
            self._on_empty()

    async def wait_until_empty(self, timeout_s: float) -> None:
        """Wait until the last connection is gone, or the time is over."""
        gone = asyncio.Event()
        self._on_empty = gone.set
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                if self.connections:
                    await gone.wait()
        self._on_empty = None

    def insecure(self) -> list[OpenConnection]:
        """Return the connections without TLS."""
        return [each for each in self.connections if not each.is_secure]

    def ended_by(self, new: Settings) -> set[OpenConnection]:
        """Return the connections that a change of settings ends."""
        return {*self.unreachable_at(new.host), *(self.insecure() if new.tls != "off" else ())}

    def unreachable_at(self, host: str) -> list[OpenConnection]:
        """Return the connections that came in where the server would not listen with another `host`."""
        if host in EVERY_ADDRESS:
            return []
        stays = is_loopback if host == "localhost" else host.__eq__
        return [each for each in self.connections if not stays(each.local_address)]
