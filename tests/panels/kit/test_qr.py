"""Codes on the screen: as large as their place allows, in whole pixels."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget

from authws_desktop.panels.kit.qr import PAPER, QUIET_ZONE, QrShape, QrView
from authws_desktop.panels.kit.theme import Theme

ADDRESS = "http://192.168.1.20:4000"


@pytest.mark.parametrize("side_px", [20, 100, 176, 232, 330])
def test_a_code_fills_its_square(theme: Theme, side_px: int) -> None:
    """Nothing is around it but the quiet zone that readers need, whatever size was asked for."""
    holder = QWidget()
    view = QrView(theme, holder)
    view.show_code(ADDRESS)
    view.fit(side_px)
    count = QrShape(ADDRESS).side
    module = view.width() // count
    assert view.width() == view.height() == module * count
    assert abs(view.width() - max(side_px, count)) <= count / 2
    image = view.grab().toImage()
    edge = QUIET_ZONE * image.width() // count
    assert image.pixelColor(edge, edge).name() != PAPER, "the corner of the finder pattern"
    assert image.pixelColor(edge - 1, edge - 1).name() == PAPER
    holder.deleteLater()
