"""A header that costs nothing when rows come and go."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHeaderView, QWidget


class FixedHeader(QHeaderView):
    """A horizontal header of a table, of one height.

    Qt lays a table out anew whenever its number of rows changes, and asks the header for its height each
    time; Qt's own header finds it by asking the model for title, font and icon of every column.

    Args:
        height_px: Its height, pixels.
        parent: Owner.
    """

    def __init__(self, height_px: int, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._hint = QSize(0, height_px)
        self.setFixedHeight(height_px)
        self.setSectionsClickable(True)  # as the header is that a table makes for itself

    def sizeHint(self) -> QSize:
        """Return its size; overrides Qt's. A table gives it its own width."""
        return self._hint
