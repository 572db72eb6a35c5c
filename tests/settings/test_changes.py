"""What is said of a change of settings."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from authws_desktop.settings import Settings
from authws_desktop.settings.changes import changes_of


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"message_rate": 7}, ["Message rate: 200/s → 7/s"]),
        ({"auth_deadline_s": 20}, ["Log in within: 30 s → 20 s"]),
        ({"host": "0.0.0.0"}, ["Listen on: localhost → 0.0.0.0"]),
        ({"allowed_origins": list("abcdefg")}, ["Allowed origins: nothing → a, b, c, d, e, 2 more"]),
        ({"theme": "dark"}, ["Colours: Follow the system → Dark"]),
        ({"database_url": "postgresql://me:sesame@db"}, ["Database address: changed"]),
        ({"port": 5000, "title": "Class 7b"}, ["Port: 4000 → 5000", "Title: nothing → Class 7b"]),
    ],
)
def test_old_and_new_value_in_words(change: dict[str, Any], expected: list[str]) -> None:
    """Under the name that the window has for it; addresses that hold a password are not repeated."""
    assert sorted(changes_of(Settings(), msgspec.structs.replace(Settings(), **change))) == sorted(expected)
