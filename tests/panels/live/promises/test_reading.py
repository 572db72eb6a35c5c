"""Reading is never fought: room for the rows, and nothing that comes or goes moves them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from authws_desktop.panels.kit.notices import NoticeKind
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.live.live_page import LivePage
from authws_desktop.panels.live.traffic_columns import TrafficColumn
from authws_desktop.panels.window.main_window import MainWindow
from authws_desktop.panels.window.sizes import MINIMUM_SIZE
from tests.panels.live.support import PlainService, as_service, choose_number, fill
from tests.panels.pictures import shoot


def top_of_table(page: LivePage) -> QPoint:
    """Where the table's rows begin, on the page."""
    view = page.traffic.view
    return view.viewport().mapTo(page, QPoint(0, 0))


def busy(page: LivePage, plain: PlainService, rows: int = 100) -> None:
    """Let some traffic pass and be shown."""
    fill(plain.traffic, rows)
    page.refresh()
    QApplication.processEvents()


@pytest.mark.parametrize("look", ["light", "dark"])
async def test_the_smallest_window_has_room_for_rows(
    window: MainWindow, theme: Theme, app: QApplication, look: str
) -> None:
    """At 1024 x 640 sixteen rows show whole, and the content has two fifths of the width."""
    window.resize(MINIMUM_SIZE)
    theme.apply(app, look)
    fill(window._service.traffic, 60)
    window.refresh()
    QApplication.processEvents()
    view = window._live_page.traffic.view
    assert (window.width(), window.height()) == (1024, 640)
    assert view.viewport().height() // view.rowHeight(0) >= 16
    assert view.columnWidth(TrafficColumn.CONTENT) >= 0.4 * view.viewport().width()
    assert view.columnWidth(TrafficColumn.TO) >= view.columnWidth(TrafficColumn.WHO) > 100
    shoot(window, f"window-smallest-{look}")


def test_a_detail_opens_with_a_row_and_closes_with_escape(page: LivePage, plain: PlainService) -> None:
    """Until then the table has the whole height; the row that is read stays in view."""
    busy(page, plain)
    view = page.traffic.view
    assert not page.detail.isVisible()
    whole = view.height()
    choose_number(view, plain.traffic.last_number)
    QApplication.processEvents()
    assert page.detail.isVisible()
    assert view.height() < whole
    row = page.traffic.model.row_of(plain.traffic.last_number)
    assert row is not None
    assert view.viewport().rect().contains(view.visualRect(page.traffic.model.index(row, 0)).center())
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert not page.detail.isVisible()
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert page.detail.isVisible()
    page.detail.close_button.click()
    assert not page.detail.isVisible()
    assert view.selected_numbers() == [plain.traffic.last_number]


def test_a_choice_of_the_same_row_opens_its_detail_again(page: LivePage, plain: PlainService) -> None:
    """One click, even on the row that was read last."""
    busy(page, plain)
    view = page.traffic.view
    choose_number(view, plain.traffic.last_number)
    page.close_detail()
    row = page.traffic.model.row_of(plain.traffic.last_number)
    assert row is not None
    place = view.visualRect(page.traffic.model.index(row, 1)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert page.detail.isVisible()


def test_notes_and_mistakes_do_not_move_the_table(page: LivePage, plain: PlainService) -> None:
    """What was cleared, what is wrong with the filter, and how many are new, stand beside it or upon it."""
    busy(page, plain)
    before = top_of_table(page), page.traffic.view.height()
    page.traffic.tools.filter_box.set_filter_text("type:mesage")
    QApplication.processEvents()
    assert page.traffic.error_label.isVisible()
    assert (top_of_table(page), page.traffic.view.height()) == before
    page.traffic.tools.filter_box.set_filter_text("")
    page.traffic.clear()
    QApplication.processEvents()
    assert page.traffic.notice.text.startswith("Cleared 100 rows")
    assert (top_of_table(page), page.traffic.view.height()) == before
    page.traffic.undo_clear()
    page.show_error("Something did not work.")
    assert page.traffic.notice.kind is NoticeKind.BAD
    page.traffic.view.set_following(False)
    busy(page, plain, 5)
    assert page.traffic.new_button.text() == "5 new ↓"
    assert (top_of_table(page), page.traffic.view.height()) == before
    button = page.traffic.new_button
    assert button.mapTo(page.traffic, QPoint(0, 0)).y() > page.traffic.view.geometry().bottom()


def test_users_fold_by_button_key_and_double_click(
    page: LivePage, plain: PlainService, theme: Theme, window_state: WindowState, qtbot: QtBot
) -> None:
    """The table takes their width; folded is remembered, and they come back as wide as they were."""
    width = page.users.width()
    page.traffic.tools.users_button.click()
    QApplication.processEvents()
    assert not page.users.isVisible()
    assert page.traffic.width() > page.width() - 10
    again = LivePage(as_service(plain), theme, window_state)
    qtbot.addWidget(again)
    again.show()
    assert not again.users.isVisible()
    assert not again.traffic.tools.users_button.isChecked()
    again.close()
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    QTest.keyClick(page, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    QApplication.processEvents()
    assert (page.users.width(), page.traffic.tools.users_button.isChecked()) == (width, True)
    QTest.mouseDClick(page._columns.handle(1), Qt.MouseButton.LeftButton)
    assert not page.users.isVisible()


def test_columns_that_a_person_chose_stay(
    page: LivePage, plain: PlainService, theme: Theme, window_state: WindowState, qtbot: QtBot
) -> None:
    """The width of the window decides only while nobody has."""
    busy(page, plain)
    header = page.traffic.view.horizontalHeader()
    page.resize(800, 600)
    QApplication.processEvents()
    assert header.isSectionHidden(TrafficColumn.SIZE)
    page.resize(1600, 600)
    QApplication.processEvents()
    assert not header.isSectionHidden(TrafficColumn.SIZE)
    header.resizeSection(TrafficColumn.WHO, 222)
    page.resize(800, 600)
    QApplication.processEvents()
    assert not header.isSectionHidden(TrafficColumn.SIZE)
    again = LivePage(as_service(plain), theme, window_state)
    qtbot.addWidget(again)
    again.resize(800, 600)
    again.show()
    assert again.traffic.view.columnWidth(TrafficColumn.WHO) == 222
