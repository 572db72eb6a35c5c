"""The size of the first window, and the least of any."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize

from authws_desktop.panels.window.sizes import FIRST_SIZE, FRAME_PX, first_size, smallest_size


@pytest.mark.parametrize(
    ("width", "height"), [(1366, 728), (1024, 600), (1280, 720), (1920, 1040), (3840, 2100)]
)
def test_the_first_window_is_whole_on_the_screen(width: int, height: int) -> None:
    """With its frame it fits each usual screen, and it is no smaller than it must be."""
    size = first_size(QSize(width, height))
    assert size.width() <= width
    assert size.height() + FRAME_PX <= height
    least = smallest_size(QSize(width, height))
    assert least.expandedTo(size) == size
    assert size == FIRST_SIZE or size.width() == width or size.height() == height - FRAME_PX
