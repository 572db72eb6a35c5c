"""What a view shows while it has nothing: why, and what to do next."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from authws_desktop.panels.theme import GRID, Theme

ICON_PX = 32


class EmptyState(QWidget):
    """An icon, a heading, a sentence and perhaps something to do, in the middle.

    Attributes:
        button: What can be done next; hidden until it is offered.

    Args:
        theme: Colours and icons.
        icon: Name of an icon.
        parent: Owner.
    """

    def __init__(self, theme: Theme, icon: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon_name = icon
        self._icon = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._heading = self._make_label("heading")
        self._text = self._make_label("muted")
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 4 * GRID)
        layout.setSpacing(GRID)
        layout.addStretch(1)
        layout.addWidget(self._icon)
        layout.addWidget(self._heading)
        layout.addWidget(self._text)
        self.button = QPushButton()
        self.button.hide()
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignCenter)
        layout.addStretch(1)
        theme.changed.connect(self._show_icon)
        self._show_icon()

    @staticmethod
    def _make_label(role: str) -> QLabel:
        label = QLabel(wordWrap=True, alignment=Qt.AlignmentFlag.AlignCenter)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setProperty("role", role)
        return label

    @property
    def text(self) -> str:
        """Heading and sentence."""
        return f"{self._heading.text()} {self._text.text()}".strip()

    def say(self, heading: str, text: str) -> None:
        """Show a heading and a sentence, plain."""
        if self._heading.text() != heading or self._text.text() != text:
            self._heading.setText(heading)
            self._text.setText(text)
            self._text.setVisible(bool(text))
            self.setAccessibleName(self.text)

    def offer(self, label: str) -> None:
        """Offer one thing to do under the sentence; an empty label offers nothing."""
        if self.button.text() != label:
            self.button.setText(label)
        self.button.setVisible(bool(label))

    @Slot()
    def _show_icon(self) -> None:
        self._icon.setPixmap(
            self._theme.pixmap(self._icon_name, "border_strong", ICON_PX, self.devicePixelRatioF())
        )
