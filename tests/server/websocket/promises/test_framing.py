"""Frames in, frames out: RFC 6455 as the Autobahn suite tests it, however the network cuts the bytes."""

from __future__ import annotations

import itertools
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from authws_desktop.protocol.frame_reader import FragmentedMessage, FrameReader
from authws_desktop.server.endpoint import Endpoint
from tests.dialogues import (
    BINARY,
    CLOSE,
    CONT,
    FIN,
    HANDSHAKE,
    MAX_MESSAGE_BYTES,
    PING,
    PONG,
    RSV1,
    RSV2,
    RSV3,
    TEXT,
    Heard,
    body,
    close,
    converse,
    frame,
    message,
    new_endpoint,
)

INVALID = ("answer", "INVALID_MESSAGE")
PROTOCOL_ERROR, BAD_TEXT, TOO_BIG = ("close", 1002), ("close", 1007), ("close", 1009)
VALID_CODES = [1000, 1001, 1002, 1003, *range(1007, 1015), 3000, 3999, 4000, 4999]
INVALID_CODES = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535]
WORD = "κόσμε".encode()


def answer(number: int) -> Heard:
    return ("answer", number)


def pong(payload: bytes) -> Heard:
    return ("pong", payload)


def text(payload: bytes, *, is_last: bool = True, is_first: bool = True) -> bytes:
    return frame((FIN if is_last else 0) | (TEXT if is_first else CONT), payload)


def fragments(payload: bytes, size: int, between: bytes = b"", opcode: int = TEXT) -> list[bytes]:
    """Return a message in fragments, with something between all of them."""
    parts = [payload[start : start + size] for start in range(0, len(payload), size)]
    frames = [
        frame((FIN if index == len(parts) - 1 else 0) | (CONT if index else opcode), part)
        for index, part in enumerate(parts)
    ]
    return [each for part in frames for each in (between, part)][1:]


Dialogue = tuple[list[bytes], list[Heard]]

DATA: dict[str, Dialogue] = {
    "text": ([message(1)], [answer(1)]),
    "binary": ([message(1, first=FIN | BINARY)], [answer(1)]),
    "empty text": ([text(b""), message(2)], [INVALID, answer(2)]),
    "empty binary": ([frame(FIN | BINARY), message(2)], [INVALID, answer(2)]),
    "many at once": ([message(each) for each in range(1, 100)], [answer(each) for each in range(1, 100)]),
    "mask of zeros": ([frame(FIN | TEXT, body(1), mask=bytes(4))], [answer(1)]),
    "not masked": (
        [message(1), frame(FIN | TEXT, body(2), mask=None), message(3)],
        [answer(1), PROTOCOL_ERROR],
    ),
    "empty and not masked": ([frame(FIN | TEXT, mask=None)], [PROTOCOL_ERROR]),
    "ping not masked": ([frame(FIN | PING, mask=None)], [PROTOCOL_ERROR]),
    "close not masked": ([frame(FIN | CLOSE, b"\3\xe8", mask=None)], [PROTOCOL_ERROR]),
    **{
        f"{size} bytes": ([message(1, size), message(2)], [answer(1), answer(2)])
        for size in (125, 126, 127, 128, 16_383, 16_384, 65_535, 65_536, MAX_MESSAGE_BYTES)
    },
    # The shortest length must be sent (5.2); what to do with a longer one is left to the receiver.
    "length in two bytes": ([frame(FIN | TEXT, body(1), form=126), message(2)], [answer(1), answer(2)]),
    "length in eight bytes": ([frame(FIN | TEXT, body(1), form=127), message(2)], [answer(1), answer(2)]),
    "ping's length in two bytes": ([frame(FIN | PING, b"x", form=126), message(2)], [pong(b"x"), answer(2)]),
    "over the limit": ([message(1), frame(FIN | TEXT, size=MAX_MESSAGE_BYTES + 1)], [answer(1), TOO_BIG]),
    "length with its top bit": ([message(1), frame(FIN | BINARY, size=2**63 + 1)], [answer(1), TOO_BIG]),
    "largest length": ([frame(FIN | BINARY, size=2**64 - 1), message(1)], [TOO_BIG]),
}

RESERVED: dict[str, Dialogue] = {
    **{
        f"bits {bits:#x} on {kind:#x}": (
            [message(1), frame(FIN | bits | kind, payload), frame(FIN | PING), message(2)],
            [answer(1), PROTOCOL_ERROR],
        )
        for bits in (RSV1, RSV2, RSV3, RSV1 | RSV2 | RSV3)
        for kind, payload in ((TEXT, b"{}"), (BINARY, b""), (PING, b"x"), (PONG, b""), (CLOSE, b"\3\xe8"))
    },
    "bits on a continuation": (
        [text(b"{", is_last=False), frame(FIN | RSV1 | CONT, b"}")],
        [PROTOCOL_ERROR],
    ),
    **{
        f"opcode {opcode:#x} with {len(payload)} bytes": (
            [message(1), frame(FIN | opcode, payload), frame(FIN | PING), message(2)],
            [answer(1), PROTOCOL_ERROR],
        )
        for opcode in (3, 4, 5, 6, 7, 0xB, 0xC, 0xD, 0xE, 0xF)
        for payload in (b"", b"reserved")
    },
}

CONTROL: dict[str, Dialogue] = {
    "ping": ([frame(FIN | PING)], [pong(b"")]),
    "binary ping": ([frame(FIN | PING, b"\0\xff\xfe")], [pong(b"\0\xff\xfe")]),
    "ping of 125 bytes": ([frame(FIN | PING, b"p" * 125)], [pong(b"p" * 125)]),
    "ping of 126 bytes": ([frame(FIN | PING, b"p" * 126), message(1)], [PROTOCOL_ERROR]),
    "pong of 126 bytes": ([frame(FIN | PONG, b"p" * 126), message(1)], [PROTOCOL_ERROR]),
    "ten pings": (
        [frame(FIN | PING, b"%d" % each) for each in range(10)],
        [pong(b"%d" % each) for each in range(10)],
    ),
    "pong unasked": ([frame(FIN | PONG), frame(FIN | PONG, b"x"), frame(FIN | PING, b"y")], [pong(b"y")]),
    "ping behind a message": (
        [message(1), frame(FIN | PING, b"x"), message(2)],
        [answer(1), pong(b"x"), answer(2)],
    ),
    **{
        f"fragmented {kind:#x}": ([frame(kind, payload), frame(FIN | CONT), message(1)], [PROTOCOL_ERROR])
        for kind, payload in ((PING, b"x"), (PONG, b""), (CLOSE, b"\3\xe8"))
    },
}

FRAGMENTS: dict[str, Dialogue] = {
    "two": (fragments(body(1), 30), [answer(1)]),
    "each byte": (fragments(body(1), 1), [answer(1)]),
    "binary": (fragments(body(1), 7, opcode=BINARY), [answer(1)]),
    "empty ones": ([frame(TEXT), frame(CONT), text(body(1), is_first=False)], [answer(1)]),
    "all empty": ([frame(TEXT), frame(CONT), frame(FIN | CONT), message(2)], [INVALID, answer(2)]),
    "ping between": (fragments(body(1), 20, frame(FIN | PING, b"x")), [pong(b"x"), pong(b"x"), answer(1)]),
    "pong between": (fragments(body(1), 10, frame(FIN | PONG, b"x")), [answer(1)]),
    "over the limit together": (fragments(body(1, MAX_MESSAGE_BYTES + 1), 60_000), [TOO_BIG]),
    "at the limit together": (fragments(body(1, MAX_MESSAGE_BYTES), 60_000), [answer(1)]),
    "limit for each message": (
        fragments(body(1, 90_000), 60_000) + fragments(body(2, 90_000), 60_000),
        [answer(1), answer(2)],
    ),
    "nothing to continue": ([message(1), frame(FIN | CONT, b"x"), message(2)], [answer(1), PROTOCOL_ERROR]),
    "nothing to continue yet": ([frame(CONT, b"x"), frame(FIN | CONT), message(2)], [PROTOCOL_ERROR]),
    "nothing more to continue": (
        [*fragments(body(1), 30), frame(CONT), message(2)],
        [answer(1), PROTOCOL_ERROR],
    ),
    "message in a message": ([text(b"{", is_last=False), message(1), frame(FIN | CONT)], [PROTOCOL_ERROR]),
    "message begun in a message": ([frame(BINARY, b"{"), frame(TEXT), frame(FIN | CONT)], [PROTOCOL_ERROR]),
    "close between": ([frame(TEXT, b"{"), close(1000), frame(FIN | CONT, b"}")], [("close", 1000)]),
    "bad close between": ([frame(TEXT, b"{"), close(1005), frame(FIN | CONT, b"}")], [PROTOCOL_ERROR]),
}

UTF8: dict[str, Dialogue] = {
    **{
        f"{bad.hex()} in one frame": (
            [message(1), text(b'"' + bad + b'"'), message(2)],
            [answer(1), BAD_TEXT],
        )
        for bad in (
            b"\x80",  # a continuation byte by itself
            b"\xc0\xaf",  # overlong
            b"\xe0\x80\xaf",
            b"\xc3",  # cut short
            b"\xf0\x90\x80",
            b"\xed\xa0\x80",  # a surrogate
            b"\xed\xa0\x80\xed\xb0\x80",
            b"\xf4\x90\x80\x80",  # beyond U+10FFFF
            b"\xf8\x88\x80\x80\x80",
            b"\xff",
            WORD + b"\xed\xa0\x80edited",
        )
    },
    "cut off by the end": ([text(WORD[:-1]), message(1)], [BAD_TEXT]),
    "cut off by the last fragment": ([text(WORD[:-1], is_last=False), frame(FIN | CONT)], [BAD_TEXT]),
    "characters in pieces": (
        fragments('{"type":"é€😀"}'.encode(), 1, frame(FIN | PING)),
        [pong(b"")] * 19 + [("answer", "UNAUTHORIZED")],
    ),
    "the ends of the ranges": (
        [text("\0\x7f\u0080\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff".encode())],
        [INVALID],
    ),
    # It is known bad before the message ends, and it is said then (8.1; Autobahn 6.4).
    "bad first fragment": ([text(WORD + b"\xff", is_last=False)], [BAD_TEXT]),
    "bad second fragment": (
        [text(WORD, is_last=False), text(b"\xf4\x90", is_last=False, is_first=False)],
        [BAD_TEXT],
    ),
    "bad across fragments": (
        [text(b"\xf4", is_last=False), text(b"\x90", is_last=False, is_first=False)],
        [BAD_TEXT],
    ),
    "good so far": ([text(WORD[:-1], is_last=False), frame(FIN | PING)], [pong(b"")]),
    "nothing after it counts": (
        [text(b"\xff", is_last=False), frame(FIN | CONT), frame(FIN | PING), message(1)],
        [BAD_TEXT],
    ),
    "binary is no text": ([frame(FIN | BINARY, b"\xff"), message(1)], [INVALID, answer(1)]),
    "binary in fragments is no text": (
        [frame(BINARY, b"\xff"), frame(FIN | CONT), message(1)],
        [INVALID, answer(1)],
    ),
}

CLOSES: dict[str, Dialogue] = {
    "without a code": ([frame(FIN | CLOSE)], [("close", None)]),
    "one byte": ([frame(FIN | CLOSE, b"\3")], [PROTOCOL_ERROR]),
    **{f"code {code}": ([close(code)], [("close", code)]) for code in VALID_CODES},
    **{f"code {code}": ([close(code)], [PROTOCOL_ERROR]) for code in INVALID_CODES},
    "reason": ([close(1000, WORD)], [("close", 1000)]),
    "longest reason": ([close(1000, b"r" * 123)], [("close", 1000)]),
    "reason too long": ([close(1000, b"r" * 124)], [PROTOCOL_ERROR]),
    "reason not UTF-8": ([close(1000, b"\xce\xba\xff")], [BAD_TEXT]),
    "reason cut short": ([close(1000, WORD[:-1])], [BAD_TEXT]),
    "behind a message": ([message(1), message(2), close(1000)], [answer(1), answer(2), ("close", 1000)]),
    "behind a ping": ([frame(FIN | PING, b"x"), close(1000)], [pong(b"x"), ("close", 1000)]),
    "a message after it": ([close(1000), message(1)], [("close", 1000)]),
    "a ping after it": ([close(1000), frame(FIN | PING)], [("close", 1000)]),
    "another after it": ([close(1000), close(1001)], [("close", 1000)]),
    "nonsense after it": ([close(1000), b"\xff" * 300], [("close", 1000)]),
    "a message after an error": ([frame(FIN | RSV1 | TEXT), message(1), close(1000)], [PROTOCOL_ERROR]),
}

DIALOGUES = {
    f"{group}: {name}": dialogue
    for group, table in (
        ("data", DATA),
        ("reserved", RESERVED),
        ("control", CONTROL),
        ("fragments", FRAGMENTS),
        ("utf-8", UTF8),
        ("close", CLOSES),
    )
    for name, dialogue in table.items()
}


@pytest.fixture
def endpoint(tmp_path: Path) -> Endpoint:
    return new_endpoint(tmp_path)


@pytest.fixture(scope="module")
def shared_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Endpoint:
    return new_endpoint(tmp_path_factory.mktemp("dialogues"))


@pytest.mark.parametrize("name", DIALOGUES)
def test_a_dialogue_has_its_outcome_however_it_is_cut(endpoint: Endpoint, name: str) -> None:
    """In one segment with the handshake, frame by frame, and chopped: byte by byte unless it is long."""
    frames, expected = DIALOGUES[name]
    whole = HANDSHAKE + b"".join(frames)
    step = 1 if len(whole) < 10_000 else 1009
    assert converse(endpoint, [whole]) == expected
    assert converse(endpoint, [HANDSHAKE, *frames]) == expected
    assert (
        converse(endpoint, [whole[start : start + step] for start in range(0, len(whole), step)]) == expected
    )


_frames = st.one_of(
    st.sampled_from([frames for frames, _ in DIALOGUES.values() if sum(map(len, frames)) < 500]).map(
        b"".join
    ),
    st.integers(1, 99).map(message),
    st.builds(
        frame,
        st.integers(0, 255),
        st.binary(max_size=130),
        mask=st.binary(min_size=4, max_size=4),
        form=st.sampled_from([0, 126, 127]),
    ),
    st.binary(max_size=30),
)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.lists(_frames, max_size=8).map(b"".join), st.lists(st.integers(0, 1000), max_size=12))
def test_cuts_change_nothing(shared_endpoint: Endpoint, data: bytes, cuts: list[int]) -> None:
    """Whatever comes, right or wrong."""
    whole = HANDSHAKE + data
    ends = sorted({min(cut, len(whole)) for cut in cuts} | {0, len(whole)})
    chunks = [whole[start:end] for start, end in itertools.pairwise(ends)]
    expected = converse(shared_endpoint, [whole])
    assert converse(shared_endpoint, chunks) == expected
    assert converse(shared_endpoint, [bytes([byte]) for byte in whole]) == expected


def test_empty_fragments_take_no_memory() -> None:
    """They count nothing towards the size of a message, so there may be any number of them."""
    unfinished = FragmentedMessage(Opcode.BINARY)
    tracemalloc.start()
    try:
        for _ in range(10_000):
            assert unfinished.add(b"")
        assert tracemalloc.get_traced_memory()[0] < 4096
    finally:
        tracemalloc.stop()


def test_only_what_is_not_plain_goes_through_the_parser(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A whole message in one frame is read directly again as soon as the parser has read its own frames."""
    read: list[Opcode] = []
    original = FrameReader.recv_frame

    def noted(self: FrameReader, got: Frame) -> None:
        read.append(got.opcode)
        original(self, got)

    monkeypatch.setattr(FrameReader, "recv_frame", noted)
    ping, parts = frame(FIN | PING, b"?"), [each for each in fragments(body(3), 20) if each]
    heard = converse(endpoint, [HANDSHAKE, message(1) + ping + message(2), *parts, message(4), message(5)])
    assert heard == [answer(1), pong(b"?"), answer(2), answer(3), answer(4), answer(5)]
    assert read == [Opcode.PING, Opcode.TEXT, *[Opcode.CONT] * (len(parts) - 1)]
