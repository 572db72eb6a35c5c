"""The narrow rail at the left that chooses the page."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QToolButton

from authws_desktop.panels.kit.boxes import vertical_box
from authws_desktop.panels.kit.theme import GRID, Theme, set_variant

WIDTH_PX = 76
BADGE_PX = 16
BADGE_MAX = 99
"""Higher numbers are shown as `99+`."""


@dataclass(frozen=True)
class RailEntry:
    """One page in the rail.

    Attributes:
        key: Its name in the program and in the remembered state.
        label: Its name in the window.
        icon: As in `theme.icon_file`.
        shortcut: Keys that choose it, for the tool tip; the View menu holds the action.
    """

    key: str
    label: str
    icon: str
    shortcut: str


class RailButton(QToolButton):
    """A button that can carry a number.

    Attributes:
        badge: The number as text; empty for none.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.badge = ""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the button and the number in its corner; overrides Qt's."""
        super().paintEvent(event)
        if not self.badge:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = self.font()
        font.setPixelSize(BADGE_PX - 6)
        font.setBold(True)
        painter.setFont(font)
        width = max(BADGE_PX, painter.fontMetrics().horizontalAdvance(self.badge) + 9)
        box = QRectF(self.width() - width - 5, 3, width, BADGE_PX)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("accent"))
        painter.drawRoundedRect(box, BADGE_PX / 2, BADGE_PX / 2)
        painter.setPen(self._theme.colour("accent_text"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.badge)
        painter.end()


class Rail(QFrame):
    """A column of buttons, one of them chosen.

    Attributes:
        buttons: By page key.

    Signals:
        page_chosen: The person chose a page (its key).
    """

    page_chosen = Signal(str)

    def __init__(self, entries: list[RailEntry], theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._entries = {entry.key: entry for entry in entries}
        self.buttons: dict[str, RailButton] = {}
        set_variant(self, "kind", "rail")
        self._build()

    def _build(self) -> None:
        self._group = QButtonGroup(self)
        layout = vertical_box(self, margins=(6, GRID, 6, GRID), spacing=4)
        for entry in self._entries.values():
            button = self._build_button(entry)
            self.buttons[entry.key] = button
            self._group.addButton(button)
            layout.addWidget(button)
        layout.addStretch(1)
        # In some languages a word is longer than the rail is wide in English.
        width = max(button.sizeHint().width() for button in self.buttons.values())
        for button in self.buttons.values():
            button.setFixedWidth(max(WIDTH_PX - 13, width))
        self.setFixedWidth(max(WIDTH_PX, width + 13))

    def _build_button(self, entry: RailEntry) -> RailButton:
        button = RailButton(self._theme)
        button.setText(entry.label)
        button.setCheckable(True)
        set_variant(button, "kind", "rail")
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setIconSize(QSize(20, 20))
        button.setFixedHeight(52)
        button.setAccessibleName(entry.label)
        button.setToolTip(f"{entry.label} ({entry.shortcut})")
        self._theme.decorate(button, entry.icon, "muted")
        button.clicked.connect(self._on_clicked)
        return button

    def show_chosen(self, key: str) -> None:
        """Mark a page as chosen."""
        for other, button in self.buttons.items():
            button.setChecked(other == key)
            role = "selection_text" if other == key else "muted"
            self._theme.decorate(button, self._entries[other].icon, role)

    def show_badge(self, key: str, count: int, words: str) -> None:
        """Show a number on a page's button; 0 takes it away.

        Args:
            key: The page.
            count: How many.
            words: What they do, for the tool tip and screen readers, such as "waiting".
        """
        button, entry = self.buttons[key], self._entries[key]
        badge = "" if not count else (str(count) if count <= BADGE_MAX else f"{BADGE_MAX}+")
        if badge == button.badge:
            return
        button.badge = badge
        name = f"{entry.label}, {badge} {words}" if badge else entry.label
        button.setAccessibleName(name)
        button.setToolTip(f"{name} ({entry.shortcut})")
        button.update()

    @Slot()
    def _on_clicked(self) -> None:
        sender = self.sender()
        key = next(key for key, button in self.buttons.items() if button is sender)
        self.page_chosen.emit(key)
