"""Messages from client to server: decoded and checked in one step by msgspec.

`content` and `messageId` stay `msgspec.Raw`: the sender's JSON is passed on byte for byte.
"""

from __future__ import annotations

import re
from typing import Annotated

import msgspec
from msgspec import Meta

from authws_desktop.protocol.codes import ErrorCode
from authws_desktop.protocol.envelope import UNREADABLE, Envelope, explain_syntax, open_envelope
from authws_desktop.protocol.errors import FrameError
from authws_desktop.protocol.json_text import Readable, is_too_deep, make_readable
from authws_desktop.protocol.limits import APP_NAME_MAX_CHARS, HISTORY_DEFAULT, HISTORY_MAX
from authws_desktop.protocol.wire_types import (
    AppName,
    Content,
    GivenAckWish,
    GivenEchoWish,
    GivenMessageId,
    GivenOldConnection,
    GivenPinWish,
    GivenPresence,
    GivenReceiptWish,
    GivenReplyId,
    GivenSince,
    Recipient,
    Token,
)

_NO_RAW = msgspec.Raw()


class Authenticate(msgspec.Struct, tag="authenticate", tag_field="type"):
    """Log this connection in, or renew its login: it may be sent again on the same connection."""

    token: Token
    app: AppName = None
    presence: GivenPresence = None
    # Raw: where nothing is kept these fields mean nothing, whatever they hold, as they did before.
    since: GivenSince = _NO_RAW
    ack: GivenAckWish = _NO_RAW
    echo: GivenEchoWish = _NO_RAW
    pinned: GivenPinWish = _NO_RAW
    replaces: GivenOldConnection = _NO_RAW


class Message(msgspec.Struct, tag="message", tag_field="type", rename="camel"):
    """Talk to everyone: it goes to every authenticated client, the sender included.

    With `messageId`, and where messages are kept, `message_accepted` answers it.
    """

    content: Content
    message_id: GivenReplyId = _NO_RAW


class Direct(msgspec.Struct, tag="direct", tag_field="type", rename="camel"):
    """Talk to one connection or to all connections of one user.

    `to` is checked by `recipient_of`; `message_id` is empty if there was none.
    """

    content: Content
    to: Recipient | None = None
    message_id: GivenReplyId = _NO_RAW
    receipt: GivenReceiptWish = _NO_RAW


class HistoryRequest(msgspec.Struct, tag="history", tag_field="type", rename="camel"):
    """Ask for messages from before. Only where `features` has `history`."""

    before: Annotated[GivenMessageId | None, Meta(description="Older than this one; else the newest.")] = None
    limit: Annotated[
        int,
        Meta(
            description=f"At most so many, 1 to {HISTORY_MAX}; {HISTORY_DEFAULT} if left out.",
            examples=[HISTORY_DEFAULT],
            ge=1,
            le=HISTORY_MAX,
        ),
    ] = HISTORY_DEFAULT
    with_: Annotated[
        str | None,
        Meta(description="A user: the directs between you two, not what was said to everyone."),
    ] = msgspec.field(default=None, name="with")
    message_id: GivenReplyId = _NO_RAW


class Ack(msgspec.Struct, tag="ack", tag_field="type"):
    """Acknowledge all directs up to one. Only where `features` has `ack`."""

    id: GivenMessageId


ClientMessage = Authenticate | Message | Direct
KeptMessage = ClientMessage | HistoryRequest | Ack
"""What a client may send where messages are kept."""

_decoder = msgspec.json.Decoder(ClientMessage)
_kept_decoder = msgspec.json.Decoder(KeptMessage)
_PATH = re.compile(r" - at `\$\.?([^`]*)`$")
_MISSING = re.compile(r"missing required field `([^`]+)`")


def decode(data: bytes, *, is_kept: bool = False) -> KeptMessage:
    """Decode one frame of a client.

    Args:
        data: The frame's payload, UTF-8 JSON.
        is_kept: Whether messages are kept: then a client may send what asks for them.

    Raises:
        FrameError: `INVALID_MESSAGE` or `INVALID_MESSAGE_TYPE`, with a text that names the field, and with
            the message's envelope.
    """
    decoder = _kept_decoder if is_kept else _decoder
    try:
        message: KeptMessage = decoder.decode(data)
    except UNREADABLE as error:
        readable = make_readable(data, error)
        if readable is None:
            raise _explain(open_envelope(data), error, is_kept) from None
        message = _decode_as_written(data, readable, is_kept)
    # Only of what the decoder took: it refuses what is no JSON sooner than brackets can be counted.
    if is_too_deep(data):
        raise _explain(open_envelope(data), RecursionError(), is_kept)
    # Where nothing is kept, a message to everyone has no `messageId`: the field means nothing there.
    if type(message) is Direct or is_kept:
        _check_message_id(message)
    if type(message) is Authenticate and message.app and len(message.app) > APP_NAME_MAX_CHARS:
        message.app = message.app[:APP_NAME_MAX_CHARS]
    return message


def _check_message_id(message: KeptMessage) -> None:
    message_id = getattr(message, "message_id", _NO_RAW)
    if message_id and bytes(message_id)[:1] in (b"{", b"["):
        raise FrameError(
            ErrorCode.INVALID_MESSAGE, "Field 'messageId' must be a string, number, boolean or null."
        )


def _decode_as_written(data: bytes, readable: Readable, is_kept: bool) -> KeptMessage:
    """Decode what the decoder did not take as it came, and put back what stands as it was written.

    Nobody has a name with half a character in it.
    """
    decoder = _kept_decoder if is_kept else _decoder
    try:
        message: KeptMessage = decoder.decode(readable.text)
    except UNREADABLE as error:
        raise _explain(open_envelope(data), error, is_kept) from None
    if isinstance(message, Message | Direct):
        message.content = msgspec.Raw(readable.as_written(bytes(message.content)))
        message.message_id = msgspec.Raw(readable.as_written(bytes(message.message_id)))
    return message


def _explain(envelope: Envelope, error: Exception, is_kept: bool) -> FrameError:
    """Turn a decoder's error into the contract's."""
    code, sentence = ErrorCode.INVALID_MESSAGE, envelope.trouble
    if isinstance(error, RecursionError):
        sentence = explain_syntax(error)
    elif not sentence:
        text = str(error)
        path, missing = _PATH.search(text), _MISSING.search(text)
        field = path[1] if path and path[1] else "type"
        if text.startswith("Invalid value") and field == "type":
            code = ErrorCode.INVALID_MESSAGE_TYPE
            more = ", history, ack" if is_kept else ""
            sentence = f"Unknown message type. Known types: authenticate, message, direct{more}."
        elif field == "presence":
            sentence = "Field 'presence' must be 'full', 'delta' or 'none'."
        elif field == "limit":
            sentence = f"Field 'limit' must be a whole number from 1 to {HISTORY_MAX}."
        elif missing:
            sentence = f"Field '{missing[1]}' is missing."
        else:
            sentence = f"Field '{field}' must be a string."
    return FrameError(code, sentence, envelope=envelope)
