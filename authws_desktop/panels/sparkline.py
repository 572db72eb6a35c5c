"""A small picture of the last minute, without axes."""

from __future__ import annotations

from collections import deque

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from authws_desktop.panels.theme import Theme

POINTS = 60


class Sparkline(QWidget):
    """The newest values as a line, scaled to the highest of them.

    Args:
        theme: Its colours.
        parent: The widget it lies in.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._values: deque[float] = deque([0.0] * POINTS, maxlen=POINTS)
        self.setFixedSize(self.sizeHint())
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Return its size; overrides Qt's."""
        return QSize(120, 18)

    def add(self, value: float) -> None:
        """Add the newest value; the oldest one goes."""
        self._values.append(value)
        self.update()

    def clear(self) -> None:
        """Start anew with a flat line."""
        self._values.extend([0.0] * POINTS)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the line; overrides Qt's."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = self._line()
        area = QPainterPath(line)
        area.lineTo(self.width() - 1, self.height() - 1)
        area.lineTo(1, self.height() - 1)
        ground = QColor(self._theme.tokens.accent)
        ground.setAlphaF(0.14)
        painter.fillPath(area, ground)
        is_quiet = not any(self._values)
        colour = self._theme.tokens.border_strong if is_quiet else self._theme.tokens.accent
        pen = QPen(QColor(colour), 1.4)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.drawPath(line)

    def _line(self) -> QPainterPath:
        highest = max(*self._values, 1.0)
        step = (self.width() - 2) / (POINTS - 1)
        room = self.height() - 4
        points = [
            QPointF(1 + number * step, self.height() - 1.5 - room * value / highest)
            for number, value in enumerate(self._values)
        ]
        path = QPainterPath(points[0])
        for point in points[1:]:
            path.lineTo(point)
        return path
