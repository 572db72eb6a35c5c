"""What keeps the program from starting, said in a dialog: there is no window yet to say it in."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from authws_desktop.panels.copy_button import CopyButton
from authws_desktop.panels.theme import GRID, Theme

TEXT_WIDTH_PX = 420
ICON_PX = 32


class TroubleDialog(QDialog):
    """A sentence and what to do about it, to read or to copy.

    Args:
        text: What happened, what it means and what to do.
        theme: For the icons.
    """

    def __init__(self, text: str, theme: Theme) -> None:
        super().__init__()
        self._text = text
        self._theme = theme
        self.setWindowTitle(self.tr("Authws Desktop cannot start"))
        self._build()

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID)
        layout.setSpacing(3 * GRID)
        layout.addLayout(self._build_message())
        layout.addLayout(self._build_buttons())
        layout.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)

    def _build_message(self) -> QHBoxLayout:
        icon = QLabel()
        icon.setPixmap(self._theme.icon("triangle-alert", "warn").pixmap(QSize(ICON_PX, ICON_PX)))
        text = QLabel(self._text)
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        text.setWordWrap(True)
        text.setFixedWidth(TEXT_WIDTH_PX)
        text.setAccessibleName(self.tr("What happened"))
        row = QHBoxLayout()
        row.setSpacing(2 * GRID)
        row.addWidget(icon, alignment=Qt.AlignmentFlag.AlignTop)
        row.addWidget(text)
        return row

    def _build_buttons(self) -> QHBoxLayout:
        copy = CopyButton(self._theme, self.tr("Copy this message"), lambda: self._text)
        quit_ = QPushButton(self.tr("Quit"))
        quit_.setDefault(True)
        quit_.clicked.connect(self.reject)
        row = QHBoxLayout()
        row.addWidget(copy)
        row.addStretch()
        row.addWidget(quit_)
        return row
