"""The library's parser is there for as long as a frame needs it."""

from __future__ import annotations

import pytest
from websockets.frames import Frame, Opcode
from websockets.protocol import State

from authws_desktop.protocol import frame_reader
from authws_desktop.protocol.frame_reader import FrameReader


@pytest.fixture
def reader() -> FrameReader:
    """A reader of an open connection."""
    made = FrameReader(max_size=1000)
    made.state = State.OPEN
    return made


def is_at_rest(reader: FrameReader) -> bool:
    """Tell whether it has no parser."""
    return reader.parser is frame_reader._NO_PARSER


def masked(opcode: Opcode, payload: bytes = b"", *, fin: bool = True) -> bytes:
    """Return a client's frame."""
    return Frame(opcode, payload, fin).serialize(mask=True)


def test_whole_frames_leave_none_behind(reader: FrameReader) -> None:
    """Before the first frame, and between two, there is none; what comes behind a frame is given back."""
    assert is_at_rest(reader)
    ping, text = masked(Opcode.PING, b"1"), masked(Opcode.TEXT, b"hello")
    assert reader.receive_one(ping + text) == text
    assert is_at_rest(reader)
    assert reader.receive_one(text) == b""
    assert is_at_rest(reader)
    assert [frame.opcode for frame in reader.events_received()] == [Opcode.PING, Opcode.TEXT]  # type: ignore[union-attr]


def test_a_frame_in_parts_is_read_to_its_end(reader: FrameReader) -> None:
    """Byte by byte, and over fragments with a ping between them."""
    sent = masked(Opcode.TEXT, b"he", fin=False) + masked(Opcode.PING) + masked(Opcode.CONT, b"llo")
    for place in range(len(sent)):
        reader.receive_one(sent[place : place + 1])
        assert is_at_rest(reader) is (place == len(sent) - 1)
    opcodes = [frame.opcode for frame in reader.events_received()]  # type: ignore[union-attr]
    assert opcodes == [Opcode.TEXT, Opcode.PING, Opcode.CONT]


def test_what_ends_a_connection_keeps_the_librarys_end(reader: FrameReader) -> None:
    """A frame that breaks the rules is answered and what follows is thrown away."""
    reader.receive_one(b"\xff\xff")
    assert reader.state is State.CLOSING
    assert not is_at_rest(reader)
    reader.receive_one(masked(Opcode.TEXT, b"too late"))
    assert reader.events_received() == []


def test_a_close_keeps_the_librarys_end(reader: FrameReader) -> None:
    """Behind the client's close nothing is read any more."""
    reader.receive_one(masked(Opcode.CLOSE, b"\x03\xe8"))
    assert not is_at_rest(reader)
