"""Messages from server to client. Each struct encodes to the JSON that goes on the wire."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from authws_desktop.protocol import PROTOCOL_VERSION
from authws_desktop.protocol.codes import AUTH_REASON_TEXT, ERROR_TEXT, RECOVERY_REASON_TEXT, RecoveryReason
from authws_desktop.protocol.errors import FrameError
from authws_desktop.protocol.wire_types import (
    ClientId,
    Content,
    Count,
    Echo,
    MessageId,
    Recipient,
    Replayed,
    ReplyId,
    Sentence,
    ShownRole,
    Timestamp,
    UserId,
    Username,
)

FEATURES = ("presence", "pinned")
"""What every server of this version offers; each only to who asks."""
KEPT_FEATURES = ("history", "recovery", "inbox", "ack", "echo", "accepted", "replaces")
"""What a server offers besides where it keeps messages."""

_CODES = {"oneOf": [{"const": str(code), "description": text} for code, text in ERROR_TEXT.items()]}
_RECOVERY_REASONS = {
    "oneOf": [{"const": str(reason), "description": text} for reason, text in RECOVERY_REASON_TEXT.items()]
}
_REASONS = {
    "oneOf": [{"const": str(reason), "description": text} for reason, text in AUTH_REASON_TEXT.items()]
}


class _ServerMessage(msgspec.Struct, tag_field="type", rename="camel", omit_defaults=False, gc=False):
    """Base: `type` tag and camelCase names; fields left `UNSET` are absent on the wire."""


class Connected(_ServerMessage, tag="connection"):
    """The first frame of every connection."""

    client_id: ClientId
    timestamp: Timestamp
    server: Annotated[
        str, Meta(description="Name and version of the server.", examples=["authws-desktop/1.0.0"])
    ]
    auth_deadline_ms: Annotated[
        int, Meta(description="Milliseconds left to authenticate.", examples=[30_000])
    ]
    status: Literal["connected"] = "connected"
    authenticated: Annotated[bool, Meta(extra_json_schema={"const": False})] = False
    protocol: Annotated[int, Meta(description="Version of this contract.", examples=[PROTOCOL_VERSION])] = (
        PROTOCOL_VERSION
    )
    features: Annotated[
        list[str],
        Meta(
            description="Parts of the contract that this server offers on request.", examples=[["presence"]]
        ),
    ] = msgspec.field(default_factory=lambda: list(FEATURES))
    faults: Annotated[
        str | UnsetType,
        Meta(
            description="What the host breaks on purpose for this connection, in words; absent if nothing.",
            examples=["200 ± 50 ms late"],
        ),
    ] = UNSET


# `gc=False`, as above: they are made for every message, hold no cycle, and are gone once they are encoded.
class WireUser(msgspec.Struct, gc=False):
    """A user, as clients see one."""

    id: UserId
    username: Username


class Authenticated(_ServerMessage, tag="authentication"):
    """The token was accepted."""

    user: WireUser
    timestamp: Timestamp
    client_id: ClientId
    expires_at: Timestamp
    status: Literal["authenticated"] = "authenticated"
    recovered: Annotated[
        bool | UnsetType,
        Meta(description="Whether all that was missed follows; with `since`.", examples=[True]),
    ] = UNSET
    missed: Annotated[
        int | UnsetType, Meta(description="How many messages follow, each with `replayed`.", examples=[2])
    ] = UNSET
    last: Annotated[
        MessageId | UnsetType,
        Meta(description="The newest message so far: the `since` of who receives nothing from now on."),
    ] = UNSET
    reason: Annotated[
        str | UnsetType,
        Meta(description="Why not all that was missed follows.", extra_json_schema=_RECOVERY_REASONS),
    ] = UNSET


class Recovery(msgspec.Struct, frozen=True):
    """What a client that asked with `since` learns of the messages it missed.

    Attributes:
        last: The newest message's id.
        missed: How many follow.
        reason: Why they do not; `None` if they do.
    """

    last: str
    missed: int = 0
    reason: RecoveryReason | None = None

    def tell(self, answer: Authenticated) -> None:
        """Write it into the answer to the login."""
        answer.last, answer.recovered = self.last, self.reason is None
        if self.reason is None:
            answer.missed = self.missed
        else:
            answer.reason = str(self.reason)


class Broadcast(_ServerMessage, tag="message"):
    """Somebody talks to everyone. From the host: `from` and `username` are `server`."""

    from_: ClientId = msgspec.field(name="from")
    username: Username
    content: Content
    timestamp: Timestamp
    id: MessageId
    replayed: Replayed = UNSET
    pinned: Annotated[
        Literal[True] | UnsetType, Meta(description="An announcement that stays.", examples=[True])
    ] = UNSET


class Unpinned(_ServerMessage, tag="message_unpinned"):
    """An announcement that stayed was taken down; only for who asked with `pinned`."""

    id: MessageId
    timestamp: Timestamp


class DirectMessage(_ServerMessage, tag="direct"):
    """Somebody talks to you; `to` is as the sender wrote it."""

    from_: ClientId = msgspec.field(name="from")
    to: Recipient
    username: Username
    content: Content
    timestamp: Timestamp
    id: MessageId
    replayed: Replayed = UNSET
    echo: Echo = UNSET


class Delivered(_ServerMessage, tag="message_delivered"):
    """A direct message was written to at least one connection of its recipient, or waits for it."""

    to: Recipient
    timestamp: Timestamp
    id: MessageId
    recipients: Annotated[int, Meta(description="Connections it was written to.", examples=[2])]
    message_id: ReplyId = UNSET
    queued: Annotated[
        Literal[True] | UnsetType,
        Meta(description="The recipient is away: it is stored until they log in.", examples=[True]),
    ] = UNSET
    expires_at: Annotated[Timestamp | UnsetType, Meta(description="With `queued`: until when.")] = UNSET


class Accepted(_ServerMessage, tag="message_accepted"):
    """A message to everyone that had a `messageId` is stored, and was written to those who are here."""

    message_id: ReplyId
    id: MessageId
    timestamp: Timestamp
    recipients: Annotated[int, Meta(description="Connections it was written to.", examples=[2])]


class Acknowledged(_ServerMessage, tag="message_acknowledged"):
    """A direct message that asked for a receipt was acknowledged by its recipient."""

    id: MessageId
    by: WireUser


class HistoryPage(_ServerMessage, tag="history"):
    """Messages from before, oldest first, each with `replayed`."""

    messages: list[Broadcast | DirectMessage]
    more: Annotated[bool, Meta(description="Whether there are older ones.", examples=[False])]
    message_id: ReplyId = UNSET


class WirePresence(msgspec.Struct, rename="camel", gc=False):
    """One connection in the user list."""

    id: ClientId
    username: Username
    last_active: Timestamp
    user_id: UserId
    role: ShownRole = UNSET


class UserList(_ServerMessage, tag="user_list"):
    """Everyone who is authenticated, one entry a connection; changes close together are merged."""

    users: list[WirePresence]
    timestamp: Timestamp


class Presence(_ServerMessage, tag="presence"):
    """Who came and who went since the last `user_list` or `presence`; only for who asked for `delta`.

    An entry of `joined` replaces one of the same `id`.
    """

    joined: list[WirePresence]
    left: Annotated[list[ClientId], Meta(description="Client ids.", examples=[["c2"]])]
    count: Annotated[Count, Meta(description="Connections that are here now.")]


class ErrorMessage(_ServerMessage, tag="error"):
    """Something of the client's was refused; the connection goes on."""

    code: Annotated[
        str,
        Meta(
            description="Stable; programs decide by it.",
            examples=["INVALID_MESSAGE"],
            extra_json_schema=_CODES,
        ),
    ]
    message: Sentence
    timestamp: Timestamp
    message_id: ReplyId = UNSET
    reason: Annotated[
        str | UnsetType,
        Meta(
            description="Why a token was refused; with AUTH_ERROR.",
            extra_json_schema=_REASONS,
        ),
    ] = UNSET
    retry_after_ms: Annotated[
        int | UnsetType,
        Meta(
            description="With RATE_LIMIT_EXCEEDED and UNAVAILABLE: milliseconds until another try.",
            examples=[5],
        ),
    ] = UNSET

    @classmethod
    def of(cls, error: FrameError, timestamp: str) -> ErrorMessage:
        """Return the frame that answers an error."""
        message_id = error.envelope.message_id if error.envelope is not None else None
        return cls(
            code=error.code,
            message=error.message,
            timestamp=timestamp,
            message_id=message_id if message_id is not None else UNSET,
            reason=error.reason if error.reason is not None else UNSET,
            retry_after_ms=error.retry_after_ms if error.retry_after_ms is not None else UNSET,
        )


encode = msgspec.json.Encoder().encode
"""Encode a server message to UTF-8 JSON bytes."""
