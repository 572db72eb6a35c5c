"""What dialogs have in common: the title as a heading, and the same space around and between their parts."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLabel, QVBoxLayout

from authws_desktop.panels.theme import GRID, set_variant


def headed_column(dialog: QDialog, title: str) -> QVBoxLayout:
    """Give a dialog its title, in its frame and as a heading; return the column for everything below."""
    dialog.setWindowTitle(title)
    heading = QLabel(title, dialog)
    heading.setTextFormat(Qt.TextFormat.PlainText)
    set_variant(heading, "role", "title")
    column = QVBoxLayout(dialog)
    column.setContentsMargins(3 * GRID, 2 * GRID + 4, 3 * GRID, 2 * GRID + 4)
    column.setSpacing(GRID + 4)
    column.addWidget(heading)
    return column
