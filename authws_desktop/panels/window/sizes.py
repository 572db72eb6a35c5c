"""How large the window is: never smaller than its design, never larger than the screen."""

from __future__ import annotations

from PySide6.QtCore import QSize

MINIMUM_SIZE = QSize(1024, 640)
FIRST_SIZE = QSize(1240, 780)
FRAME_PX = 40
"""What the system puts above a window, and a pixel or two around it."""


def smallest_size(available: QSize) -> QSize:
    """Return the size that the window is never smaller than: its design's, or what a low screen leaves."""
    return QSize(MINIMUM_SIZE.width(), min(MINIMUM_SIZE.height(), available.height() - FRAME_PX))


def first_size(available: QSize) -> QSize:
    """Return the size of a window that has none yet: whole on the screen, its foot and Start in sight.

    Args:
        available: The screen without the system's own bars.
    """
    room = available - QSize(0, FRAME_PX)
    return FIRST_SIZE.boundedTo(room).expandedTo(smallest_size(available))
