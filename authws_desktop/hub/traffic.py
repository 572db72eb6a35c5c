"""The record of everything that passed: a ring of rows, bounded by number and by memory.

The server appends; whoever shows the traffic reads what came after the last number it saw, at its own
pace. Tokens and passwords are taken out before a record exists (`redaction`).
"""

from __future__ import annotations

from enum import StrEnum
from itertools import islice

import msgspec

OVERHEAD_BYTES = 400
"""Counted for each record besides its payload: the objects around it."""


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
    USER_LIST = "user_list"
    ERROR = "error"
    INVALID = "invalid"


class Identity(msgspec.Struct, frozen=True, gc=False):
    """Who a connection was at the time of a record.

    Attributes:
        number: The connection's running number, from 1; 0 is the server itself.
        client_id: As on the wire; empty for an HTTP request.
        address: The peer's IP address.
        user_id, username, token_id: Empty before authentication.
        app: The client program's own name, where it gave one.
    """

    number: int = 0
    client_id: str = ""
    address: str = ""
    user_id: str = ""
    username: str = ""
    token_id: str = ""
    app: str = ""


SERVER_IDENTITY = Identity(client_id="server", username="server")


class Fate(StrEnum):
    """What became of a frame that could not be written at once."""

    WAITING = "waiting"
    SENT = "sent"
    LOST = "lost"


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
        """Note what became of it."""
        self.fate = fate
        self.after_s = now_s - self.held_at_s


class Delivery(msgspec.Struct, frozen=True, gc=False):
    """What became of a message at each recipient.

    Attributes:
        recipients: Connections it was for; the tuple is shared between records.
        held: Those of them whose send buffer was full, or who were closing; each tells what became of it.
        took_s: Time from the frame's arrival until the last write.
    """

    recipients: tuple[Identity, ...]
    held: tuple[HeldFrame, ...]
    took_s: float


class Record(msgspec.Struct, frozen=True, gc=False):
    """One row of the traffic.

    Attributes:
        number: Running number from 1, without gaps.
        time_s: Seconds since the epoch.
        direction, kind: See there.
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


def cost_bytes(record: Record) -> int:
    """Return the memory counted for a record."""
    return OVERHEAD_BYTES + len(record.payload) + len(record.claims)


class TrafficRing:
    """The newest records, by number.

    Attributes:
        last_number: Number of the newest record, 0 if there was none.
        generation: Changes whenever records were cleared or brought back.
    """

    def __init__(self, max_records: int = 100_000, max_bytes: int = 256 * 1024 * 1024) -> None:
        self._max_records = max_records
        self._max_bytes = max_bytes
        self._slots: list[Record | None] = []
        self._first = 1
        self._bytes = 0
        self.last_number = 0
        self.generation = 0

    def __len__(self) -> int:
        return self.last_number - self._first + 1

    @property
    def first_number(self) -> int:
        """Number of the oldest record kept; `last_number + 1` if there is none."""
        return self._first

    @property
    def size_bytes(self) -> int:
        """Memory counted for all records kept."""
        return self._bytes

    @property
    def next_number(self) -> int:
        """The number the next record must carry."""
        return self.last_number + 1

    def append(self, record: Record) -> None:
        """Add a record; the oldest ones make room.

        Args:
            record: Its number must be `next_number`.
        """
        number = self.last_number + 1
        if record.number != number:
            raise ValueError(f"record {record.number} does not follow {self.last_number}")
        slots = self._slots
        slot = (number - 1) % self._max_records
        if slot < len(slots):
            if (oldest := slots[slot]) is not None:
                self._bytes -= cost_bytes(oldest)
                self._first += 1
            slots[slot] = record
        else:
            slots.extend([None] * (slot - len(slots)))
            slots.append(record)
        self.last_number = number
        self._bytes += cost_bytes(record)
        while self._bytes > self._max_bytes and self._first < number:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        slot = (self._first - 1) % self._max_records
        oldest = self._slots[slot]
        if oldest is not None:
            self._bytes -= cost_bytes(oldest)
            self._slots[slot] = None
        self._first += 1

    def get(self, number: int) -> Record | None:
        """Return a record by number, or `None` if it is no longer (or not yet) kept."""
        if not self._first <= number <= self.last_number:
            return None
        return self._slots[(number - 1) % self._max_records]

    def after(self, number: int, limit: int | None = None) -> list[Record]:
        """Return the kept records that follow a number, oldest first.

        Args:
            number: The last number seen; 0 for all.
            limit: At most so many.
        """
        start = max(number + 1, self._first)
        found = (self.get(each) for each in range(start, self.last_number + 1))
        return [record for record in islice(found, limit) if record is not None]

    def clear(self) -> None:
        """Forget every record; numbers go on. A view keeps its own records to undo this."""
        self._slots = []
        self._first = self.last_number + 1
        self._bytes = 0
        self.generation += 1

    def resize(self, max_records: int, max_bytes: int) -> None:
        """Change the bounds; the newest records stay."""
        if (max_records, max_bytes) == (self._max_records, self._max_bytes):
            return
        kept = self.after(max(0, self.last_number - max_records))
        self._max_records, self._max_bytes = max_records, max_bytes
        self._slots = [None] * min(max_records, self.last_number)
        self._first = kept[0].number if kept else self.last_number + 1
        self._bytes = 0
        for record in kept:
            self._slots[(record.number - 1) % max_records] = record
            self._bytes += cost_bytes(record)
        while self._bytes > self._max_bytes and self._first < self.last_number:
            self._drop_oldest()
