"""Buttons that are an icon, or an icon with a word beside it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import QToolButton, QWidget

from authws_desktop.panels.kit.theme import Theme


def icon_button(
    theme: Theme,
    icon: str,
    name: str,
    tip: str = "",
    parent: QWidget | None = None,
    *,
    has_text: bool = False,
) -> QToolButton:
    """Return a muted button for something beside the main matter.

    Args:
        theme: Has the icon, in its colours.
        icon: The icon's name.
        name: What it is called, for those who hear it; the text beside the icon, if there is one.
        tip: What it does; its name if empty.
        parent: Qt parent.
        has_text: Whether its name stands beside the icon.
    """
    button = QToolButton(parent)
    button.setIconSize(QSize(16, 16))
    if has_text:
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setText(name)
    button.setAccessibleName(name)
    button.setToolTip(tip or name)
    theme.decorate(button, icon, "muted")
    return button


class RevealButton(QToolButton):
    """An eye: pressed, something hidden is shown. What that is, is up to whoever listens to `toggled`.

    Args:
        theme: Has the icon, in its colours.
        show_name, hide_name: What it is called while that is hidden, and while it is shown.
        parent: Qt parent.
    """

    def __init__(self, theme: Theme, show_name: str, hide_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._names = show_name, hide_name
        self.setCheckable(True)
        self.setIconSize(QSize(16, 16))
        self.toggled.connect(self._name)
        self._name(False)

    @Slot(bool)
    def _name(self, is_shown: bool) -> None:
        name = self._names[is_shown]
        self.setAccessibleName(name)
        self.setToolTip(name)
        self._theme.decorate(self, "eye-off" if is_shown else "eye", "muted")
