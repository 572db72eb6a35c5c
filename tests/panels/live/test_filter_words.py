"""What completes a word in the filter box."""

from __future__ import annotations

import pytest

from authws_desktop.panels.live.filter_words import candidates, word_at


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("us", (0, "", "us")),
        ("user:", (5, "user", "")),
        ("hi user:an", (8, "user", "an")),
        ("!type:me", (6, "type", "me")),
        ("user:ana,be", (9, "user", "be")),
        ("x ", (2, "", "")),
        ("foo:ba", (0, "", "foo:ba")),
    ],
)
def test_word_at_the_cursor(text: str, expected: tuple[int, str, str]) -> None:
    """Field and value are told apart, after blanks, `!` and `,`."""
    assert word_at(text, len(text)) == expected


def test_candidates() -> None:
    """Names after `user:`, types, codes, and field names."""
    assert candidates("user", "a", ["ana", "ben", "Abe"]) == ["Abe", "ana"]
    assert candidates("type", "message_de", []) == ["message_delivered"]
    assert candidates("type", "mess", [])[0] == "message"
    assert "AUTH_ERROR" in candidates("code", "au", [])
    assert candidates("dir", "", []) == ["in", "out", "event"]
    assert candidates("", "u", []) == ["user:"]
    assert candidates("", "", []) == []
    assert candidates("dir", "in", []) == []
