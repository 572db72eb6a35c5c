"""Sorting the traffic by a column freezes it; back in the order of time it runs on."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu

from authws_desktop.panels.live.traffic_model import TrafficModel
from authws_desktop.panels.live.traffic_tools import TrafficTools
from authws_desktop.panels.live.traffic_view import TrafficView


class TrafficSorting(QObject):
    """Keeps Follow and Pause in step with the order of the rows.

    Args:
        model, view: The rows; owns this.
        tools: Has the buttons for Follow and Pause.
    """

    def __init__(self, model: TrafficModel, view: TrafficView, tools: TrafficTools) -> None:
        super().__init__(view)
        self._model = model
        self._view = view
        self._tools = tools
        self._has_frozen = False
        model.order_changed.connect(self._on_order_changed)
        view.follow_changed.connect(self._on_follow_changed)

    @Slot()
    def back(self) -> None:
        """Put the rows in the order of time, and let them run on if they did before."""
        self._view.sortByColumn(-1, Qt.SortOrder.AscendingOrder)

    def text(self) -> str:
        """Return by what the rows are sorted, or how far that is; empty for the order of time."""
        if (percent := self._model.sort_percent) is not None:
            return self.tr("sorting, {percent} %").format(percent=percent)
        if self._model.order is None:
            return ""
        title = self._model.headerData(self._model.order[0], Qt.Orientation.Horizontal)
        return self.tr("sorted by {column}").format(column=title)

    def fill(self, menu: QMenu) -> None:
        """Put the columns into a menu: who has no mouse cannot press their titles."""
        group, header, order = QActionGroup(menu), self._view.horizontalHeader(), self._model.order
        by_time = menu.addAction(self.tr("&Time order\tEsc"))
        by_time.triggered.connect(self.back)
        by_time.setCheckable(True)
        by_time.setChecked(order is None)
        group.addAction(by_time)
        for column in range(self._model.columnCount()):
            if header.isSectionHidden(column):
                continue
            title = self._model.headerData(column, Qt.Orientation.Horizontal)
            action = menu.addAction(str(title).replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(order is not None and order[0] == column)
            group.addAction(action)
            action.triggered.connect(partial(self._sort_by, column))

    def _sort_by(self, column: int) -> None:
        first = self._model.headerData(
            column, Qt.Orientation.Horizontal, Qt.ItemDataRole.InitialSortOrderRole
        )
        other = Qt.SortOrder.AscendingOrder if first else Qt.SortOrder.DescendingOrder
        is_again = self._model.order == (column, first == Qt.SortOrder.DescendingOrder)
        self._view.sortByColumn(column, other if is_again else first)

    @Slot()
    def _on_order_changed(self) -> None:
        pause, follow = self._tools.pause_button, self._tools.follow_button
        if self._model.order is not None:
            self._has_frozen = self._has_frozen or not pause.isChecked()
            self._view.set_following(False)
            pause.setChecked(pause.isEnabled())
            return
        has_frozen, self._has_frozen = self._has_frozen, False
        if not has_frozen:
            return
        if pause.isChecked():
            pause.setChecked(False)
        else:  # a file, which has no Pause
            self._model.resume()
        # Whoever reads a row must not have it run away.
        if follow.isEnabled() and not self._view.currentIndex().isValid():
            self._view.set_following(True)

    @Slot(bool)
    def _on_follow_changed(self, is_on: bool) -> None:
        if is_on and self._model.order is not None:
            self.back()
