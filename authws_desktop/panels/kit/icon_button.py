"""Buttons that are an icon, or an icon with a word beside it."""

from __future__ import annotations

from PySide6.QtCore import Qt
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
    if has_text:
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setText(name)
    button.setAccessibleName(name)
    button.setToolTip(tip or name)
    theme.decorate(button, icon, "muted")
    return button
