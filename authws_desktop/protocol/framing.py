"""WebSocket frames as bytes (RFC 6455 section 5.2): those that are most frequent, without a parser's detour."""

from __future__ import annotations

from struct import Struct
from types import GeneratorType
from typing import Any, cast

from websockets.frames import Opcode, apply_mask  # type: ignore[attr-defined]  # C, or Python without it
from websockets.protocol import Protocol
from websockets.streams import StreamReader

_MEDIUM = Struct("!BBH").pack
_LONG = Struct("!BBQ").pack
_FINAL_TEXT = 0x80 | Opcode.TEXT
_PLAIN = {_FINAL_TEXT: Opcode.TEXT, 0x80 | Opcode.BINARY: Opcode.BINARY}
_MASKED = 0x80
_AT_EOF = StreamReader.at_eof.__code__


def text_frame(payload: bytes) -> bytes:
    """Return one unmasked text frame: one call, the same bytes for every receiver.

    Args:
        payload: UTF-8 text.
    """
    size = len(payload)
    if size < 126:
        return b"\x81%c%b" % (size, payload)
    if size < 65536:
        return _MEDIUM(_FINAL_TEXT, 126, size) + payload
    return _LONG(_FINAL_TEXT, 127, size) + payload


def take_plain(data: bytes, start: int, max_bytes: int) -> tuple[Opcode, bytes, int] | None:
    """Read a plain frame: a whole message, masked, with a payload under 64 KiB that is all there.

    Args:
        data: What was read.
        start: Where the frame begins.
        max_bytes: Longest payload allowed.

    Returns:
        Opcode, unmasked payload, and where the next frame begins; `None` if there is no plain frame.
    """
    available = len(data) - start
    if available < 6:
        return None
    opcode = _PLAIN.get(data[start])
    size = data[start + 1] - _MASKED
    if opcode is None or not 0 <= size < 127:
        return None
    mask = start + 2
    if size == 126:
        size = data[start + 2] << 8 | data[start + 3]
        mask = start + 4
    payload = mask + 4
    end = payload + size
    if end > len(data) or size > max_bytes:
        return None
    return opcode, apply_mask(data[payload:end], data[mask:payload]), end


def is_between_frames(protocol: Protocol) -> bool:
    """Tell whether the library's parser has read whole frames only, and expects a new message.

    It looks at where the parser's generators wait, as the library does not say; the tests of this module
    guard it.
    """
    if protocol.reader.buffer or protocol.current_size is not None:
        return False
    waiting = cast("GeneratorType[Any, Any, Any]", protocol.parser)
    while waiting.gi_yieldfrom is not None:
        waiting = waiting.gi_yieldfrom
    return waiting.gi_code is _AT_EOF
