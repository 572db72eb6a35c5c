"""Frames made and read without the library are the frames the library makes and reads."""

from __future__ import annotations

import pytest
from websockets.frames import Frame, Opcode

from authws_desktop.protocol.framing import payload_of, take_plain, text_frame

SIZES = [0, 1, 125, 126, 127, 65535, 65536]
LIMIT = 1 << 20


def masked(opcode: Opcode, payload: bytes, **bits: bool) -> bytes:
    """Return a frame as the library's client sends it."""
    return Frame(opcode, payload, **bits).serialize(mask=True)


@pytest.mark.parametrize("size", SIZES)
def test_text_frame_is_the_librarys(size: int) -> None:
    """Each of the three forms of a length begins and ends where it must."""
    payload = b"x" * size
    assert text_frame(payload) == Frame(Opcode.TEXT, payload).serialize(mask=False)
    assert payload_of(text_frame(payload)) == payload


@pytest.mark.parametrize("opcode", [Opcode.TEXT, Opcode.BINARY])
@pytest.mark.parametrize("size", SIZES[:-1])
def test_plain_frames_are_read(opcode: Opcode, size: int) -> None:
    """The payload is unmasked, and the next frame begins behind it."""
    payload = bytes(number % 251 for number in range(size))
    frame = masked(opcode, payload)
    assert take_plain(b"before" + frame + b"behind", 6, LIMIT) == (opcode, payload, 6 + len(frame))


@pytest.mark.parametrize("size", SIZES[:-1])
def test_an_unfinished_frame_is_left(size: int) -> None:
    """Whatever is missing of it."""
    frame = masked(Opcode.TEXT, b"x" * size)
    ends = {*range(min(20, len(frame))), len(frame) - 1}
    assert all(take_plain(frame[:end], 0, LIMIT) is None for end in ends)


@pytest.mark.parametrize(
    "frame",
    [
        masked(Opcode.TEXT, b"x" * 65536),
        masked(Opcode.TEXT, b"part", fin=False),
        masked(Opcode.CONT, b"part"),
        masked(Opcode.PING, b""),
        masked(Opcode.PONG, b""),
        masked(Opcode.CLOSE, b""),
        bytes([0x81 | 0x40]) + masked(Opcode.TEXT, b"reserved bit")[1:],
        text_frame(b"not masked"),
        text_frame(b"not masked" * 20),
        masked(Opcode.TEXT, b"x" * 101),
    ],
    ids=[
        "large",
        "begun",
        "continued",
        "ping",
        "pong",
        "close",
        "reserved",
        "bare",
        "long and bare",
        "limit",
    ],
)
def test_everything_else_is_left_to_the_library(frame: bytes) -> None:
    """Large and fragmented messages, control frames, and whatever breaks a rule or the limit."""
    limit = 100 if frame[1] & 0x7F == 101 else LIMIT
    assert take_plain(frame, 0, limit) is None
