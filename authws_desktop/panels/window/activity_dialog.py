"""The large chart: messages in, messages out and connections of the last two minutes."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from authws_desktop.panels.kit.dialog import Dialog, text_label
from authws_desktop.panels.kit.theme import GRID, Theme
from authws_desktop.panels.kit.words import grouped
from authws_desktop.panels.window.activity import Activity, Series
from authws_desktop.panels.window.sparkline import activity_text, area_under, line_of, tint

_AXIS_PX = 64
_FOOT_PX = 20


class ActivityChart(QWidget):
    """One series with its axes.

    Args:
        activity: The points.
        series: Which of them.
        title: What it counts.
        theme: Colours and fonts.
        parent: Owner.
    """

    def __init__(self, activity: Activity, series: Series, title: str, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._activity = activity
        self._series = series
        self._title = title
        self._theme = theme
        self.setAccessibleName(title)
        self.setMinimumSize(self.minimumSizeHint())
        theme.changed.connect(self.update)

    def minimumSizeHint(self) -> QSize:
        """Return its smallest size; overrides Qt's."""
        return QSize(320, 96)

    def top(self) -> int:
        """Return what the top of the axis stands for: a round number above all points."""
        highest = max(self._activity.highest(self._series), 1.0)
        size: int = 10 ** (len(str(int(highest))) - 1)
        return next(step * size for step in (1, 2, 5, 10) if step * size >= highest)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint axes and line; overrides Qt's."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._theme.number_font())
        box = QRectF(self.rect()).adjusted(_AXIS_PX, _FOOT_PX + 4, -GRID, -_FOOT_PX)
        self._paint_axes(painter, box)
        line = line_of(self._activity.values(self._series), box, self.top())
        colour = self._theme.tokens.accent
        painter.fillPath(area_under(line, box), tint(colour))
        painter.setPen(QPen(QColor(colour), 1.8))
        painter.drawPath(line)

    def _paint_axes(self, painter: QPainter, box: QRectF) -> None:
        tokens = self._theme.tokens
        top = self.top()
        for value in (0, top / 2, top):
            y = box.bottom() - box.height() * value / top
            painter.setPen(QPen(QColor(tokens.border), 1))
            painter.drawLine(int(box.left()), int(y), int(box.right()), int(y))
            if value != int(value):
                continue
            painter.setPen(QColor(tokens.muted))
            place = QRectF(0, y - 9, _AXIS_PX - GRID, 18)
            painter.drawText(
                place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, grouped(int(value))
            )
        foot = QRectF(box.left(), box.bottom() + 2, box.width(), _FOOT_PX - 2)
        painter.drawText(foot, Qt.AlignmentFlag.AlignLeft, self.tr("2 min ago"))
        painter.drawText(foot, Qt.AlignmentFlag.AlignRight, self.tr("now"))
        painter.setPen(QColor(tokens.text))
        now = grouped(round(self._activity.newest(self._series)))
        painter.drawText(QRectF(box.left(), 0, box.width(), 20), Qt.AlignmentFlag.AlignLeft, self._title)
        painter.drawText(QRectF(box.left(), 0, box.width(), 20), Qt.AlignmentFlag.AlignRight, now)


class ActivityDialog(Dialog):
    """Three charts, and what they show in words.

    Attributes:
        charts: By series.
        words: The same as text.
    """

    is_modal = False

    def __init__(self, activity: Activity, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent.tr("Activity"), parent)
        self._activity = activity
        self._shown = -1
        self.set_size(92, 64)
        self.charts = {
            series: ActivityChart(activity, series, title, theme, self)
            for series, title in (
                (Series.MESSAGES_OUT, self.tr("Messages out a second")),
                (Series.MESSAGES_IN, self.tr("Messages in a second")),
                (Series.CONNECTIONS, self.tr("Connections")),
            )
        }
        self._build()
        self.refresh()

    def _build(self) -> None:
        for chart in self.charts.values():
            self.content.addWidget(chart, 1)
        self.words = text_label("", "muted", self, is_selectable=True)
        self.foot.addWidget(self.words, 1)
        self.add_button(self.tr("Close"), is_default=True).clicked.connect(self.accept)

    def refresh(self) -> None:
        """Show the newest points."""
        if self._activity.revision == self._shown:
            return
        self._shown = self._activity.revision
        self.words.setText(activity_text(self, self._activity))
        for series, chart in self.charts.items():
            now, most = self._activity.newest(series), self._activity.highest(series)
            chart.setAccessibleDescription(
                self.tr("{now} now, {most} at most").format(
                    now=grouped(round(now)), most=grouped(round(most))
                )
            )
            chart.update()
