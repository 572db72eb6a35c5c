"""A column sorts what is held; one step leads back to the order of time."""

from __future__ import annotations

from operator import attrgetter, methodcaller

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.live.live_page import LivePage
from authws_desktop.panels.live.traffic_columns import TrafficColumn
from authws_desktop.panels.live.traffic_model import TrafficModel
from authws_desktop.panels.live.traffic_panel import TrafficPanel
from authws_desktop.traffic.ring import TrafficRing
from tests.panels.live.support import PlainService, as_service, choose_number, fill, record

SIZES = [300, 20, 0, 7000, 20]


@pytest.fixture
def panel(page: LivePage, plain: PlainService) -> TrafficPanel:
    """A panel with a row of each size, wide enough for each column."""
    page.resize(1800, 640)
    QApplication.processEvents()
    for size in SIZES:
        fill(plain.traffic, 1, size_bytes=size)
    page.refresh()
    return page.traffic


def press(panel: TrafficPanel, column: TrafficColumn, qtbot: QtBot) -> None:
    """Press a column's title and wait for the order."""
    header = panel.view.horizontalHeader()
    middle = header.sectionViewportPosition(column) + header.sectionSize(column) // 2
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(middle, header.height() // 2))
    settle(panel, qtbot)


def settle(panel: TrafficPanel, qtbot: QtBot) -> None:
    """Wait until rows are in their order."""
    qtbot.waitUntil(lambda: panel.model.sort_percent is None and panel.model.filter_percent is None)


def sizes(panel: TrafficPanel) -> list[int]:
    """Return the sizes, top to bottom."""
    records = [panel.model.record_at(row) for row in range(panel.model.rowCount())]
    return [record.size_bytes for record in records if record is not None]


def follows(panel: TrafficPanel) -> bool:
    """Tell whether the newest row is kept in view."""
    return panel.view.is_following


def test_a_title_sorts_what_is_held(panel: TrafficPanel, plain: PlainService, qtbot: QtBot) -> None:
    """Largest first, then smallest first, then by time again; what comes meanwhile waits, and is counted."""
    press(panel, TrafficColumn.SIZE, qtbot)
    assert sizes(panel) == [7000, 300, 20, 20, 0]
    assert panel.model.is_paused
    assert panel.tools.pause_button.isChecked()
    assert not follows(panel)
    assert "sorted by Size" in panel.status.text()
    assert panel.view.horizontalHeader().sortIndicatorSection() == TrafficColumn.SIZE
    fill(plain.traffic, 3)
    panel.refresh()
    assert len(sizes(panel)) == 5
    assert "3 came since" in panel.status.text()
    press(panel, TrafficColumn.SIZE, qtbot)
    assert sizes(panel) == [20, 20, 300, 7000, 0]
    press(panel, TrafficColumn.SIZE, qtbot)
    assert sizes(panel) == [*SIZES, 54, 54, 54]
    assert follows(panel)
    assert not panel.tools.pause_button.isChecked()
    assert "sorted" not in panel.status.text()


@pytest.mark.parametrize(
    "back", ["new_button.click", "tools.pause_button.click", "tools.follow_button.click", "sorting.back"]
)
def test_one_step_leads_back(panel: TrafficPanel, qtbot: QtBot, back: str) -> None:
    """The button below the table, Resume and Follow all mean the same."""
    press(panel, TrafficColumn.SIZE, qtbot)
    assert panel.new_button.text() == "Time order"
    attrgetter(back)(panel)()
    assert sizes(panel) == SIZES
    assert follows(panel)
    assert panel.tools.follow_button.isChecked()
    assert panel.model.order is None
    assert panel.view.horizontalHeader().sortIndicatorSection() == -1
    assert panel.new_button.isHidden()


def test_escape_closes_the_detail_and_then_goes_back(
    page: LivePage, panel: TrafficPanel, qtbot: QtBot
) -> None:
    """Reading a row in a sorted table costs no order; the row that is read stays in view at the end."""
    press(panel, TrafficColumn.SIZE, qtbot)
    choose_number(panel.view, 1)
    assert page.detail.isVisible()
    qtbot.keyClick(panel.view, Qt.Key.Key_Escape)
    assert not page.detail.isVisible()
    assert panel.model.order is not None
    qtbot.keyClick(panel.view, Qt.Key.Key_Escape)
    assert sizes(panel) == SIZES
    assert panel.view.selected_numbers() == [1]
    assert not follows(panel)
    assert not panel.model.is_paused


def test_who_paused_before_stays_so(panel: TrafficPanel, qtbot: QtBot) -> None:
    """Only what was frozen for its order runs on."""
    panel.tools.pause_button.click()
    press(panel, TrafficColumn.SIZE, qtbot)
    panel.sorting.back()
    assert sizes(panel) == SIZES
    assert panel.tools.pause_button.isChecked()


def test_the_time_sorts_newest_first_and_then_back(panel: TrafficPanel, qtbot: QtBot) -> None:
    """From another column it is one press to the order of time."""
    press(panel, TrafficColumn.TIME, qtbot)
    assert sizes(panel) == SIZES[::-1]
    press(panel, TrafficColumn.TIME, qtbot)
    assert panel.model.order is None
    press(panel, TrafficColumn.SIZE, qtbot)
    press(panel, TrafficColumn.TIME, qtbot)
    assert panel.model.order is None
    assert sizes(panel) == SIZES


def test_a_filter_keeps_the_order(panel: TrafficPanel, qtbot: QtBot) -> None:
    """What passes is sorted; clearing and undoing it, too."""
    press(panel, TrafficColumn.SIZE, qtbot)
    panel.tools.filter_box.set_filter_text("size>10")
    settle(panel, qtbot)
    assert sizes(panel) == [7000, 300, 20, 20]
    panel.clear()
    assert sizes(panel) == []
    panel.undo_clear()
    settle(panel, qtbot)
    assert sizes(panel) == [7000, 300, 20, 20]


def test_the_end_of_sorted_rows_is_not_the_newest(panel: TrafficPanel, qtbot: QtBot) -> None:
    """Going to the last row follows nothing."""
    press(panel, TrafficColumn.SIZE, qtbot)
    qtbot.keyClick(panel.view, Qt.Key.Key_End)
    assert panel.model.order is not None
    assert panel.view.selected_numbers() == [3]


def test_differences_are_those_of_time(panel: TrafficPanel, qtbot: QtBot) -> None:
    """The longest wait comes first, and says what it was by time; the first row of all has none."""
    panel.model.ring.clear()
    for number, time_s in enumerate((0, 5, 6), 6):
        panel.model.ring.append(record(number=number, time_s=time_s))
    panel.refresh()
    press(panel, TrafficColumn.DIFFERENCE, qtbot)
    shown = [panel.model.index(row, TrafficColumn.DIFFERENCE).data() for row in range(3)]
    assert shown == ["+5.0 s", "+1.0 s", ""]


def test_a_file_is_sorted_too(page: LivePage, panel: TrafficPanel, qtbot: QtBot) -> None:
    """It has no Pause; back to what passes now, nothing is sorted."""
    ring = TrafficRing()
    for size in (1, 3, 2):
        fill(ring, 1, size_bytes=size)
    page.files.show_ring(ring, "a.jsonl", "a.jsonl")
    press(panel, TrafficColumn.SIZE, qtbot)
    assert sizes(panel) == [3, 2, 1]
    assert "paused" not in panel.status.text()
    panel.sorting.back()
    assert sizes(panel) == [1, 3, 2]
    press(panel, TrafficColumn.SIZE, qtbot)
    page.files.show_live()
    assert sizes(panel) == SIZES
    assert panel.model.order is None
    assert not panel.model.is_paused


def test_the_menu_sorts_without_a_mouse(page: LivePage, panel: TrafficPanel, qtbot: QtBot) -> None:
    """Its second choice of a column turns the order round."""

    def choose(text: str) -> QMenu:
        page.menu.sort_menu.aboutToShow.emit()
        next(each for each in page.menu.sort_menu.actions() if each.text().startswith(text)).trigger()
        settle(panel, qtbot)
        return page.menu.sort_menu

    choose("Size")
    assert sizes(panel) == [7000, 300, 20, 20, 0]
    choose("Size")
    assert sizes(panel) == [20, 20, 300, 7000, 0]
    choose("Size")
    assert sizes(panel) == [7000, 300, 20, 20, 0]
    choose("&Time order")
    assert sizes(panel) == SIZES


def test_what_came_and_went_while_sorted_is_said(
    panel: TrafficPanel, plain: PlainService, qtbot: QtBot
) -> None:
    """Leaving the order is resuming."""
    press(panel, TrafficColumn.SIZE, qtbot)
    plain.traffic.resize(10, 10**6)
    fill(plain.traffic, 30)
    panel.sorting.back()
    assert "20 rows came and went" in panel.notice.text


def test_two_chosen_rows_are_told_apart_by_time(panel: TrafficPanel, qtbot: QtBot) -> None:
    """The earlier is the first one, wherever it stands."""
    press(panel, TrafficColumn.SIZE, qtbot)
    panel.view.selectAll()
    assert panel.view.chosen_pair() is None
    panel.tools.filter_box.set_filter_text("size>100")
    settle(panel, qtbot)
    panel.view.selectAll()
    pair = panel.view.chosen_pair()
    assert pair is not None
    assert [record.number for record in pair] == [1, 4]


def test_nothing_is_sorted_at_the_next_start(
    panel: TrafficPanel, plain: PlainService, theme: Theme, window_state: WindowState, qtbot: QtBot
) -> None:
    """The columns are remembered, a frozen view is not."""
    press(panel, TrafficColumn.SIZE, qtbot)
    panel.view.horizontalHeader().resizeSection(TrafficColumn.WHO, 222)
    again = LivePage(as_service(plain), theme, window_state)
    qtbot.addWidget(again)
    assert again.traffic.view.columnWidth(TrafficColumn.WHO) == 222
    assert again.traffic.model.order is None
    assert again.traffic.view.horizontalHeader().sortIndicatorSection() == -1


def test_model_tester(theme: Theme, qtmodeltester: ModelTester, qtbot: QtBot) -> None:
    """Qt's own checks hold through all orders and columns, whatever comes meanwhile."""
    ring = TrafficRing(500)
    model = TrafficModel(ring)
    qtmodeltester.check(model)
    descending = Qt.SortOrder.DescendingOrder
    acts = [
        *(methodcaller("sort", column, descending) for column in TrafficColumn),
        methodcaller("add_path", "content.text"),
        methodcaller("sort", len(TrafficColumn), descending),
        methodcaller("clear"),
        methodcaller("remove_path", len(TrafficColumn)),
        methodcaller("resume"),
    ]
    for act in acts:
        fill(ring, 300)
        model.refresh()
        act(model)
        QApplication.processEvents()
    qtbot.waitUntil(lambda: model.sort_percent is None)
    assert model.rowCount() == 0 or model.order is None
