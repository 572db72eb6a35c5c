"""What the hub asks of the message store (`messages.keeper` answers): keep what is said, then deliver it."""

from __future__ import annotations

from typing import Protocol

import msgspec

from authws_desktop.hub.received import Received
from authws_desktop.protocol.client_messages import Ack, Authenticate, Direct, HistoryRequest, Message
from authws_desktop.traffic.record import Identity


class Stamp(msgspec.Struct, frozen=True, gc=False):
    """When something was said, and its id on the wire."""

    timestamp: str
    wire_id: str


class Keeper(Protocol):
    """Keeps what is said, and has `Talk` deliver it, in the order of its ids, once it is kept.

    Nothing here raises or waits: what cannot be kept is refused later, to its sender.
    """

    def log_in(
        self, received: Received, message: Authenticate, identity: Identity, expires_at: float
    ) -> bool:
        """Log a connection in, with what waits for it or was missed.

        Args:
            received: How the login came; its client has the identity from before.
            message: What it asks for.
            identity: Who it is from now on.
            expires_at: When its token ends, seconds since the epoch.

        Returns:
            Whether it is done here; `False` if there is nothing to send, and `Hub.authenticated` does it.
        """

    def message(self, received: Received, message: Message) -> None:
        """Keep a client's message to everyone; `Talk.deliver_message` follows."""

    def direct(self, received: Received, message: Direct) -> None:
        """Keep a client's message to one user, whose `to` is not empty; `Talk.deliver_direct` follows.

        Raises:
            FrameError: `INVALID_RECIPIENT` or `INBOX_FULL`; nothing is kept.
        """

    def answer(self, received: Received, message: HistoryRequest | Ack) -> None:
        """Answer what is asked of the messages that are kept.

        Raises:
            FrameError: It cannot be answered; see `ErrorCode`.
        """

    def host_message(self, content: msgspec.Raw, *, is_pinned: bool) -> None:
        """Keep the host's message to everyone; `Talk.deliver_message` follows.

        Args:
            content: What is said.
            is_pinned: Whether it stays for who comes later: `deliver_message` is told so.
        """

    def host_direct(self, user_id: str, to: str, content: msgspec.Raw) -> None:
        """Keep the host's message to a user.

        Args:
            user_id: The user.
            to: What receivers see as `to`; a client id means that connection alone.
            content: What is said.
        """
