"""A list with acts on chosen rows, as a dialog or a part of a page: rows, or what is said without any."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QStackedWidget, QWidget

from authws_desktop.panels.kit.boxes import horizontal_box, vertical_box
from authws_desktop.panels.kit.dialog import Dialog, text_label
from authws_desktop.panels.kit.notices import NoticeBar, NoticeKind
from authws_desktop.panels.kit.table import Table
from authws_desktop.panels.kit.theme import GRID, Theme, set_variant

T = TypeVar("T")


class ListParts(Generic[T]):
    """Shows rows; subclasses say which, and what can be done with them.

    Attributes:
        table: The rows.
        empty_label: What is said while there are none.
    """

    table: Table[T]
    empty_label: QLabel

    def build_list(self, table: Table[T], empty_text: str) -> QStackedWidget:
        """Put the table and what stands in its place into one widget, and return it."""
        self.table = table
        self.empty_label = text_label(empty_text, "muted")
        self.empty_label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedWidget()
        self._stack.addWidget(table)
        self._stack.addWidget(self.empty_label)
        table.selectionModel().selectionChanged.connect(self.update_controls)
        return self._stack

    def show_rows(self, rows: Sequence[T]) -> None:
        """Show these rows, or that there are none."""
        self.table.show_rows(rows)
        self._stack.setCurrentIndex(0 if rows else 1)
        self.update_controls()

    def update_controls(self) -> None:
        """Enable what can be done now."""


class ListDialog(ListParts[T], Dialog):
    """The list as a dialog.

    Attributes:
        close_button: Closes the dialog; subclasses add it where it belongs.
    """

    close_button: QPushButton


class ListPanel(ListParts[T], QWidget):
    """The list as a part of a page; it says what went wrong in itself.

    Attributes:
        theme: The look.
        notice: What is to be said: hidden while there is nothing.
        content: The column between note and buttons.
        foot: The row of buttons.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.notice = NoticeBar(theme, self)
        self.content = vertical_box(spacing=GRID + GRID // 2)
        self.foot = horizontal_box(spacing=GRID)
        column = vertical_box(self, margins=(2 * GRID, GRID, 2 * GRID, GRID), spacing=GRID + GRID // 2)
        column.addWidget(self.notice)
        column.addLayout(self.content, 1)
        column.addLayout(self.foot)

    def add_button(self, label: str, kind: str = "") -> QPushButton:
        """Add a button to the foot; see `Dialog.add_button`."""
        button = QPushButton(label, self)
        set_variant(button, "kind", kind)
        self.foot.addWidget(button)
        return button

    def refresh(self) -> None:
        """Bring what is shown up to date."""

    def show_error(self, text: str) -> None:
        """Say in the panel what went wrong."""
        self.notice.show_notice(text, NoticeKind.BAD)
