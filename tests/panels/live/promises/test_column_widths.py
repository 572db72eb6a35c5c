"""Columns have room for what stands in them, in any size of font."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from authws_desktop.panels.kit.column_widths import ROOM_PX
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.live.traffic_columns import TrafficColumn
from authws_desktop.panels.live.traffic_model import TrafficModel
from authws_desktop.panels.live.traffic_view import TrafficView
from authws_desktop.traffic.ring import TrafficRing


@pytest.fixture(params=[9.0, 13.0])
def font_pt(request: pytest.FixtureRequest, app: QApplication) -> Iterator[float]:
    """The platform's font in two sizes."""
    before = app.font()
    font = app.font()
    font.setPointSizeF(request.param)
    app.setFont(font)
    yield request.param
    app.setFont(before)


def test_times_are_never_cut(font_pt: float, theme: Theme, qtbot: QtBot) -> None:
    """The milliseconds and the difference can be read without widening a column."""
    view = TrafficView(TrafficModel(TrafficRing(10)), theme)
    qtbot.addWidget(view)
    font = theme.number_font()
    assert font.pointSizeF() == font_pt
    for column, text in ((TrafficColumn.TIME, "20:44:44.444"), (TrafficColumn.DIFFERENCE, "+999 ms")):
        needed = QFontMetrics(font).horizontalAdvance(text) + ROOM_PX
        assert view.columnWidth(column) >= needed


def test_a_wide_table_shows_names_with_what_became_of_them(theme: Theme, qtbot: QtBot) -> None:
    """An address or a name with sign and time stands in full where the content keeps its share."""
    view = TrafficView(TrafficModel(TrafficRing(10)), theme)
    qtbot.addWidget(view)
    view.resize(600, 300)
    view.show()
    narrow = view.columnWidth(TrafficColumn.TO)
    view.resize(1400, 300)
    metrics = QFontMetrics(theme.number_font())
    for column, text in ((TrafficColumn.WHO, "192.168.178.107 #1"), (TrafficColumn.TO, "charlotte ✓ 31 µs")):
        assert view.columnWidth(column) >= metrics.horizontalAdvance(text) + ROOM_PX
    assert view.columnWidth(TrafficColumn.CONTENT) >= 0.4 * view.viewport().width()
    view.resize(600, 300)
    assert view.columnWidth(TrafficColumn.TO) == narrow
    assert not view.has_own_columns
