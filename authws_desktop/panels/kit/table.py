"""The one table: whole rows of a flat list under described columns."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from authws_desktop.panels.kit.chips import ChipDelegate
from authws_desktop.panels.kit.column_menu import ColumnMenu
from authws_desktop.panels.kit.language import SPEECH
from authws_desktop.panels.kit.table_filter import TableFilter
from authws_desktop.panels.kit.table_model import ROW_ROLE, Column, TableModel
from authws_desktop.panels.kit.theme import ROW_HEIGHT, Theme
from authws_desktop.panels.kit.window_state import WindowState

HEADER_HEIGHT = 28
_LEAST_COLUMN_PX = 56
T = TypeVar("T")


def show_whole_rows(view: QTableView, row_height_px: int = ROW_HEIGHT) -> None:
    """Give a table view what all of the window's have: whole rows of one height, no grid, no row numbers."""
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setTextElideMode(Qt.TextElideMode.ElideRight)
    view.setShowGrid(False)
    view.setWordWrap(False)
    view.setCornerButtonEnabled(False)
    # Tab leaves the table; rows and columns are for the arrow keys.
    view.setTabKeyNavigation(False)
    view.horizontalHeader().setHighlightSections(False)
    rows = view.verticalHeader()
    rows.hide()
    rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    rows.setMinimumSectionSize(row_height_px)
    rows.setDefaultSectionSize(row_height_px)


class Table(QTableView, Generic[T]):
    """A table that follows a list: selection, place and order survive when rows come, change and go.

    Attributes:
        source: All rows, in the order they came.
        column_menu: The header's menu of columns.

    Args:
        theme: Fonts and colours.
        name: What screen readers call it.
        columns: From left to right; one without a width takes the room left and cannot be hidden.
        key: Returns what makes two rows the same one.
        parent: Qt parent.
        sorted_by: The column that rows are sorted by at first, and others if the person chooses so; `None`
            for a list that stays in its own order.
        is_descending: Whether the largest comes first at first.
        text_of: See `TableFilter`.
    """

    def __init__(
        self,
        theme: Theme,
        name: str,
        columns: Sequence[Column[T]],
        key: Callable[[T], Hashable],
        parent: QWidget | None = None,
        *,
        sorted_by: int | None = None,
        is_descending: bool = False,
        text_of: Callable[[T], str] | None = None,
    ) -> None:
        super().__init__(parent)
        self.source = TableModel[T](columns, key, self)
        self._filter = TableFilter[T](self.source, text_of, self)
        self.setModel(self._filter)
        self.setAccessibleName(name)
        self.setFont(theme.number_font())
        self.setItemDelegate(ChipDelegate(theme, self))
        show_whole_rows(self)
        self._set_header(columns)
        if sorted_by is not None:
            order = Qt.SortOrder.DescendingOrder if is_descending else Qt.SortOrder.AscendingOrder
            self.setSortingEnabled(True)
            self.sortByColumn(sorted_by, order)

    def _set_header(self, columns: Sequence[Column[T]]) -> None:
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionsMovable(True)
        header.setFixedHeight(HEADER_HEIGHT)
        header.setMinimumSectionSize(_LEAST_COLUMN_PX)
        main_column = next(place for place, column in enumerate(columns) if not column.width_px)
        for place, column in enumerate(columns):
            if column.width_px:
                # The widths are made for English: other words may be longer.
                least = header.sectionSizeHint(place) if SPEECH.catalogue is not None else 0
                header.resizeSection(place, max(column.width_px, least))
        header.setSectionResizeMode(main_column, QHeaderView.ResizeMode.Stretch)
        self.column_menu = ColumnMenu(header, main_column)

    def remember(self, window_state: WindowState, key: str) -> None:
        """Take over widths, order and sort of the columns as they were left, and remember what changes."""
        header = self.horizontalHeader()
        if window_state.keep_header(key, header) and self.isSortingEnabled():
            self.sortByColumn(header.sortIndicatorSection(), header.sortIndicatorOrder())

    # Rows

    def show_rows(self, rows: Sequence[T]) -> None:
        """Show these rows, in any order; only what differs changes."""
        self.source.set_rows(rows)

    def search(self, text: str) -> None:
        """Narrow to rows with every word of a text; an empty one shows everything."""
        self._filter.search(text)

    def narrow(self, accepts: Callable[[T], bool] | None) -> None:
        """Show only the rows that a function accepts, of those that the search finds; `None` for all."""
        self._filter.narrow(accepts)

    def shown(self) -> list[T]:
        """Return the rows that the search leaves, top to bottom."""
        return [self._filter.index(row, 0).data(ROW_ROLE) for row in range(self._filter.rowCount())]

    def shown_count(self) -> int:
        """Return how many rows the search leaves."""
        return self._filter.rowCount()

    def chosen(self) -> list[T]:
        """Return the selected rows, top to bottom."""
        indexes = sorted(self.selectionModel().selectedRows(), key=lambda index: index.row())
        return [index.data(ROW_ROLE) for index in indexes]

    def choose(self, key: Hashable) -> bool:
        """Select the row with a key and bring it into view; `False` where the search hides it."""
        index = self._filter.mapFromSource(self.source.index(self.source.place_of(key), 0))
        if not index.isValid():
            return False
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().select(index, flags.ClearAndSelect | flags.Rows)
        self.scrollTo(index)
        return True
