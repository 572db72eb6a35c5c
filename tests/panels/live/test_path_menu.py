"""Paths into the JSON as columns of the traffic."""

from __future__ import annotations

import asyncio

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from authws_desktop.panels.kit.theme import ROW_HEIGHT, Theme
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.live import traffic_columns
from authws_desktop.panels.live.live_page import LivePage
from authws_desktop.panels.live.path_menu import PathDialog
from authws_desktop.panels.live.traffic_columns import MOST_PATHS, TrafficColumn
from authws_desktop.panels.live.traffic_panel import TrafficPanel
from tests.panels.live.support import PlainService, as_service, fill

PATH = len(TrafficColumn)
CONTENTS = [b'{"turn":9}', b'{"turn":10}', b'{"turn":"last"}', b'{"turn":null}', b'{"turn":[1]}', b'"no"']


@pytest.fixture
def panel(page: LivePage, plain: PlainService) -> TrafficPanel:
    """A panel with a row of each content, and a column of it."""
    for content in CONTENTS:
        fill(plain.traffic, 1, payload=b'{"type":"message","content":%s}' % content)
    page.refresh()
    page.traffic.view.column_menu.add_path("content.turn")
    return page.traffic


def shown(panel: TrafficPanel) -> list[str]:
    """Return what the column says."""
    model = panel.model
    return [str(model.index(row, PATH).data()) for row in range(model.rowCount())]


def test_the_value_stands_in_front_of_the_content(panel: TrafficPanel) -> None:
    """Its title is the path; where there is nothing, nothing is said."""
    header = panel.view.horizontalHeader()
    assert panel.model.headerData(PATH, Qt.Orientation.Horizontal) == "content.turn"
    assert header.visualIndex(PATH) + 1 == header.visualIndex(TrafficColumn.CONTENT)
    assert shown(panel) == ["9", "10", "last", "null", "[1]", ""]
    panel.view.column_menu.add_path("content.turn")
    assert panel.model.columnCount() == PATH + 1


def test_it_sorts_by_value(panel: TrafficPanel, qtbot: QtBot) -> None:
    """Numbers by their value and before texts; without one, a row is last either way."""
    for order, expected in (
        (Qt.SortOrder.AscendingOrder, ["9", "10", "[1]", "last", "null", ""]),
        (Qt.SortOrder.DescendingOrder, ["null", "last", "[1]", "10", "9", ""]),
    ):
        panel.view.sortByColumn(PATH, order)
        qtbot.waitUntil(lambda: panel.model.sort_percent is None)
        assert shown(panel) == expected


def test_a_payload_is_read_once_while_its_row_is_in_view(
    panel: TrafficPanel, plain: PlainService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows out of view are not read at all, those in view not again at the next painting."""
    fill(plain.traffic, 5000)
    columns, view = panel.model.columns, panel.view
    panel.refresh()
    QApplication.processEvents()
    before = columns.read_values
    assert before <= 2 * (view.viewport().height() // ROW_HEIGHT + 2) + len(CONTENTS)
    view.viewport().update()
    QApplication.processEvents()
    assert columns.read_values == before
    monkeypatch.setattr(traffic_columns, "MAX_KNOWN", 10)
    for row in range(100, 130):
        panel.model.index(row, PATH).data()
    assert columns.read_values == before + 30


def test_other_records_of_the_same_numbers_are_read(page: LivePage, panel: TrafficPanel) -> None:
    """A file's rows say what is in the file."""
    other = PlainService().traffic
    fill(other, 1, payload=b'{"type":"message","content":{"turn":"of the file"}}')
    assert shown(panel)[0] == "9"
    page.files.show_ring(other, "a.jsonl", "a.jsonl")
    assert shown(panel) == ["of the file"]


def test_the_menu_adds_and_takes_away(page: LivePage, panel: TrafficPanel, qtbot: QtBot) -> None:
    """A column whose tick is taken away is gone, and its order with it."""
    panel.view.sortByColumn(PATH, Qt.SortOrder.AscendingOrder)
    qtbot.waitUntil(lambda: panel.model.sort_percent is None)
    menu = panel.view.column_menu.make_menu()
    next(action for action in menu.actions() if action.text() == "content.turn").setChecked(False)
    menu.close()
    assert panel.model.columnCount() == PATH
    assert panel.model.order is None
    for number in range(MOST_PATHS):
        panel.view.column_menu.add_path(f"content.{number}")
    menu = panel.view.column_menu.make_menu()
    assert not next(action for action in menu.actions() if action.text() == "Add column…").isEnabled()
    menu.close()
    panel.model.sort(TrafficColumn.SIZE)
    panel.model.remove_path(PATH)
    assert panel.model.order is not None


async def test_the_dialog_asks_for_a_path(page: LivePage, panel: TrafficPanel) -> None:
    """What is no path is said; what is typed becomes a column."""
    panel.view.column_menu.ask_path()
    await asyncio.sleep(0)
    dialog = page.window().findChild(PathDialog)
    assert dialog is not None
    assert not dialog.ok_button.isEnabled()
    dialog.field.line.setText("content..text")
    assert not dialog.ok_button.isEnabled()
    assert "key" in dialog.field.error()
    dialog.field.line.setText(" content.text ")
    dialog.ok_button.click()
    while len(panel.model.columns.paths) < 2:
        await asyncio.sleep(0)
    assert panel.model.columns.paths == ["content.turn", "content.text"]


def test_remembered(
    panel: TrafficPanel, plain: PlainService, theme: Theme, window_state: WindowState, qtbot: QtBot
) -> None:
    """The next window has the column, where it stood and as wide as it was."""
    header = panel.view.horizontalHeader()
    header.resizeSection(PATH, 99)
    header.moveSection(header.visualIndex(PATH), 0)
    page = LivePage(as_service(plain), theme, window_state)
    qtbot.addWidget(page)
    again = page.traffic.view.horizontalHeader()
    assert page.traffic.model.columns.paths == ["content.turn"]
    assert again.sectionSize(PATH) == 99
    assert again.visualIndex(PATH) == 0
    panel.view.column_menu.show_column(PATH, False)
    page = LivePage(as_service(plain), theme, window_state)
    qtbot.addWidget(page)
    assert page.traffic.model.columnCount() == PATH


def test_it_is_painted(panel: TrafficPanel, theme: Theme) -> None:
    """The value is drawn, in the font of the content."""
    rect = panel.view.visualRect(panel.model.index(2, PATH))
    image = panel.view.viewport().grab(rect).toImage()
    colours = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert theme.tokens.text in colours
    assert panel.view.columnAt(rect.center().x()) == PATH
    assert panel.view.rowAt(QPoint(0, rect.center().y()).y()) == 2
