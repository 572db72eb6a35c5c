"""The one table: what its header says."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from authws_desktop.panels.kit.table import Table
from authws_desktop.panels.kit.table_model import Column
from authws_desktop.panels.kit.theme import Theme


def _widths(image: QImage) -> list[int]:
    """Return how many points of each row differ from the ground, top to bottom."""
    ground = image.pixel(0, 1)
    rows = [
        sum(image.pixel(x, y) != ground for x in range(image.width())) for y in range(1, image.height() - 2)
    ]
    return [each for each in rows if each]


@pytest.mark.parametrize("order", Qt.SortOrder)
def test_the_arrow_points_to_where_the_largest_is(
    qapp: QApplication, theme: Theme, order: Qt.SortOrder
) -> None:
    """Up for an ascending column, as people know it from other programs."""
    theme.apply(qapp, "light")
    table = Table(theme, "Names", [Column(" ", str)], str, sorted_by=0)
    table.resize(200, 100)
    table.show_rows(["a", "b"])
    table.sortByColumn(0, order)
    table.show()
    rows = _widths(table.horizontalHeader().grab().toImage())
    assert (rows[0] < rows[-1]) is (order is Qt.SortOrder.AscendingOrder), rows
    table.deleteLater()
