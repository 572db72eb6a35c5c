"""Nothing in a user's text is hidden, and nothing of it moves the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authws_desktop.panels.live.escape import preview, visible, visible_lines


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain é 漢字 😀", "plain é 漢字 😀"),
        ("\x1b[31mred", r"\e[31mred"),
        ("a\u202eb", r"a\u202eb"),
        ("a\u200bb\ufeff", r"a\u200bb\ufeff"),
        ("line\r\nline\tend\0", r"line\r\nline\tend\0"),
        ("\x9b1m", r"\x9b1m"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
        ("<b>bold</b>", "<b>bold</b>"),
    ],
)
def test_hidden_characters_are_written_out(text: str, expected: str) -> None:
    """Control, bidirectional, zero-width characters and lone surrogates become escapes."""
    assert visible(text) == expected


@given(st.text())
def test_nothing_unprintable_is_left(text: str) -> None:
    """No control or format character that acts on its surroundings survives."""
    shown = visible(text)
    assert not any(ord(each) < 0x20 or 0x202A <= ord(each) <= 0x202E for each in shown)
    assert not any(0xD800 <= ord(each) <= 0xDFFF for each in shown)


def test_lines_are_kept_for_the_raw_view() -> None:
    """Line ends and tabs stay; the rest does not."""
    assert visible_lines("a\n\tb\x1b") == "a\n\tb\\e"


def test_preview_is_one_line_and_bounded() -> None:
    """A long payload is cut, also within a character; bytes are written out."""
    assert preview(b"ab\ncd", 100) == r"ab\ncd"
    assert preview("é".encode() * 10, 5) == "éé…"
    assert preview(b"\xff\x00", 100) == r"\xff\0"
