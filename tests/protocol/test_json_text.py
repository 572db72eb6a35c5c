"""JSON as it is written: byte-order marks and half surrogate pairs are read, and given back as they came."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authws_desktop.protocol.client_messages import Direct, Message, decode
from authws_desktop.protocol.errors import FrameError
from authws_desktop.protocol.json_text import Readable

pieces = st.sampled_from(
    [
        "a",
        "é",
        r"\ud83c",
        r"\uD83C",
        r"\udF89",
        r"\ud83c\udf89",
        r"\\ud83c",
        r"\\",
        r"\"",
        r"\ue000",
        r"\uE001",
    ]
)


@given(st.lists(pieces, max_size=12))
def test_content_with_halves_is_passed_on_as_written(parts: list[str]) -> None:
    """Whole pairs, halves in any letter case, escaped backslashes and characters for private use."""
    content = '"' + "".join(parts) + '"'
    json.loads(content)  # it is JSON to a parser that takes halves
    message = decode(f'{{"type":"message","content":{content}}}'.encode())
    assert isinstance(message, Message)
    assert bytes(message.content).decode() == content


def test_the_message_id_is_given_back_as_written() -> None:
    """It is echoed to the sender, who wrote it so."""
    message = decode(rb'{"type":"direct","to":"b","content":"\udf89","messageId":"\ud83c"}')
    assert isinstance(message, Direct)
    assert (bytes(message.message_id), bytes(message.content)) == (rb'"\ud83c"', rb'"\udf89"')


def test_a_byte_order_mark_is_skipped() -> None:
    """Windows tools put one before UTF-8."""
    message = decode(b'\xef\xbb\xbf{"type":"message","content":1}')
    assert isinstance(message, Message)
    assert bytes(message.content) == b"1"


@pytest.mark.parametrize(
    ("payload", "sentence"),
    [
        (rb'{"type":"message","content":"\ud83"}', "not valid JSON"),
        (rb'{"type":"message","content":"\ud83c",}', "not valid JSON"),
        (rb'{"type":"message","text":"\ud83c"}', "Field 'content' is missing."),
        (b"\xef\xbb\xbf\xef\xbb\xbf{}", "not valid JSON"),
        (b"\xef\xbb\xbf", "not valid JSON"),
    ],
)
def test_what_is_no_json_is_still_refused(payload: bytes, sentence: str) -> None:
    """With what is really wrong with it."""
    with pytest.raises(FrameError) as caught:
        decode(payload)
    assert sentence in caught.value.message


def test_too_many_different_halves_stay_unread() -> None:
    """Each needs a mark of its own while the text is decoded, and those are finite."""
    halves = [f"\\ud8{number:02x}" for number in range(256)]
    spelled = [half.replace("d8", case) for half in halves for case in ("d8", "D8")]
    text = json.dumps([chr(code) for code in range(0xE000, 0xF900)])[1:-1].replace(" ", "")
    payload = f'{{"type":"message","content":["{"".join(spelled)}",{text}]}}'.encode()
    with pytest.raises(FrameError):
        decode(payload)
    assert Readable(payload).as_written(b"x") == b"x"
