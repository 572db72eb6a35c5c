"""One message that is kept, as a value, and its id on the wire."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import IntEnum
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from authws_desktop.hub.client import Client
from authws_desktop.protocol.codes import RecoveryReason
from authws_desktop.protocol.server_messages import Broadcast, DirectMessage
from authws_desktop.protocol.timestamps import format_timestamp
from authws_desktop.traffic.record import SERVER_IDENTITY

STORE_NAME_PREFIX = "s"
"""Ids of messages that nobody keeps begin with a digit: none of them is taken for a kept one's."""
_WIRE_ID = re.compile(r"(s[0-9a-f]{8})-([0-9a-f]{1,15})")


Mark = Literal[True] | UnsetType


class DeliveryState(IntEnum):
    """How far a direct message has come; one to everyone is `DONE` at once."""

    DONE = 0
    SENT = 1
    """Written, not acknowledged yet, and to somebody who acknowledges."""
    QUEUED = 2
    """Nobody has got it yet."""


def state_for(receivers: Sequence[Client], elsewhere: str = "") -> DeliveryState:
    """Return how far a direct is once it was written.

    Args:
        receivers: The connections here.
        elsewhere: The user, if it is connected to another node; that node notes what its clients acknowledge.
    """
    for each in receivers:  # asked twice of every direct, and `any` would make a generator each time
        if each.wants_ack:
            return DeliveryState.SENT
    return DeliveryState.DONE if receivers or elsewhere else DeliveryState.QUEUED


class Kept(msgspec.Struct, array_like=True, gc=False):
    """A message as it is stored.

    Attributes:
        number: Its place in the order of all messages; 0 before it is stored.
        time_s: When it was said, seconds since the epoch.
        sender: The user's id; empty for the host.
        sender_client: `from` on the wire.
        sender_name: `username` on the wire.
        recipient: The user's id; empty for a message to everyone.
        to: The recipient as the sender wrote it.
        content: JSON, as written.
        is_pinned: Whether it was to stay on top when it was said; another one may have taken its place.
        state: How far it has come.
        expires_at: Of a direct: until when it waits for its recipient, seconds since the epoch.
        wants_receipt: Whether the sender is told of its acknowledgement.
        message_id: JSON by which the sender calls it; may be empty.
    """

    number: int
    time_s: float
    sender: str
    sender_client: str
    sender_name: str
    recipient: str
    to: str
    content: bytes
    is_pinned: bool = False
    state: int = DeliveryState.DONE
    expires_at: float | None = None
    wants_receipt: bool = False
    message_id: bytes = b""

    @property
    def is_from_host(self) -> bool:
        """Whether the host said it, who is no user."""
        return self.sender_client == SERVER_IDENTITY.client_id

    def frame(
        self, store: str, reader: str, *, is_replayed: bool = True, pinned_id: str = ""
    ) -> Broadcast | DirectMessage:
        """Return what a client is sent of it.

        Args:
            store: The store's name.
            reader: The client's user.
            is_replayed: Whether it comes from the past.
            pinned_id: Id of the announcement that stays on top now.
        """
        replayed: Mark = True if is_replayed else UNSET
        content, timestamp = msgspec.Raw(self.content), format_timestamp(self.time_s)
        wire_id = wire_id_of(store, self.number)
        if not self.recipient:
            pinned: Mark = True if wire_id == pinned_id else UNSET
            return Broadcast(
                self.sender_client, self.sender_name, content, timestamp, wire_id, replayed, pinned
            )
        echo: Mark = True if self.sender == reader and self.recipient != reader else UNSET
        return DirectMessage(
            self.sender_client,
            self.to,
            self.sender_name,
            content,
            timestamp,
            wire_id,
            replayed,
            echo,
        )


def wire_id_of(store: str, number: int) -> str:
    """Return a message's id on the wire: opaque there, it tells the store apart from others."""
    return f"{store}-{number:x}"


def number_of(store: str, wire_id: str) -> int | RecoveryReason:
    """Return a message's number, or why this store has none of that id."""
    found = _WIRE_ID.fullmatch(wire_id)
    if found is None:
        return RecoveryReason.UNKNOWN_ID
    if found[1] != store:
        return RecoveryReason.OTHER_SERVER
    return int(found[2], 16)
