"""The type and messageId of a message that was refused, read from whatever of it can be read."""

from __future__ import annotations

import re

import msgspec

from authws_desktop.protocol.json_text import Readable, make_readable

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What the decoder raises for a text that is not what it should be."""

_NO_RAW = msgspec.Raw()


class _Outline(msgspec.Struct, rename="camel"):
    """The little that is looked at once a message was refused."""

    type: msgspec.Raw = _NO_RAW
    message_id: msgspec.Raw = _NO_RAW


_outline_decoder = msgspec.json.Decoder(_Outline)
_KIND = re.compile(r"^Expected `object`, got `(\w+)`")
_KINDS = {"array": "an array", "str": "a string", "null": "null", "bool": "a boolean"}
_MESSAGE_ID = re.compile(
    rb'"messageId"\s*:\s*("(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*"|true|false|null'
    rb"|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)\s*[,}]"
)


class Envelope(msgspec.Struct, frozen=True):
    """What is known of a message that is not what it should be.

    Attributes:
        type: Its `type`, known or not; `None` if it is not an object with a text there.
        message_id: Its `messageId` as given; `None` if it has none that can be echoed.
        trouble: Why it is no JSON object, as a sentence; empty if it is one.
    """

    type: str | None = None
    message_id: msgspec.Raw | None = None
    trouble: str = ""


def open_envelope(data: bytes) -> Envelope:
    """Return what a message says of itself, in one reading of it."""
    try:
        return _seal(_outline_decoder.decode(data), None)
    except UNREADABLE as error:
        trouble = explain_syntax(error)
        readable = make_readable(data, error)
    if readable is not None:
        try:
            return _seal(_outline_decoder.decode(readable.text), readable)
        except UNREADABLE as error:
            trouble = explain_syntax(error)
    # By pattern, for what is no JSON: a client that numbers its messages learns which of them was broken.
    found = _MESSAGE_ID.search(data)
    return Envelope(None, msgspec.Raw(found[1]) if found else None, trouble)


def _seal(outline: _Outline, readable: Readable | None) -> Envelope:
    message_id: msgspec.Raw | None = outline.message_id
    if bytes(outline.message_id)[:1] in (b"", b"{", b"["):
        message_id = None
    elif readable is not None:
        message_id = msgspec.Raw(readable.as_written(bytes(outline.message_id)))
    return Envelope(_text_of(outline.type), message_id)


def _text_of(raw: msgspec.Raw) -> str | None:
    text = bytes(raw)
    if not text.startswith(b'"'):
        return None
    # Escapes are rare in a `type`, and a flood of refused frames passes here.
    return msgspec.json.decode(text, type=str) if b"\\" in text else text[1:-1].decode()


def type_of(data: bytes) -> str | None:
    """Return a payload's `type`, known or not; `None` if it is not an object with a text there."""
    return open_envelope(data).type


def explain_syntax(error: Exception) -> str:
    """Return why the decoder found no JSON object, as a sentence."""
    if isinstance(error, RecursionError):
        return "The message is nested too deeply."
    if isinstance(error, UnicodeDecodeError):
        return "The message is not valid UTF-8."
    if found := _KIND.search(str(error)):
        return f"The message must be a JSON object, not {_KINDS.get(found[1], 'a number')}."
    detail = str(error).removeprefix("JSON is malformed: ")
    return f"The message is not valid JSON: {detail}."
