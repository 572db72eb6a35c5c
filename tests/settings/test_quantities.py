"""Lengths of time and sizes as people write them."""

from __future__ import annotations

import pytest

from authws_desktop.durations import duration_words
from authws_desktop.settings.infos import SettingsError, parse_value
from authws_desktop.settings.quantities import parse_quantity


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("24 h", "s", 86_400),
        ("1 h 30 min", "s", 5400),
        ("1h30m", "s", 5400),
        ("7 days", "s", 604_800),
        ("0.5 h", "s", 1800),
        ("20 s", "s", 20),
        ("256 MiB", "bytes", 256 * 1024**2),
        ("64k", "bytes", 65_536),
        ("1.5 MB", "bytes", 1_572_864),
        ("1 GiB", "bytes", 1024**3),
        ("12 bytes", "bytes", 12),
        ("24", "s", None),
        ("24 parsecs", "s", None),
        ("24 MiB", "s", None),
        ("1.3 bytes", "bytes", None),
        ("h", "s", None),
        ("1 h and more", "s", None),
        ("-1 h", "s", None),
        ("", "s", None),
        ("3 d", "days", None),
    ],
)
def test_units(text: str, unit: str, value: int | None) -> None:
    """What is no whole number of the unit is nothing."""
    assert parse_quantity(text, unit) == value


@pytest.mark.parametrize("span_s", [1, 20, 60, 90, 3600, 5400, 86_400, 604_800, 2 * 86_400 + 3600])
def test_what_is_shown_can_be_typed(span_s: int) -> None:
    """The words of a length of time mean that length."""
    assert parse_quantity(duration_words(span_s), "s") == span_s


def test_settings_take_units_from_everywhere() -> None:
    """The window, the environment and `.env` read the same."""
    assert parse_value("token_life_s", "24 h", "AUTHWS_TOKEN_LIFE_S") == 86_400
    assert parse_value("traffic_max_bytes", "256 MiB", "x") == 256 * 1024**2
    assert parse_value("port", "4001", "x") == 4001
    with pytest.raises(SettingsError, match="must be from 10 to"):
        parse_value("token_life_s", "9 s", "x")
    with pytest.raises(SettingsError, match="must be a whole number, such as 86400 or 24 h, not 'soon'"):
        parse_value("token_life_s", "soon", "x")
    with pytest.raises(SettingsError, match="must be a whole number, not '4 k'"):
        parse_value("port", "4 k", "x")
