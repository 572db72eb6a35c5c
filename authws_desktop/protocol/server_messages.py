"""Messages from server to client. Each struct encodes to the JSON that goes on the wire."""

from __future__ import annotations

import msgspec

from authws_desktop.protocol import PROTOCOL_VERSION
from authws_desktop.protocol.errors import FrameError

UNSET = msgspec.UNSET
Unset = msgspec.UnsetType


class _ServerMessage(msgspec.Struct, tag_field="type", rename="camel", omit_defaults=False, gc=False):
    """Base: `type` tag and camelCase names; fields left `UNSET` are absent on the wire."""


class Connected(_ServerMessage, tag="connection"):
    """The first frame of every connection."""

    client_id: str
    timestamp: str
    server: str
    auth_deadline_ms: int
    status: str = "connected"
    authenticated: bool = False
    protocol: int = PROTOCOL_VERSION


class WireUser(msgspec.Struct, gc=False):
    """A user, as clients see one."""

    id: str
    username: str


class Authenticated(_ServerMessage, tag="authentication"):
    """The answer to a good token. `expires_at` is a timestamp."""

    user: WireUser
    timestamp: str
    client_id: str
    expires_at: str
    status: str = "authenticated"


class Broadcast(_ServerMessage, tag="message"):
    """A broadcast, as every authenticated client gets it. `from_` is the sender's client id."""

    from_: str = msgspec.field(name="from")
    username: str
    content: msgspec.Raw
    timestamp: str
    id: str


class DirectMessage(_ServerMessage, tag="direct"):
    """A direct message, as its recipients get it. `to` is as the sender wrote it."""

    from_: str = msgspec.field(name="from")
    to: str
    username: str
    content: msgspec.Raw
    timestamp: str
    id: str


class Delivered(_ServerMessage, tag="message_delivered"):
    """Tells the sender that a direct message was written to `recipients` connections."""

    to: str
    timestamp: str
    id: str
    recipients: int
    message_id: msgspec.Raw | Unset = UNSET


class WirePresence(msgspec.Struct, rename="camel", gc=False):
    """One connection in the user list. `id` is its client id, `last_active` a timestamp."""

    id: str
    username: str
    last_active: str
    user_id: str


class UserList(_ServerMessage, tag="user_list"):
    """Everyone who is authenticated, one entry a connection."""

    users: list[WirePresence]
    timestamp: str


class ErrorMessage(_ServerMessage, tag="error"):
    """Something of the client's was refused; the connection goes on."""

    code: str
    message: str
    timestamp: str
    message_id: msgspec.Raw | Unset = UNSET
    reason: str | Unset = UNSET
    retry_after_ms: int | Unset = UNSET

    @classmethod
    def of(cls, error: FrameError, timestamp: str) -> ErrorMessage:
        """Return the frame that answers an error."""
        return cls(
            code=error.code,
            message=error.message,
            timestamp=timestamp,
            message_id=error.message_id if error.message_id is not None else UNSET,
            reason=error.reason if error.reason is not None else UNSET,
            retry_after_ms=error.retry_after_ms if error.retry_after_ms is not None else UNSET,
        )


encode = msgspec.json.Encoder().encode
"""Encode a server message to UTF-8 JSON bytes."""
