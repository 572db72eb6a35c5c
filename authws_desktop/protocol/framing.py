"""Server-side WebSocket framing: one call, one frame, the same bytes for every receiver."""

from __future__ import annotations

from websockets.frames import Frame, Opcode


def text_frame(payload: bytes) -> bytes:
    """Return one unmasked text frame (RFC 6455 section 5.2).

    Args:
        payload: UTF-8 text.
    """
    return Frame(Opcode.TEXT, payload).serialize(mask=False)
