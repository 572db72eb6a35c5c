"""A button that copies a text and says so."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, QTimer, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QToolButton, QWidget

from authws_desktop.panels.theme import Theme

CONFIRMED_MS = 1500


class CopyButton(QToolButton):
    """Copies a text to the clipboard; shows a check mark for a moment.

    Args:
        theme: For the icons.
        name: Accessible name and tool tip: what is copied.
        text: Returns the text at the time of the click.
        parent: The widget it lies in.
    """

    def __init__(
        self, theme: Theme, name: str, text: Callable[[], str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._text = text
        self._timer = QTimer(self, singleShot=True, interval=CONFIRMED_MS)
        self._timer.timeout.connect(self._on_confirmed)
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setIconSize(QSize(16, 16))
        theme.decorate(self, "copy", "muted")
        self.clicked.connect(self.copy)

    @Slot()
    def copy(self) -> None:
        """Copy, as the button does."""
        QGuiApplication.clipboard().setText(self._text())
        self._theme.decorate(self, "check", "good")
        self.setToolTip(self.tr("Copied"))
        self._timer.start()

    @Slot()
    def _on_confirmed(self) -> None:
        self._theme.decorate(self, "copy", "muted")
        self.setToolTip(self.accessibleName())
