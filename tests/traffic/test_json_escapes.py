"""JSON's escapes, read as what they stand for."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authws_desktop.traffic.json_escapes import unescape, unescape_letters


@given(st.text(st.characters(exclude_categories=["Cs"])), st.booleans())
def test_every_text_reads_as_it_was(text: str, is_ascii: bool) -> None:
    """Whatever a JSON encoder made of it."""
    assert unescape(json.dumps(text, ensure_ascii=is_ascii)[1:-1].encode()) == text.encode()


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_reading_letters_leaves_the_same_json(text: str) -> None:
    """Only how it is written changes."""
    assert json.loads(unescape_letters(json.dumps(text).encode())) == text


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (rb"\ud83c", rb"\ud83c"),
        (rb"\udf89\ud83c", rb"\udf89\ud83c"),
        (rb"\x41", rb"\x41"),
        (rb"\u12", rb"\u12"),
        (b"\\", b"\\"),
        (rb"\\u0041", rb"\u0041"),
    ],
)
def test_what_is_no_character_stays(payload: bytes, expected: bytes) -> None:
    """Half a pair, unknown and cut escapes; an escaped backslash begins none."""
    assert unescape(payload) == expected
