"""Finds words within the payload that is shown."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QLineEdit, QWidget

from authws_desktop.panels.kit.boxes import horizontal_box
from authws_desktop.panels.kit.dialog import text_label
from authws_desktop.panels.kit.icon_button import icon_button
from authws_desktop.panels.kit.theme import GRID, Theme, set_variant

Find = Callable[[str, int], bool]
"""Goes to the next place with words, or with -1 to the one before; tells whether there is one."""


class FindBar(QFrame):
    """A line below the payload; Return goes on, Shift+Return goes back.

    Attributes:
        line: What is searched.
        result_label: That there is nothing.
        next_button, previous_button, close_button: As named.

    Signals:
        closed: The person is done.

    Args:
        theme: Icons.
        find: Looks for words in what is shown.
        parent: The detail.
    """

    closed = Signal()

    def __init__(self, theme: Theme, find: Find, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._find = find
        set_variant(self, "kind", "foot")
        self._build()
        self.line.textChanged.connect(self._on_typed)
        self.next_button.clicked.connect(self.find_next)
        self.previous_button.clicked.connect(self.find_previous)
        self.close_button.clicked.connect(self.close_bar)
        for keys, slot in (
            (Qt.Key.Key_Return, self.find_next),
            (Qt.Key.Key_F3, self.find_next),
            (Qt.Modifier.SHIFT | Qt.Key.Key_Return, self.find_previous),
            (Qt.Modifier.SHIFT | Qt.Key.Key_F3, self.find_previous),
        ):
            within = Qt.ShortcutContext.WidgetWithChildrenShortcut
            QShortcut(QKeySequence(keys), self, slot, context=within)
        self.hide()

    def _build(self) -> None:
        self.line = QLineEdit(self)
        self.line.setPlaceholderText(self.tr("Find in this payload"))
        self.line.setAccessibleName(self.tr("Find in this payload"))
        self.line.setClearButtonEnabled(True)
        self.result_label = text_label("", "muted", self)
        self.result_label.setWordWrap(False)
        self.next_button = icon_button(self._theme, "chevron-down", self.tr("Next (Return)"), parent=self)
        self.previous_button = icon_button(
            self._theme, "chevron-up", self.tr("Previous (Shift+Return)"), parent=self
        )
        self.close_button = icon_button(self._theme, "x", self.tr("Close (Esc)"), parent=self)
        row = horizontal_box(self, margins=(GRID, GRID // 2, GRID, GRID // 2), spacing=GRID // 2)
        row.addWidget(self.line)
        row.addWidget(self.previous_button)
        row.addWidget(self.next_button)
        row.addWidget(self.result_label, 1)
        row.addWidget(self.close_button)

    def open(self) -> None:
        """Come into sight, with the keyboard."""
        self.show()
        self.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.line.selectAll()

    @Slot()
    def close_bar(self) -> None:
        """Go out of sight."""
        self.hide()
        self.closed.emit()

    @Slot()
    def find_next(self) -> None:
        """Go on to the next place."""
        self._go(1)

    @Slot()
    def find_previous(self) -> None:
        """Go back to the place before."""
        self._go(-1)

    @Slot()
    def _on_typed(self) -> None:
        self.result_label.setText("")

    def _go(self, step: int) -> None:
        words = self.line.text()
        is_found = bool(words) and self._find(words, step)
        self.result_label.setText("" if is_found or not words else self.tr("Nothing like this is in it."))
