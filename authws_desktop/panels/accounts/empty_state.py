"""What a page shows while it has nothing: why, and what to do next."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from authws_desktop.panels.theme import GRID, Theme, set_variant

_ICON_PX = 32
_TEXT_WIDTH = 52 * GRID


class EmptyState(QWidget):
    """An icon, a title, a sentence, and buttons for what to do next.

    Args:
        theme: Colours and icons.
        icon: Name of the icon.
        parent: Qt parent.
    """

    def __init__(self, theme: Theme, icon: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon_name = icon
        self._shown: tuple[object, ...] = ()
        self.buttons: list[QPushButton] = []
        self._build()
        theme.changed.connect(self._show_icon)
        self._show_icon()

    def _build(self) -> None:
        centre = Qt.AlignmentFlag.AlignCenter
        self._icon = QLabel(self)
        self.title = QLabel(self)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.text = QLabel(self)
        self.text.setWordWrap(True)
        self.text.setFixedWidth(_TEXT_WIDTH)
        set_variant(self.title, "role", "title")
        set_variant(self.text, "role", "muted")
        self._button_row = QHBoxLayout()
        self._button_row.setSpacing(GRID)
        layout = QVBoxLayout(self)
        layout.setSpacing(GRID)
        layout.addStretch(2)
        for label in (self._icon, self.title, self.text):
            label.setAlignment(centre)
            layout.addWidget(label, 0, centre)
        layout.addSpacing(GRID)
        layout.addLayout(self._button_row)
        layout.setAlignment(self._button_row, centre)
        layout.addStretch(3)

    def show_state(self, title: str, text: str, buttons: Sequence[tuple[str, Callable[[], object]]]) -> None:
        """Say why there is nothing and offer what to do; the first button is the likeliest.

        Args:
            title: What there is not.
            text: What to do.
            buttons: Label and act of each.
        """
        shown = (title, text, tuple(label for label, _ in buttons))
        if shown == self._shown:
            return
        self._shown = shown
        self.title.setText(title)
        self.text.setText(text)
        self.text.ensurePolished()
        # Centred in a layout, a label that wraps is not given the height it needs.
        self.text.setMinimumHeight(0)
        self.text.setMinimumHeight(self.text.heightForWidth(_TEXT_WIDTH))
        for old in self.buttons:
            self._button_row.removeWidget(old)
            old.hide()
            old.deleteLater()
        self.buttons = [self._add_button(label, act) for label, act in buttons]
        set_variant(self.buttons[0], "kind", "primary")

    def _add_button(self, label: str, act: Callable[[], object]) -> QPushButton:
        button = QPushButton(label, self)
        button.setAccessibleName(label)
        button.clicked.connect(lambda _checked=False: act())
        self._button_row.addWidget(button)
        return button

    def _show_icon(self) -> None:
        ratio = self.devicePixelRatioF()
        self._icon.setPixmap(self._theme.pixmap(self._icon_name, "muted", _ICON_PX, ratio))
