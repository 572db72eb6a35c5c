"""One connection, as the hub and the window know it."""

from __future__ import annotations

from typing import Protocol

from authws_desktop.protocol.codes import CloseCode
from authws_desktop.protocol.wire_types import PresenceWish
from authws_desktop.traffic.record import HeldFrame, Identity


class Peer(Protocol):
    """The sending side of a connection."""

    def write(self, frame: bytes) -> bool:
        """Send a frame; `False` if it waits because the client reads slowly. Never raises."""

    def watch(self, held: HeldFrame) -> None:
        """Have the fate of the frame noted for which `write` has just returned `False`."""

    def write_latest(self, frame: bytes) -> bool:
        """Send a frame of which only the newest matters; one that still waits is replaced."""

    def close(self, code: CloseCode, reason: str = "") -> None:
        """Start the closing handshake; may be called again."""


class RateLimit:
    """A token bucket, with a second, slower one for what was refused.

    Attributes:
        rate: Messages a second; 0 means no limit.
        burst: Messages at once.
    """

    __slots__ = ("_level", "_refusals", "_time_s", "burst", "rate")

    def __init__(self, rate: int, burst: int, now_s: float) -> None:
        self.rate = rate
        self.burst = burst
        self._level = float(burst)
        self._refusals = 0.0
        self._time_s = now_s

    def admit(self, now_s: float) -> bool:
        """Take one message's allowance; `False` if there is none left."""
        if not self.rate:
            return True
        # Refilled when asked, by the time that has passed: ten thousand buckets need no timer.
        passed = (now_s - self._time_s) * self.rate
        self._time_s = now_s
        self._level = min(self.burst, self._level + passed)
        # Also where a message is admitted: whoever waits as long as told, each time, does not flood.
        self._refusals = max(0.0, self._refusals - passed)
        if self._level >= 1:
            self._level -= 1
            return True
        self._refusals += 1
        return False

    @property
    def retry_after_ms(self) -> int:
        """Milliseconds until the next message will be admitted; 0 without a limit."""
        return max(1, round((1 - self._level) / self.rate * 1000)) if self.rate else 0

    @property
    def is_flooding(self) -> bool:
        """Whether the client kept sending: two bursts refused, less the rate's worth for the time since."""
        return self._refusals > 2 * self.burst


class Client:
    """One connection.

    Attributes:
        client_id: As on the wire: opaque, unguessable.
        identity: Who it is now; replaced when it authenticates.
        peer: Its sending side.
        is_loopback: Whether it comes from this computer.
        user_agent: From the handshake.
        connected_at, last_active_at: Seconds since the epoch.
        expires_at: When its token ends; 0 before authentication.
        rtt_s: Last ping's round trip; `None` before the first.
        rate_limit: Its message allowance.
        presence: How it asked to be told who is here; `None` if it asked for nothing.
        wants_ack: Whether directs to it are repeated until it acknowledges them.
        wants_echo: Whether it gets the directs that its user sends on other connections.
        told_round: Number of the last round in which it was told; 0 if a whole list must come first.
        wants_pins: Whether it asked to be told when an announcement is taken down.
        last_frame_bytes: Size of the last frame that was written for it, user lists included.
        messages_in, messages_out, bytes_in, bytes_out: Frames and payload bytes so far.
    """

    __slots__ = (
        "bytes_in",
        "bytes_out",
        "client_id",
        "connected_at",
        "expires_at",
        "identity",
        "is_loopback",
        "last_active_at",
        "last_frame_bytes",
        "messages_in",
        "messages_out",
        "peer",
        "presence",
        "rate_limit",
        "rtt_s",
        "told_round",
        "user_agent",
        "wants_ack",
        "wants_echo",
        "wants_pins",
    )

    def __init__(
        self,
        identity: Identity,
        peer: Peer,
        rate_limit: RateLimit,
        *,
        now_s: float,
        is_loopback: bool = False,
        user_agent: str = "",
    ) -> None:
        self.client_id = identity.client_id
        self.identity = identity
        self.peer = peer
        self.rate_limit = rate_limit
        self.is_loopback = is_loopback
        self.user_agent = user_agent
        self.connected_at = now_s
        self.last_active_at = now_s
        self.expires_at = 0.0
        self.rtt_s: float | None = None
        self.presence: PresenceWish | None = None
        self.wants_ack = False
        self.wants_echo = False
        self.told_round = 0
        self.wants_pins = False
        self.last_frame_bytes = 0
        self.messages_in = 0
        self.messages_out = 0
        self.bytes_in = 0
        self.bytes_out = 0

    @property
    def is_authenticated(self) -> bool:
        """Whether a token was accepted on this connection."""
        return bool(self.identity.user_id)

    @property
    def number(self) -> int:
        """Running number of the connection, from 1."""
        return self.identity.number

    @property
    def username(self) -> str:
        """Empty before authentication."""
        return self.identity.username

    def explain_close(self, code: int, reason: str) -> str:
        """Return why it closed; of one whose library takes no large frames, how large its last was.

        Args:
            code: Of its close frame.
            reason: Likewise.
        """
        text = reason or "closed by the client"
        if code != CloseCode.MESSAGE_TOO_BIG:
            return text
        size = self.last_frame_bytes
        return f"{text}. The frame before it had {size:,} bytes; its library may take no frame so large."
