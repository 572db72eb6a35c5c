"""Copying: a button that says that it copied, and a value to read and to copy."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit, QToolButton, QWidget

from authws_desktop.panels.kit.boxes import NO_MARGINS, horizontal_box
from authws_desktop.panels.kit.theme import CONTROL_HEIGHT, GRID, Theme

CONFIRMED_MS = 1500


class CopyButton(QToolButton):
    """Copies a text to the clipboard; shows a check mark for a moment.

    Args:
        theme: For the icons.
        name: Accessible name and tool tip: what is copied.
        text: Returns the text at the time of the click.
        parent: The widget it lies in.
        label: Stands beside the icon; nothing for the icon alone.
    """

    def __init__(
        self,
        theme: Theme,
        name: str,
        text: Callable[[], str],
        parent: QWidget | None = None,
        *,
        label: str = "",
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._text = text
        self._label = label
        self._timer = QTimer(self, singleShot=True, interval=CONFIRMED_MS)
        self._timer.timeout.connect(self._show_idle)
        self.setAccessibleName(name)
        self.setIconSize(QSize(16, 16))
        if label:
            self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.clicked.connect(self.copy)
        self._show_idle()
        if label:
            self.setMinimumWidth(self.sizeHint().width() + 2 * GRID)  # "Copied" moves nothing

    def copy(self) -> None:
        """Copy, as the button does."""
        QGuiApplication.clipboard().setText(self._text())
        self._show("check", "good", self.tr("Copied"), self.tr("Copied"))
        self._timer.start()

    def _show_idle(self) -> None:
        self._show("copy", "muted", self._label, self.accessibleName())

    def _show(self, icon: str, role: str, label: str, tip: str) -> None:
        self._theme.decorate(self, icon, role)
        self.setToolTip(tip)
        if self._label:
            self.setText(label)


class CopyLine(QWidget):
    """One value in a read-only line, with a button that copies it.

    Args:
        theme: Fonts and icons.
        label: Its name, for screen readers and the button.
        parent: Qt parent.
    """

    def __init__(self, theme: Theme, label: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line = QLineEdit(self)
        self.line.setReadOnly(True)
        self.line.setFont(theme.fixed_font())
        self.line.setAccessibleName(label)
        name = self.tr("Copy {what}").format(what=label.lower())
        self.button = CopyButton(theme, name, self.line.text, self)
        self.button.setFixedSize(CONTROL_HEIGHT, CONTROL_HEIGHT)
        layout = horizontal_box(self, margins=NO_MARGINS, spacing=GRID // 2)
        layout.addWidget(self.line, 1)
        layout.addWidget(self.button)

    def set_value(self, value: str) -> None:
        """Show a value, from its start."""
        if self.line.text() != value:
            self.line.setText(value)
            self.line.setCursorPosition(0)
