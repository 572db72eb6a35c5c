"""The lane of marks that tells what became of a message at each of its receivers."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.live.delivery_lane import PITCH_PX, lane_widths
from authws_desktop.panels.live.record_text import DeliveryCounts, delivery_counts
from authws_desktop.panels.live.traffic_columns import TrafficColumn
from authws_desktop.panels.live.traffic_model import TrafficModel
from authws_desktop.panels.live.traffic_view import TrafficView
from authws_desktop.traffic.record import Delivery, Fate, HeldFrame, Identity
from authws_desktop.traffic.ring import TrafficRing
from tests.panels.live.support import fill

PEOPLE = tuple(Identity(number, f"c{number}", "10.0.0.1", f"id{number}", f"u{number}") for number in range(6))
FATES = (Fate.LOST, Fate.WAITING, Fate.SENT)
MIXED = Delivery(
    PEOPLE, tuple(HeldFrame(PEOPLE[place], 5.0, fate, 0.25) for place, fate in enumerate(FATES)), 0.001
)


def test_each_receiver_has_one_fate() -> None:
    """Together they are all."""
    assert delivery_counts(MIXED) == DeliveryCounts(lost=1, waiting=1, late=1, written=3)
    assert delivery_counts(Delivery(PEOPLE, (), 0.001)) == DeliveryCounts(0, 0, 0, 6)


def test_a_mark_each_while_there_is_room() -> None:
    """What matters comes first; with less room marks are narrower."""
    counts = DeliveryCounts(1, 1, 0, 2)
    assert [fate for fate, _, _ in lane_widths(counts, 90)] == ["lost", "waiting", "written", "written"]
    assert [left for _, left, _ in lane_widths(counts, 90)] == [0, PITCH_PX, 2 * PITCH_PX, 3 * PITCH_PX]
    assert [left for _, left, _ in lane_widths(counts, 16)] == [0, 4, 8, 12]


@pytest.mark.parametrize("counts", [(1, 0, 0, 4999), (2500, 1, 1, 2498), (0, 0, 0, 100), (5000, 1, 1, 1)])
def test_shares_where_there_is_none(counts: tuple[int, int, int, int]) -> None:
    """Nobody is too few to be seen, and nothing lies beside the lane."""
    marks = lane_widths(DeliveryCounts(*counts), 90)
    assert len(marks) == sum(count > 0 for count in counts)
    assert all(width > 0 for _, _, width in marks)
    assert all(left + width <= 90 for _, left, width in marks)
    assert marks == sorted(marks, key=lambda mark: mark[1])


def test_it_is_painted_and_told(theme: Theme, qtbot: QtBot) -> None:
    """Lost is red, waiting amber; a chosen row's marks have its ink. The tip and a screen reader have the words."""
    ring = TrafficRing()
    fill(ring, 1)
    fill(ring, 1, delivery=MIXED)
    model = TrafficModel(ring)
    view = TrafficView(model, theme)
    qtbot.addWidget(view)
    view.resize(900, 300)
    view.show()
    QApplication.processEvents()

    def colours(row: int) -> set[str]:
        cell = view.visualRect(model.index(row, TrafficColumn.TO))
        image = view.viewport().grab(cell).toImage()
        places = [(x, y) for x in range(image.width()) for y in range(image.height() - 7, image.height())]
        return {QColor(image.pixel(x, y)).name() for x, y in places}

    tokens = theme.tokens
    assert {tokens.bad, tokens.warn, tokens.muted} <= colours(1)
    assert not {tokens.bad, tokens.warn, tokens.muted} & colours(0)
    view.choose_row(1)
    assert tokens.selection_text in colours(1)
    assert not {tokens.bad, tokens.warn} & colours(1)
    index = model.index(1, TrafficColumn.TO)
    words = str(index.data(Qt.ItemDataRole.AccessibleDescriptionRole))
    assert words.splitlines()[1:] == [
        "Of these late: 1, the last one after 250 ms.",
        "Waiting, as they read slowly: 1.",
        "Lost, as the connection closed: 1.",
    ]
    assert all(line in index.data(Qt.ItemDataRole.ToolTipRole) for line in words.splitlines())
    other = model.index(1, TrafficColumn.WHO)
    assert other.data(Qt.ItemDataRole.AccessibleDescriptionRole) is None


def test_a_picture_is_drawn_once(theme: Theme, qtbot: QtBot) -> None:
    """Messages to the same number of people share it, as most do."""
    ring = TrafficRing()
    view = TrafficView(TrafficModel(ring), theme)
    qtbot.addWidget(view)
    view.resize(900, 300)
    for _ in range(30):
        fill(ring, 1, delivery=Delivery(PEOPLE, (), 0.001))
    view.model().refresh()  # type: ignore[attr-defined]
    view.viewport().grab()
    assert view.painter.painted_lanes == 1
