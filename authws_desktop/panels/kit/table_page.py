"""The frame of every page around a table: tools above it, what is said while it is empty, a note below."""

from __future__ import annotations

from typing import Generic, TypeVar

from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QStackedWidget, QWidget

from authws_desktop.panels.kit.bars import bar
from authws_desktop.panels.kit.boxes import NO_MARGINS, horizontal_box, vertical_box
from authws_desktop.panels.kit.empty_state import EmptyState, Offer
from authws_desktop.panels.kit.notices import NoticeBar, NoticeKind
from authws_desktop.panels.kit.search_box import SearchBox
from authws_desktop.panels.kit.table import Table
from authws_desktop.panels.kit.theme import GRID, Theme, set_variant
from authws_desktop.panels.kit.words import counted, grouped

SEARCH_WIDTH_PX = 45 * GRID
T = TypeVar("T")


class TablePage(QWidget, Generic[T]):
    """Subclasses put their tools into `tool_row`, fill the table, and call `show_rows_or` after each change.

    Attributes:
        table: The rows.
        column: Everything, top to bottom; what is added comes below.
        content_row: The table, or what is said in its place.
        tool_bar, tool_row: The bar above the table, and the row in it.
        search: Narrows the table; subclasses add it to the tools where they have one.
        count_label: How many rows are shown.
        empty: What is said in place of the table.
        notice: What happened; below the table, so that no row jumps.

    Args:
        theme: The look.
        table: The rows.
        icon: Name of the icon of the empty page.
    """

    def __init__(self, theme: Theme, table: Table[T], icon: str) -> None:
        super().__init__()
        self.theme = theme
        self.table = table
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self.notice = NoticeBar(theme, self)
        self.count_label = QLabel(self)
        set_variant(self.count_label, "role", "muted")
        self.empty = EmptyState(theme, icon, self)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self.build_content())
        self._stack.addWidget(self.empty)
        self.tool_bar, self.tool_row = bar("bar", self)
        self.column = vertical_box(self, margins=NO_MARGINS, spacing=0)
        self.column.addWidget(self.tool_bar)
        # With the padding of a cell, the table's words begin where the controls of the bar do.
        self.content_row = horizontal_box(margins=(GRID, 0, GRID, 0))
        self.content_row.addWidget(self._stack)
        self.column.addLayout(self.content_row, 1)
        below = horizontal_box(margins=(2 * GRID, 0, 2 * GRID, GRID))
        below.addWidget(self.notice)
        self.column.addLayout(below)

    def build_content(self) -> QWidget:
        """Return what is shown while there are rows: the table, perhaps with more around it."""
        return self.table

    def build_search(self, hint: str, name: str) -> SearchBox:
        """Make the search box.

        Args:
            hint: Shown while it is empty.
            name: For screen readers.
        """
        self.search = SearchBox(self.theme, hint, name, self)
        self.search.setMaximumWidth(SEARCH_WIDTH_PX)
        self.search.textChanged.connect(self.table.search)
        self.search.returnPressed.connect(self.table.setFocus)
        return self.search

    def counted_rows(self, one: str, many: str) -> str:
        """Return how many rows are shown, of how many: `2 acts`, `1 of 2 acts`.

        Args:
            one: For one row, as `counted` takes it: `%n act`.
            many: For any other number: `%n acts`.
        """
        total, shown = len(self.table.source.rows()), self.table.shown_count()
        words = counted(total, one, many)
        if shown == total:
            return words
        return self.tr("{shown} of {rows}").format(shown=grouped(shown), rows=words)

    def show_rows_or(self, heading: str, text: str, *offers: Offer) -> None:
        """Show the table, or in its place why nothing is in it and what to do next."""
        has_rows = self.table.shown_count() > 0
        if not has_rows:
            self.empty.say(heading, text, *offers)
        self._stack.setCurrentIndex(0 if has_rows else 1)

    def show_error(self, text: str) -> None:
        """Say on the page what went wrong."""
        self.notice.show_notice(text, NoticeKind.BAD)
