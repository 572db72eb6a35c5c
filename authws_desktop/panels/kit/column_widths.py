"""Columns as wide as what usually stands in them, in whatever font the platform has."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QHeaderView

ROOM_PX = 16
"""Left and right of a cell's text: the style's margin and the style sheet's padding."""


def width_of(sample: str, font: QFont) -> int:
    """Return the width of a column that shows a text in full.

    Args:
        sample: The longest text usually shown there.
        font: Of its cells.
    """
    return QFontMetrics(font).horizontalAdvance(sample) + ROOM_PX


def size_columns(header: QHeaderView, samples: Mapping[int, str], font: QFont) -> None:
    """Make room for what columns usually show; the others keep their widths.

    Args:
        header: Of the table or tree.
        samples: The longest usual text by column.
        font: Of the cells.
    """
    for column, sample in samples.items():
        header.resizeSection(column, width_of(sample, font))
