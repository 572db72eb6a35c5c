"""WebSocket frames as bytes (RFC 6455 section 5.2), where the library's own way costs too much."""

from __future__ import annotations

from struct import Struct

from websockets.frames import Opcode, apply_mask  # type: ignore[attr-defined]  # C, or Python without it

_MEDIUM = Struct("!BBH").pack
_LONG = Struct("!BBQ").pack
_FINAL_TEXT = 0x80 | Opcode.TEXT
_PLAIN = {_FINAL_TEXT: Opcode.TEXT, 0x80 | Opcode.BINARY: Opcode.BINARY}
_MASKED = 0x80


def text_frame(payload: bytes) -> bytes:
    """Return one unmasked text frame: one call, the same bytes for every receiver.

    Args:
        payload: UTF-8 text.
    """
    size = len(payload)
    # The length is in 7, 16 or 64 bits, the shortest that holds it (RFC 6455, 5.2).
    if size < 126:
        return b"\x81%c%b" % (size, payload)
    if size < 65536:
        return _MEDIUM(_FINAL_TEXT, 126, size) + payload
    return _LONG(_FINAL_TEXT, 127, size) + payload


def payload_of(frame: bytes) -> bytes:
    """Return the payload of a frame that `text_frame` made."""
    # Behind two bytes of head stand 0, 2 or 8 bytes of length (RFC 6455, 5.2); there is no mask.
    return frame[{126: 4, 127: 10}.get(frame[1], 2) :]


def take_plain(data: bytes, start: int, max_bytes: int) -> tuple[Opcode, bytes, int] | None:
    """Read a plain frame: a whole message, masked, with a payload under 64 KiB that is all there.

    Args:
        data: Bytes read from the client.
        start: Index of the frame's first byte.
        max_bytes: Longest payload allowed.

    Returns:
        Opcode, unmasked payload, and where the next frame begins; `None` if there is no plain frame.
    """
    # The shortest masked frame: two bytes of head, four of mask, no payload.
    available = len(data) - start
    if available < 6:
        return None
    opcode = _PLAIN.get(data[start])
    size = data[start + 1] - _MASKED
    # A negative size is a client's frame without a mask, which the library answers with 1002 (RFC 6455, 5.1);
    # 127 announces 64 bits of length. Both are the library's, as is whatever has another first byte:
    # fragments, control frames, reserved bits.
    if opcode is None or not 0 <= size < 127:
        return None
    mask = start + 2
    # The two bytes are there: if the payload is shorter than that, `end` lies beyond the data.
    if size == 126:
        size = data[start + 2] << 8 | data[start + 3]
        mask = start + 4
    payload = mask + 4
    end = payload + size
    # Too large a frame goes to the library, which closes with 1009.
    if end > len(data) or size > max_bytes:
        return None
    return opcode, apply_mask(data[payload:end], data[mask:payload]), end


def is_utf8(payload: bytes) -> bool:
    """Tell whether a payload is text."""
    if payload.isascii():  # nearly always, and quickly told
        return True
    try:
        payload.decode()
    except UnicodeDecodeError:
        return False
    return True
