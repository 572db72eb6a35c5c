"""What the hub asks of a cluster (`cluster.node` answers): tell the other nodes, and say who is there.

A server that is alone has none, and pays nothing for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec

from authws_desktop.hub.client import Client
from authws_desktop.hub.keeper import Stamp
from authws_desktop.hub.received import Received
from authws_desktop.protocol.client_messages import Direct
from authws_desktop.protocol.codes import CloseCode
from authws_desktop.traffic.record import Identity


class Elsewhere(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Somebody who is connected to another node.

    Attributes:
        client_id, user_id, username: As on the wire.
        app: The client program's own name, where it gave one.
        since: When the connection was made, seconds since the epoch.
    """

    client_id: str
    user_id: str
    username: str
    app: str
    since: float


class Relay(Protocol):
    """Tells other nodes. Nothing here waits, and only `direct` raises."""

    def said(self, sender: Identity, payload: bytes) -> None:
        """Tell that a message went to everyone here.

        Args:
            sender: Who said it.
            payload: The server's message, JSON.
        """

    def joined(self, client: Client) -> None:
        """Tell that a connection takes part, or that its user has another name."""

    def left(self, client: Client) -> None:
        """Tell that a connection takes part no more."""

    def people(self) -> Sequence[Elsewhere]:
        """Return who is connected to other nodes, oldest first; the same object until it changes."""

    def node_of(self, client_id: str) -> str:
        """Return the node of one of these; empty if it is none of them."""

    def write(self, client_id: str, payload: bytes) -> None:
        """Have the host's own message, JSON, written to a connection of another node."""

    def close(self, client_ids: Iterable[str], code: CloseCode, reason: str = "") -> int:
        """Have connections of other nodes closed; return how many are known."""

    def direct(self, received: Received, message: Direct, here: Sequence[Client], stamp: Stamp) -> bool:
        """Send a message to connections of other nodes, and of this one; the sender is told later.

        Args:
            received: How the message came.
            message: The message; its `to` is not empty.
            here: The connections of this node that it means.
            stamp: When, and its id.

        Returns:
            `False` if it means nobody elsewhere: then nothing was done.

        Raises:
            FrameError: `RECIPIENT_UNREACHABLE`: it means somebody elsewhere only, and nobody can be told now.
        """
