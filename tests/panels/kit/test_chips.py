"""Chips: told apart by word and shape as well as colour."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from authws_desktop.panels.kit.chips import Chip, ChipShape, chip_outline, paint_chip
from authws_desktop.panels.kit.theme import Theme

BOX = QRectF(0, 0, 60, 18)


def test_shapes_differ() -> None:
    """No two shapes have the same outline."""
    outlines = [chip_outline(shape, BOX).toFillPolygon().toList() for shape in ChipShape]
    assert all(first != second for i, first in enumerate(outlines) for second in outlines[:i])


@pytest.mark.parametrize("shape", list(ChipShape))
def test_outline_fills_its_box(shape: ChipShape) -> None:
    """A chip lies inside its box and holds the box's middle."""
    outline = chip_outline(shape, BOX)
    assert BOX.contains(outline.boundingRect())
    assert outline.contains(QPointF(30, 9))


def test_chip_is_painted_in_its_tone_inside_its_cell(theme: Theme) -> None:
    """Ground and text have the tone's colours, and nothing is painted outside a narrow cell."""
    image = QImage(80, 26, QImage.Format.Format_ARGB32)
    image.fill(QColor("#000000"))
    painter = QPainter(image)
    chip = Chip("a word that is much too long", "warn", ChipShape.BOX)
    paint_chip(painter, QRectF(0, 0, 60, 26), chip, theme, 14)
    painter.end()
    colours = {image.pixelColor(x, 13).name() for x in range(60)}
    assert theme.tokens.chip_warn in colours
    assert {image.pixelColor(x, y).name() for x in range(60, 80) for y in range(26)} == {"#000000"}
