"""Nothing in a user's text is hidden, and nothing of it moves the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authws_desktop.panels.kit.escape import preview, visible, visible_lines


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


@pytest.mark.parametrize(
    "text",
    ["👨\u200d👩\u200d👧", "🏳\ufe0f\u200d🌈", "👩🏽\u200d💻 at work", "❤\ufe0f", "1\ufe0f\u20e3", "🇩🇪", "👁\ufe0f\u200d🗨\ufe0f",
     "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"],
)  # fmt: skip
def test_emoji_stay_emoji(text: str) -> None:
    """Families, flags, professions and keycaps are pictures, on one line and on several."""
    assert visible(text) == text
    assert visible_lines(f"{text}\n") == f"{text}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\u200db", r"a\u200db"),
        ("👨\u200dx", r"👨\u200dx"),
        ("👨\u200d\u200d👩", r"👨\u200d\u200d👩"),
        ("❤\ufe0f\ufe0f", "❤\ufe0f" + r"\ufe0f"),
        ("a\ufe0f", r"a\ufe0f"),
        ("🏴\U000e0061\U000e007f", r"🏴\U000e0061\U000e007f"),
    ],
)
def test_joiners_that_join_no_pictures_are_written_out(text: str, expected: str) -> None:
    """Nothing can be hidden behind an emoji."""
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


@pytest.mark.parametrize(
    "payload", [b'{"sha":"deadbeef00ff"}', b"0123456789abcdef" * 40, "éç".encode() * 300]
)
def test_preview_keeps_every_character_that_is_whole(payload: bytes) -> None:
    """Hex digits and accents at the cut are content like any other."""
    for limit in (9, 10, 400, 401):
        shown = preview(payload, limit)
        assert shown.removesuffix("…") == payload[:limit].decode("utf-8", "ignore")


def test_preview_reads_letters_that_were_escaped() -> None:
    """The table shows text as text, and structure as structure."""
    assert preview(rb'{"text":"Sch\u00f6n \ud83c\udf89 a\/b \"q\" \n \ud83c"}', 200) == (
        r'{"text":"Schön 🎉 a/b \"q\" \n \ud83c"}'
    )
    assert preview(rb'"\u202e\u0022"', 100) == r'"\u202e\u0022"'
    assert preview(rb'"aa\u00f6"', 6) == '"aa…'
