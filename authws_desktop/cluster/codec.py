"""What nodes tell each other, as MessagePack behind the epoch of the sender, which is read without the rest.

`VERSION` grows when an older node could not understand a newer one's envelopes; nodes one version apart work
together, others refuse to join.
"""

from __future__ import annotations

import msgspec

from authws_desktop.accounts.growing_waits import LockoutKind
from authws_desktop.hub.client import Client
from authws_desktop.hub.relay import Elsewhere
from authws_desktop.messages.others import News
from authws_desktop.traffic.record import Record

VERSION = 1
EPOCH_BYTES = 8


class Said(msgspec.Struct, array_like=True, tag=1, gc=False):
    """Somebody said something to everyone; `payload` is the server's message, ready for the wire."""

    client_id: str
    user_id: str
    username: str
    payload: bytes


class Joined(msgspec.Struct, array_like=True, tag=2):
    """A connection of the sender's takes part, or its user has another name."""

    person: Elsewhere


class Left(msgspec.Struct, array_like=True, tag=3):
    """A connection of the sender's takes part no more."""

    client_id: str


class Reread(msgspec.Struct, array_like=True, tag=4):
    """The sender has written anew who is connected to it."""


class Changed(msgspec.Struct, array_like=True, tag=5):
    """The sender has written to the database."""


class Leaving(msgspec.Struct, array_like=True, tag=6):
    """The sender takes no more part: nobody is connected to it."""


class DirectTo(msgspec.Struct, array_like=True, tag=7, gc=False):
    """A message for connections of the receiver's, which answers with `DirectDone`."""

    number: int
    client_id: str
    user_id: str
    username: str
    to: str
    receivers: list[str]
    payload: bytes


class DirectDone(msgspec.Struct, array_like=True, tag=8):
    """To how many connections a `DirectTo` was written."""

    number: int
    count: int


class Close(msgspec.Struct, array_like=True, tag=9):
    """The host has these connections of the receiver's closed."""

    client_ids: list[str]
    code: int
    reason: str


class Attempted(msgspec.Struct, array_like=True, tag=10):
    """A login failed at the sender's, or failures were forgotten; see `login_throttle.Listener`."""

    kind: LockoutKind
    key: str
    limit: int | None


class Drain(msgspec.Struct, array_like=True, tag=11):
    """The host has the receiver send its clients elsewhere, or take newcomers again."""

    is_on: bool


class AskRows(msgspec.Struct, array_like=True, tag=12):
    """The host at the sender's looks at the rows of all nodes for the next seconds; see `rows`."""


class RowBatch(msgspec.Struct, array_like=True, tag=13):
    """Rows of the sender's traffic, oldest first, and how many it left out."""

    records: list[Record]
    left_out: int


Item = (
    Said
    | Joined
    | Left
    | Reread
    | Changed
    | Leaving
    | DirectTo
    | DirectDone
    | Close
    | Attempted
    | Drain
    | AskRows
    | RowBatch
    | News
)


class NodeEnvelope(msgspec.Struct, array_like=True):
    """One message from a node to all others or to one: what happened there, in order.

    Attributes:
        version: The sender's `VERSION`.
        node: Its id.
        number: Counts its envelopes to all nodes from 1; 0 in those to one node.
        items: In the order in which they happened.
    """

    version: int
    node: str
    number: int
    items: list[Item]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(NodeEnvelope)


def encode_envelope(epoch: bytes, envelope: NodeEnvelope) -> bytes:
    """Return an envelope behind its sender's epoch, which is another one after each start."""
    return epoch + _encoder.encode(envelope)


def decode_envelope(data: bytes) -> tuple[bytes, NodeEnvelope]:
    """Return the sender's epoch and what it tells.

    Raises:
        msgspec.DecodeError: It cannot be understood.
    """
    return data[:EPOCH_BYTES], _decoder.decode(data[EPOCH_BYTES:])


class NodeInfo(msgspec.Struct, rename="camel"):
    """What a node tells of itself, renewed with its lease.

    Attributes:
        epoch: Of its start, in hex.
        version: Its `VERSION`.
        program: The program's version.
        key: A fingerprint of its signing key; see `roll.Fit`.
        url: Where it is reached.
        clients: How many connections take part.
        started_at: Seconds since the epoch.
        database: The mark of its database; empty from an older node.
        in_s, out_s: Messages from and to its clients a second.
        lag_s: From here through the engine back here, seconds.
        gaps: Envelopes of others that never came.
        is_draining: Whether it sends its clients elsewhere.
        is_keeping: Whether it keeps messages.
    """

    epoch: str
    version: int
    program: str
    key: str
    url: str
    clients: int
    started_at: float
    database: str = ""
    in_s: int = 0
    out_s: int = 0
    lag_s: float = 0.0
    gaps: int = 0
    is_draining: bool = False
    is_keeping: bool = False


_person_decoder = msgspec.msgpack.Decoder(Elsewhere)


def person_of(client: Client) -> Elsewhere:
    """Return what other nodes know of a connection."""
    identity = client.identity
    return Elsewhere(client.client_id, identity.user_id, identity.username, identity.app, client.connected_at)


def encode_person(person: Elsewhere) -> bytes:
    """Return a connection as the hash of its node holds it."""
    return _encoder.encode(person)


def decode_person(data: bytes) -> Elsewhere:
    """Decode a connection of another node.

    Raises:
        msgspec.DecodeError: It cannot be understood.
    """
    return _person_decoder.decode(data)
