"""The client's side of the wire, as bytes: handshake, masked frames, and reading frame headers."""

from __future__ import annotations

import json
import struct
from typing import Any

_MASK = b"\x37\xfa\x21\x3d"

DELIVERED = b'"message_delivered"'
USER_LIST = b'{"type":"user_list"'
CONNECTED = b'{"type":"connection"'
DIRECT = b'{"type":"direct"'
AUTHENTICATED = b'{"type":"authentication"'
START_OF_TEXT = 0x81
"""First byte of an unfragmented text frame; never part of ASCII JSON."""
CLOSE, PING, PONG = 0x88, 0x89, 0x8A
"""First bytes of control frames, which are never fragmented."""


def upgrade_request(port: int) -> bytes:
    """Return the request that opens a WebSocket."""
    return (
        f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()


def client_frame(message: dict[str, Any]) -> bytes:
    """Return a message as one masked text frame."""
    return masked_frame(START_OF_TEXT, json.dumps(message, separators=(",", ":")).encode())


def masked_frame(first_byte: int, payload: bytes) -> bytes:
    """Return a frame as a client sends it (RFC 6455 section 5.2).

    Args:
        first_byte: `START_OF_TEXT`, `CLOSE`, `PING` or `PONG`.
        payload: Up to 65,535 bytes.
    """
    size = len(payload)
    if size < 126:
        header = struct.pack("!BB", first_byte, 0x80 | size)
    else:
        header = struct.pack("!BBH", first_byte, 0x80 | 126, size)
    mask = (_MASK * (size // 4 + 1))[:size]
    masked = int.from_bytes(payload, "big") ^ int.from_bytes(mask, "big")
    return header + _MASK + masked.to_bytes(size, "big")


def read_header(data: bytes | bytearray, position: int, end: int) -> tuple[int, int]:
    """Read the header of a server's frame.

    Args:
        data: What was received.
        position: Where the frame begins.
        end: Where what was received ends.

    Returns:
        The size of the header and that of the payload; zeros if the header is not whole yet.
    """
    if end - position < 2:
        return 0, 0
    size = data[position + 1]
    if size < 126:
        return 2, size
    length_bytes = 2 if size == 126 else 8
    if end - position < 2 + length_bytes:
        return 0, 0
    return 2 + length_bytes, int.from_bytes(data[position + 2 : position + 2 + length_bytes], "big")
