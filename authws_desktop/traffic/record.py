"""One row of the traffic: what passed, whose it was, and what became of it.

Tokens and passwords are taken out before a record exists (`redaction`).
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

OVERHEAD_BYTES = 400
"""Memory counted for each record besides its payload, bytes: the objects around it."""
SAME_LOGIN = "Logged in with this token already."
"""Detail of an accepted `authenticate` that changes nothing: so a page asks whether its connection lives."""


class Direction(StrEnum):
    """Which way a record went; `EVENT` is something that happened on the server itself."""

    IN = "in"
    OUT = "out"
    EVENT = "event"


class Kind(StrEnum):
    """What a record is. Frames carry their wire type's name."""

    CONNECT = "connect"
    DISCONNECT = "disconnect"
    REFUSED = "refused"
    HTTP = "http"
    SERVER = "server"
    AUTHENTICATE = "authenticate"
    MESSAGE = "message"
    DIRECT = "direct"
    CONNECTION = "connection"
    AUTHENTICATION = "authentication"
    DELIVERED = "message_delivered"
    UNPINNED = "message_unpinned"
    USER_LIST = "user_list"
    PRESENCE = "presence"
    HISTORY = "history"
    ACK = "ack"
    ACCEPTED = "message_accepted"
    ACKNOWLEDGED = "message_acknowledged"
    ERROR = "error"
    INVALID = "invalid"


# `gc=False` here and below: these hold no reference to themselves, and a full ring has some 100,000 of each,
# through which every collection would walk while the window waits.
class Identity(msgspec.Struct, frozen=True, gc=False):
    """Who a connection was at the time of a record.

    Attributes:
        number: The connection's running number, from 1; 0 is the server itself.
        client_id: As on the wire; empty for an HTTP request.
        address: The peer's IP address.
        user_id, username, token_id: Empty before authentication.
        app: The client program's own name, where it gave one.
        faults: What was broken on purpose for it then, in words; empty if nothing was.
        node: The other node of the cluster that it is connected to; empty if it is this one.
    """

    number: int = 0
    client_id: str = ""
    address: str = ""
    user_id: str = ""
    username: str = ""
    token_id: str = ""
    app: str = ""
    faults: str = ""
    node: str = ""


SERVER_IDENTITY = Identity(client_id="server", username="server")


class Fate(StrEnum):
    """What became of a frame that could not be written at once, or waits for a user who is away."""

    WAITING = "waiting"
    SENT = "sent"
    LOST = "lost"
    QUEUED = "queued"
    UNACKNOWLEDGED = "unacknowledged"
    REPLAYED = "replayed"
    ACKNOWLEDGED = "acknowledged"
    EXPIRED = "expired"


class HeldFrame(msgspec.Struct, gc=False):
    """A frame that waits, or waited, in one connection's send buffer.

    Attributes:
        identity: The connection.
        held_at_s: Since when, monotonic seconds.
        fate: What became of it.
        after_s: How long it waited until then; 0 while it waits.
    """

    identity: Identity
    held_at_s: float
    fate: Fate = Fate.WAITING
    after_s: float = 0.0

    def settle(self, fate: Fate, now_s: float) -> None:
        """Note what became of it.

        Args:
            fate: The outcome.
            now_s: Monotonic seconds.
        """
        self.fate = fate
        self.after_s = now_s - self.held_at_s


class Delivery(msgspec.Struct, frozen=True, gc=False):
    """The outcome of a message at each of its recipients.

    Attributes:
        recipients: Connections it was for; the tuple is shared between records.
        held: Those of them whose send buffer was full, or who were closing; each tells what became of it.
        took_s: Time from the frame's arrival until the last write.
        stored: Follows a direct that waits for its recipient, or for the recipient's acknowledgement.
        queued_until: Where it waits for a user who is away: until when, as on the wire; else empty.
    """

    recipients: tuple[Identity, ...]
    held: tuple[HeldFrame, ...]
    took_s: float
    queued_until: str = ""
    stored: HeldFrame | None = None


class HttpExchange(msgspec.Struct, frozen=True, gc=False):
    """A request and its answer as text, head and body, without tokens and passwords.

    Attributes:
        request: Request line, headers, an empty line, and the body where it is text.
        response: Status line, headers, an empty line, and the body where it is text.
    """

    request: str
    response: str


class Record(msgspec.Struct, frozen=True, gc=False):
    """One row of the traffic.

    Attributes:
        number: Running number from 1, without gaps.
        time_s: Seconds since the epoch.
        direction: Which way it went.
        kind: What it is.
        identity: The connection (or HTTP peer) it belongs to.
        payload: Its JSON or bytes, redacted; may be empty.
        size_bytes: Size of the original payload.
        to: The recipient as written, or `all`.
        recipients: How many connections it was written to.
        outcome: Empty if well; else an error code, close code or HTTP status.
        detail: A sentence: reason of a refusal or close, method and path of a request.
        is_binary: Whether it came as a binary frame.
        is_from_host: Whether the person at the desk sent it.
        delivery: What became of it at each recipient, for messages.
        claims: The token's claims and the verdict on each, for authentications; JSON.
        http: What a row about an HTTP request is about; `None` for other rows.
    """

    number: int
    time_s: float
    direction: Direction
    kind: Kind
    identity: Identity
    payload: bytes = b""
    size_bytes: int = 0
    to: str = ""
    recipients: int = 0
    outcome: str = ""
    detail: str = ""
    is_binary: bool = False
    is_from_host: bool = False
    delivery: Delivery | None = None
    claims: bytes = b""
    http: HttpExchange | None = None


def is_login(record: Record) -> bool:
    """Tell whether a row is a connection that logs in, or renews its login."""
    return record.kind is Kind.AUTHENTICATE and not record.outcome and record.detail != SAME_LOGIN


def cost_bytes(record: Record) -> int:
    """Return the memory counted for a record."""
    http = record.http
    text = 0 if http is None else len(http.request) + len(http.response)
    return OVERHEAD_BYTES + len(record.payload) + len(record.claims) + text
