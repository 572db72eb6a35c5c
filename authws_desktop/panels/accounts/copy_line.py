"""A value to read and to copy: a read-only line with a Copy button."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from authws_desktop.panels.copy_button import CONFIRMED_MS, CopyButton
from authws_desktop.panels.theme import CONTROL_HEIGHT, GRID, Theme


class CopyLine(QWidget):
    """One value.

    Args:
        theme: Fonts and icons.
        label: Its name, for screen readers and the button.
        parent: Qt parent.
    """

    def __init__(self, theme: Theme, label: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.line = QLineEdit(self)
        self.line.setReadOnly(True)
        self.line.setFont(theme.fixed_font())
        self.line.setAccessibleName(label)
        self.button = CopyButton(theme, self.tr("Copy {}").format(label.lower()), self.line.text, self)
        self.button.setFixedSize(CONTROL_HEIGHT, CONTROL_HEIGHT)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID // 2)
        layout.addWidget(self.line, 1)
        layout.addWidget(self.button)

    def set_value(self, value: str) -> None:
        """Show a value, from its start."""
        if self.line.text() != value:
            self.line.setText(value)
            self.line.setCursorPosition(0)


class CopyTextButton(QPushButton):
    """A button that copies a text and says so.

    Args:
        theme: Icons.
        label: What it says.
        parent: Qt parent.
    """

    def __init__(self, theme: Theme, label: str, parent: QWidget) -> None:
        super().__init__(label, parent)
        self._theme = theme
        self._label = label
        self._text = ""
        self._timer = QTimer(self, singleShot=True, interval=CONFIRMED_MS)
        self.setAutoDefault(False)
        self.clicked.connect(self._on_clicked)
        self._timer.timeout.connect(self._show_idle)
        self._show_idle()
        self.setMinimumWidth(self.sizeHint().width() + 2 * GRID)

    def set_text_to_copy(self, text: str) -> None:
        """Say what a click copies; nothing disables the button."""
        self._text = text
        self.setEnabled(bool(text))

    def _on_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self._text)
        self._theme.decorate(self, "check", "good")
        self.setText(self.tr("Copied"))
        self._timer.start()

    def _show_idle(self) -> None:
        self._theme.decorate(self, "copy")
        self.setText(self._label)
