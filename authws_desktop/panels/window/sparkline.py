"""A small picture of the last two minutes, without axes; a click shows the large one."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.words import grouped
from authws_desktop.panels.window.activity import POINTS, Activity, Series


class Sparkline(QAbstractButton):
    """Messages out as an area, messages in as a dashed line, connections as a thin one.

    The two rates share a scale; connections have their own.

    Attributes:
        activity: What is shown; whoever feeds it calls `show_newest`.

    Args:
        theme: Its colours.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._shown = 0
        self.activity = Activity()
        self.setFixedSize(self.sizeHint())
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(self.tr("Activity of the last 2 minutes"))
        theme.changed.connect(self.update)
        self._describe()

    def sizeHint(self) -> QSize:
        """Return its size; overrides Qt's."""
        return QSize(120, 18)

    def show_newest(self) -> None:
        """Paint anew if there is a new point."""
        if self.activity.revision != self._shown:
            self._shown = self.activity.revision
            self._describe()
            self.update()

    def _describe(self) -> None:
        text = activity_text(self, self.activity)
        self.setAccessibleDescription(text)
        self.setToolTip(self.tr("{activity}\nClick for a larger chart").format(activity=text))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the lines; overrides Qt's."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        activity, tokens = self.activity, self._theme.tokens
        box = QRectF(self.rect()).adjusted(1, 2, -1, -1.5)
        highest = max(activity.highest(Series.MESSAGES_OUT), activity.highest(Series.MESSAGES_IN))
        out = line_of(activity.values(Series.MESSAGES_OUT), box, highest)
        painter.fillPath(area_under(out, box), tint(tokens.accent))
        connections = activity.values(Series.CONNECTIONS)
        painter.setPen(QPen(QColor(tokens.border_strong), 1))
        painter.drawPath(line_of(connections, box, max(connections)))
        painter.setPen(QPen(QColor(tokens.good), 1.2, Qt.PenStyle.DashLine))
        painter.drawPath(line_of(activity.values(Series.MESSAGES_IN), box, highest))
        painter.setPen(QPen(QColor(tokens.accent if highest else tokens.border_strong), 1.4))
        painter.drawPath(out)
        if self.hasFocus():
            painter.setPen(QPen(QColor(tokens.accent), 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))


def activity_text(speaker: QWidget, activity: Activity) -> str:
    """Return in words what the chart shows."""
    parts = (
        (Series.MESSAGES_OUT, speaker.tr("Messages out: {now}/s now, {most}/s at most.")),
        (Series.MESSAGES_IN, speaker.tr("In: {now}/s now, {most}/s at most.")),
        (Series.CONNECTIONS, speaker.tr("Connections: {now} now, {most} at most in the last 2 minutes.")),
    )
    return " ".join(
        words.format(
            now=grouped(round(activity.newest(series))), most=grouped(round(activity.highest(series)))
        )
        for series, words in parts
    )


def line_of(values: list[float], box: QRectF, highest: float) -> QPainterPath:
    """Return values as a line from the left to the right of a box, the highest at its top."""
    step = box.width() / (POINTS - 1)
    scale = box.height() / max(highest, 1.0)
    path = QPainterPath()
    for number, value in enumerate(values):
        point = QPointF(box.left() + number * step, box.bottom() - value * scale)
        if number:
            path.lineTo(point)
        else:
            path.moveTo(point)
    return path


def area_under(line: QPainterPath, box: QRectF) -> QPainterPath:
    """Return the area between a line and the bottom of its box."""
    area = QPainterPath(line)
    area.lineTo(box.right(), box.bottom())
    area.lineTo(box.left(), box.bottom())
    area.closeSubpath()
    return area


def tint(colour: str) -> QColor:
    """Return a colour to fill an area with."""
    made = QColor(colour)
    made.setAlphaF(0.14)
    return made
