"""A QR code as a shape, sharp at every size: for paper, and for small codes in dialogs."""

from __future__ import annotations

import segno
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QWidget

QUIET_ZONE = 4
"""Light modules around the code (ISO/IEC 18004)."""

# Readers look for dark on light: these are not the theme's.
INK, PAPER = "#000000", "#ffffff"


class QrShape:
    """The dark modules of a code, each one unit wide.

    Attributes:
        side: Modules on a side, the quiet zone included.

    Args:
        text: What the code says.
    """

    def __init__(self, text: str) -> None:
        rows = [list(row) for row in segno.make(text, error="m", micro=False).matrix_iter(border=QUIET_ZONE)]
        self.side = len(rows)
        path = QPainterPath()
        for y, row in enumerate(rows):
            for x, is_dark in enumerate(row):
                if is_dark:
                    path.addRect(x, y, 1, 1)
        # One outline without seams, which viewers of PDF would show as hairlines.
        self._path = path.simplified()

    def paint(self, painter: QPainter, place: QRectF) -> None:
        """Paint it on light ground into a square."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.fillRect(place, QColor(PAPER))
        painter.translate(place.topLeft())
        painter.scale(place.width() / self.side, place.height() / self.side)
        painter.fillPath(self._path, QColor(INK))
        painter.restore()


class QrLabel(QWidget):
    """Shows a code; nothing while there is no text.

    Args:
        side_px: How large.
        parent: Qt parent.
    """

    def __init__(self, side_px: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.text = ""
        self._shape: QrShape | None = None
        self.setFixedSize(side_px, side_px)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def show_text(self, text: str) -> None:
        """Show the code of a text."""
        if text != self.text:
            self.text = text
            self._shape = QrShape(text) if text else None
            self.setAccessibleName(self.tr("QR code of {}").format(text) if text else "")
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the code, each module a whole number of pixels; overrides Qt's."""
        if self._shape is None:
            return
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        module = max(1, int(self.width() * ratio // self._shape.side))
        side = module * self._shape.side / ratio
        start = round((self.width() - side) / 2 * ratio) / ratio
        painter.fillRect(self.rect(), QColor(PAPER))
        self._shape.paint(painter, QRectF(start, start, side, side))
        painter.end()
