"""The window's colours and measures, named by what they are for: one set for light and one for dark."""

from __future__ import annotations

from dataclasses import dataclass

GRID = 8
"""Pixels; every distance is this, half or a multiple of it."""

ROW_HEIGHT = 26
"""Pixels of a row in a table, tree or list."""

CONTROL_HEIGHT = 28
"""Pixels of a button, an input or a choice."""


@dataclass(frozen=True)
class Tokens:
    """One set of colours, each `#rrggbb`.

    Attributes:
        background: The window itself.
        surface: What holds content: tables, pages, inputs.
        surface_raised: What lies above a surface: headers, hovered rows, quiet buttons.
        border: The few lines there are.
        border_strong: Edges of inputs and buttons.
        text, muted: Text, and text that may be overlooked.
        accent, accent_hover, accent_text: The one accent, it under the pointer, and text on it.
        good, warn, bad: States, as text or shape.
        bad_text: Text on `bad`.
        selection, selection_text: Chosen rows and text.
        focus: The ring around what has the keyboard.
        chip_…, chip_…_text: Ground and text of the chips, by tone.
    """

    background: str
    surface: str
    surface_raised: str
    border: str
    border_strong: str
    text: str
    muted: str
    accent: str
    accent_hover: str
    accent_text: str
    good: str
    warn: str
    bad: str
    bad_text: str
    selection: str
    selection_text: str
    focus: str
    chip_neutral: str
    chip_neutral_text: str
    chip_info: str
    chip_info_text: str
    chip_special: str
    chip_special_text: str
    chip_good: str
    chip_good_text: str
    chip_warn: str
    chip_warn_text: str
    chip_bad: str
    chip_bad_text: str


LIGHT = Tokens(
    background="#f4f5f7",
    surface="#ffffff",
    surface_raised="#eceef2",
    border="#e0e3e9",
    border_strong="#7a8292",
    text="#1a1d24",
    muted="#596273",
    accent="#3d5bd9",
    accent_hover="#324dc0",
    accent_text="#ffffff",
    good="#18703f",
    warn="#875200",
    bad="#bf2c2c",
    bad_text="#ffffff",
    selection="#dde5fd",
    selection_text="#14192b",
    focus="#3d5bd9",
    chip_neutral="#e8ebf0",
    chip_neutral_text="#454d5c",
    chip_info="#dfe8fd",
    chip_info_text="#2a45ad",
    chip_special="#ece4fb",
    chip_special_text="#6335ab",
    chip_good="#daf1e3",
    chip_good_text="#14613a",
    chip_warn="#fbedcf",
    chip_warn_text="#784800",
    chip_bad="#fce1e0",
    chip_bad_text="#a72424",
)

DARK = Tokens(
    background="#15171c",
    surface="#1b1e24",
    surface_raised="#262a33",
    border="#2b303a",
    border_strong="#788195",
    text="#e3e6ec",
    muted="#98a1b1",
    accent="#8aa0ff",
    accent_hover="#a1b3ff",
    accent_text="#10142a",
    good="#63cf90",
    warn="#e3b15c",
    bad="#ff8079",
    bad_text="#2a0c0b",
    selection="#26335a",
    selection_text="#f1f3fa",
    focus="#8aa0ff",
    chip_neutral="#2f343f",
    chip_neutral_text="#c0c7d3",
    chip_info="#26335f",
    chip_info_text="#b3c2ff",
    chip_special="#3a2c5a",
    chip_special_text="#d3bdff",
    chip_good="#1a3c2a",
    chip_good_text="#86e0ab",
    chip_warn="#433418",
    chip_warn_text="#f0c67b",
    chip_bad="#4f2728",
    chip_bad_text="#ffa8a3",
)
