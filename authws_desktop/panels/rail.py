"""The narrow rail at the left that chooses the page."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QFrame, QToolButton, QVBoxLayout, QWidget

from authws_desktop.panels.theme import GRID, Theme

WIDTH_PX = 76


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


class Rail(QFrame):
    """A column of buttons, one of them chosen.

    Attributes:
        buttons: By page key.

    Signals:
        page_chosen: The person chose a page (its key).
    """

    page_chosen = Signal(str)

    def __init__(self, entries: list[RailEntry], theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._entries = {entry.key: entry for entry in entries}
        self.buttons: dict[str, QToolButton] = {}
        self.setProperty("kind", "rail")
        self.setFixedWidth(WIDTH_PX)
        self._build()

    def _build(self) -> None:
        self._group = QButtonGroup(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, GRID, 6, GRID)
        layout.setSpacing(4)
        for entry in self._entries.values():
            button = self._build_button(entry)
            self.buttons[entry.key] = button
            self._group.addButton(button)
            layout.addWidget(button)
        layout.addStretch(1)

    def _build_button(self, entry: RailEntry) -> QToolButton:
        button = QToolButton()
        button.setText(entry.label)
        button.setCheckable(True)
        button.setProperty("kind", "rail")
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setIconSize(QSize(20, 20))
        button.setFixedSize(WIDTH_PX - 13, 52)
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

    @Slot()
    def _on_clicked(self) -> None:
        sender = self.sender()
        key = next(key for key, button in self.buttons.items() if button is sender)
        self.page_chosen.emit(key)
