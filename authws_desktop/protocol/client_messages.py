"""Messages from client to server: decoded and checked in one step by msgspec.

`content` and `messageId` stay `msgspec.Raw`: the sender's JSON is passed on byte for byte.
"""

from __future__ import annotations

import re

import msgspec

from authws_desktop.protocol.codes import ErrorCode
from authws_desktop.protocol.errors import FrameError
from authws_desktop.protocol.limits import APP_NAME_MAX_CHARS

_NO_RAW = msgspec.Raw()


class Authenticate(msgspec.Struct, tag="authenticate", tag_field="type"):
    """A token to log this connection in, or to renew its login.

    Attributes:
        token: The JWT.
        app: The client program's name, shown to the host; at most 64 characters are kept.
    """

    token: str
    app: str | None = None


class Message(msgspec.Struct, tag="message", tag_field="type"):
    """A broadcast.

    Attributes:
        content: Any JSON value.
    """

    content: msgspec.Raw


class Direct(msgspec.Struct, tag="direct", tag_field="type", rename="camel"):
    """A message to one connection or to all connections of one user.

    Attributes:
        content: Any JSON value.
        to: A client id, user id or username; checked by `recipient_of`.
        message_id: Any JSON scalar, echoed as given; empty if there was none.
    """

    content: msgspec.Raw
    to: str | None = None
    message_id: msgspec.Raw = _NO_RAW


ClientMessage = Authenticate | Message | Direct

_decoder = msgspec.json.Decoder(ClientMessage)


class _Envelope(msgspec.Struct, rename="camel"):
    """The little that is looked at once a message was refused."""

    type: msgspec.Raw = _NO_RAW
    message_id: msgspec.Raw = _NO_RAW


_envelope_decoder = msgspec.json.Decoder(_Envelope)
_PATH = re.compile(r" - at `\$\.?([^`]*)`$")
_MISSING = re.compile(r"missing required field `([^`]+)`")


def decode(data: bytes) -> ClientMessage:
    """Decode one frame of a client.

    Args:
        data: The frame's payload, UTF-8 JSON.

    Raises:
        FrameError: `INVALID_MESSAGE` or `INVALID_MESSAGE_TYPE`, with a text that names the field.
    """
    try:
        message: ClientMessage = _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _explain(data, error) from None
    if type(message) is Direct and message.message_id and bytes(message.message_id)[:1] in (b"{", b"["):
        raise FrameError(
            ErrorCode.INVALID_MESSAGE, "Field 'messageId' must be a string, number, boolean or null."
        )
    if type(message) is Authenticate and message.app and len(message.app) > APP_NAME_MAX_CHARS:
        message.app = message.app[:APP_NAME_MAX_CHARS]
    return message


def type_of(data: bytes) -> str | None:
    """Return a payload's `type`, known or not; `None` if it is not an object with a text there."""
    envelope = _envelope_of(data)
    if envelope is None or not bytes(envelope.type).startswith(b'"'):
        return None
    return msgspec.json.decode(envelope.type, type=str)


def message_id_of(data: bytes) -> msgspec.Raw | None:
    """Return a payload's `messageId` as it was given; `None` if it has none that can be echoed."""
    envelope = _envelope_of(data)
    if envelope is None or bytes(envelope.message_id)[:1] in (b"", b"{", b"["):
        return None
    return envelope.message_id


def _envelope_of(data: bytes) -> _Envelope | None:
    try:
        return _envelope_decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _explain(data: bytes, error: Exception) -> FrameError:
    """Turn a decoder's error into the contract's."""
    if isinstance(error, RecursionError):
        return FrameError(ErrorCode.INVALID_MESSAGE, "The message is nested too deeply.")
    envelope = _envelope_of(data)
    if envelope is None:
        return FrameError(ErrorCode.INVALID_MESSAGE, _explain_syntax(data))
    message_id = message_id_of(data)
    text = str(error)
    path = _PATH.search(text)
    missing = _MISSING.search(text)
    if text.startswith("Invalid value") and path and path[1] == "type":
        return FrameError(
            ErrorCode.INVALID_MESSAGE_TYPE,
            "Unknown message type. Known types: authenticate, message, direct.",
            message_id=message_id,
        )
    if missing:
        return FrameError(
            ErrorCode.INVALID_MESSAGE, f"Field '{missing[1]}' is missing.", message_id=message_id
        )
    field = path[1] if path and path[1] else "type"
    return FrameError(ErrorCode.INVALID_MESSAGE, f"Field '{field}' must be a string.", message_id=message_id)


def _explain_syntax(data: bytes) -> str:
    try:
        value = msgspec.json.decode(data)
    except RecursionError:
        return "The message is nested too deeply."
    except UnicodeDecodeError:
        return "The message is not valid UTF-8."
    except msgspec.DecodeError as error:
        detail = str(error).removeprefix("JSON is malformed: ")
        return f"The message is not valid JSON: {detail}."
    kind = type(value).__name__
    names = {"list": "an array", "str": "a string", "NoneType": "null", "bool": "a boolean"}
    return f"The message must be a JSON object, not {names.get(kind, 'a number')}."
