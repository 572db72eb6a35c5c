"""A number with its unit, as both dialogs have it."""

from __future__ import annotations

from PySide6.QtWidgets import QSpinBox, QWidget

from authws_desktop.panels.kit.theme import GRID


def number_box(name: str, least: int, most: int, unit: str, parent: QWidget) -> QSpinBox:
    """Return a field for a whole number.

    Args:
        name: What screen readers call it.
        least: The smallest.
        most: The largest.
        unit: Behind the number, with a blank in front.
        parent: Qt parent.
    """
    box = QSpinBox(parent)
    box.setRange(least, most)
    box.setSuffix(unit)
    box.setGroupSeparatorShown(True)
    box.setAccessibleName(name)
    # The style sheet's padding does not reach the text of these.
    box.lineEdit().setTextMargins(GRID // 2, 0, 0, 0)
    return box
