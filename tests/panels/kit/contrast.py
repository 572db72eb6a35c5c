"""Which text and which edge lies on which ground, and how well it stands out there (WCAG 2.2)."""

from __future__ import annotations

CHIP_TONES = ("neutral", "info", "special", "good", "warn", "bad")
_CHIP_GROUNDS = tuple(f"chip_{tone}" for tone in CHIP_TONES)
GROUNDS = ("background", "surface", "surface_raised", "selection", *_CHIP_GROUNDS)
"""Everything that something lies on: pages, bars, hovered and chosen things, chips, notices, cards."""

TEXT_PAIRS: tuple[tuple[str, str], ...] = (
    *((text, ground) for text in ("text", "muted", "accent", "good", "warn", "bad") for ground in GROUNDS),
    ("accent_text", "accent"),
    ("accent_text", "accent_hover"),
    ("bad_text", "bad"),
    ("selection_text", "selection"),
    *((f"chip_{tone}_text", f"chip_{tone}") for tone in CHIP_TONES),
)
"""Every text colour with each ground it may be written on; a test holds them to 4.5 : 1."""

EDGE_PAIRS: tuple[tuple[str, str], ...] = (
    # Inputs and buttons stand on pages, in notices, and in cards that have a notice's ground.
    *((edge, ground) for edge in ("border_strong", "focus", "bad", "accent") for ground in GROUNDS),
    # A chip on a chosen row keeps its shape by an edge in the colour of its word.
    *((f"chip_{tone}_text", "selection") for tone in CHIP_TONES),
    ("selection", "accent"),
    ("selection", "bad"),
)
"""Every edge that tells where a control or a chip is, with each ground it may lie on: 3 : 1 (WCAG 1.4.11)."""


def luminance(colour: str) -> float:
    """Return a colour's relative luminance (WCAG 2.2).

    Args:
        colour: `#rrggbb`.
    """
    parts = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
