"""A table as this page uses it: whole rows, fixed widths, columns chosen from the header's menu."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QAbstractItemModel, QPoint, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget

from authws_desktop.panels.theme import ROW_HEIGHT, Theme

HEADER_HEIGHT = 28


class RowsTable(QTableView):
    """A calm table of whole rows.

    Args:
        theme: Fonts.
        model: What it shows; sorts.
        widths: Pixels of each column at first.
        main_column: Takes the room that is left, and cannot be hidden.
        parent: Qt parent.
    """

    def __init__(
        self,
        theme: Theme,
        model: QAbstractItemModel,
        widths: Mapping[int, int],
        main_column: int,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._main_column = main_column
        self.setModel(model)
        self.setFont(theme.number_font())
        self._set_behaviour()
        self._set_header(widths)

    def _set_behaviour(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSortingEnabled(True)
        vertical = self.verticalHeader()
        vertical.hide()
        vertical.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        vertical.setDefaultSectionSize(ROW_HEIGHT)

    def _set_header(self, widths: Mapping[int, int]) -> None:
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionsMovable(True)
        header.setHighlightSections(False)
        header.setFixedHeight(HEADER_HEIGHT)
        header.setMinimumSectionSize(56)
        for column, width in widths.items():
            header.resizeSection(column, width)
        header.setSectionResizeMode(self._main_column, QHeaderView.ResizeMode.Stretch)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._on_header_menu_requested)

    def column_menu(self) -> QMenu:
        """Return a menu that shows and hides columns."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for column in range(self.model().columnCount()):
            title = self.model().headerData(column, Qt.Orientation.Horizontal, Qt.ItemDataRole.DisplayRole)
            action = menu.addAction(str(title))
            action.setCheckable(True)
            action.setChecked(not self.isColumnHidden(column))
            action.setEnabled(column != self._main_column)
            action.toggled.connect(lambda is_shown, column=column: self.setColumnHidden(column, not is_shown))
        return menu

    def _on_header_menu_requested(self, place: QPoint) -> None:
        self.column_menu().popup(self.horizontalHeader().mapToGlobal(place))
