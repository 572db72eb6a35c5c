"""The strip of time below the table: the last hours at a glance, and a brush that narrows to a part of them.

Rows are bars. Errors are marks above them, joins are marks below: their place tells them apart as well as
their colour does.
"""

from __future__ import annotations

from time import monotonic

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from authws_desktop.panels.kit.theme import GRID, Theme
from authws_desktop.panels.kit.words import clock_text, counted
from authws_desktop.panels.live.row_counts import Counts, RowCounts
from authws_desktop.panels.live.time_bins import Span, TimeBins

HEIGHT_PX = 26
LEAST_PX = 20 * GRID
BIN_PX = 3
"""Width of a bar, with the gap behind it."""
MARK_PX = 4
"""Height of a mark, and as much room above and below the bars."""
EVERY_S = 1.0
"""A bar is a second at least: to paint more often would show little more, and cost as much each time."""


class TimeStrip(QWidget):
    """Bars of rows with marks of errors and joins; a part can be chosen.

    Attributes:
        span: The part chosen; `None` for all.

    Signals:
        brushed: Another part is chosen, or none any more; carries the `Span` or `None`.

    Args:
        counts: What is shown.
        theme: Colours.
    """

    brushed = Signal(object)

    def __init__(self, counts: RowCounts, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._counts = counts
        self._bins = TimeBins(counts)
        self._due_s = 0.0
        self._era = counts.era
        self._drawn: tuple[int, int] | None = None  # first and last bin, while the button is held
        self.span: Span | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEIGHT_PX)
        self.setMinimumWidth(LEAST_PX)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.IBeamCursor)
        self.setAccessibleName(self.tr("Strip of time"))
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Return its size; overrides Qt's."""
        return QSize(2 * LEAST_PX, HEIGHT_PX)

    # What is shown

    def refresh(self) -> None:
        """Show what was counted, once a second at most."""
        now_s = monotonic()
        if self._era != self._counts.era:
            self._era, self._due_s = self._counts.era, 0.0
            self.choose(None)
        if now_s >= self._due_s:
            self._due_s = now_s + EVERY_S
            self._take_counts()

    def _take_counts(self) -> None:
        before = (self._bins.last, self._sum(self._bins.last, self._bins.last).rows)
        self._bins.refresh(self.width() // BIN_PX)
        if before != (self._bins.last, self._sum(self._bins.last, self._bins.last).rows):
            self.setAccessibleDescription(self.words(self._bins.first, self._bins.last))
            self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Sum up for another width; overrides Qt's."""
        super().resizeEvent(event)
        self._take_counts()

    def _sum(self, first: int, last: int) -> Counts:
        total = Counts()
        for place in range(min(first, last), max(first, last) + 1):
            if place in self._bins.bins:
                total.add(self._bins.bins[place])
        return total

    def words(self, first: int, last: int) -> str:
        """Return in words what there was in some neighbouring bins."""
        span, total = self._bins.span(first, last), self._sum(first, last)
        parts = [counted(total.rows, "%n row", "%n rows")]
        if total.errors:
            parts.append(counted(total.errors, "%n error", "%n errors"))
        if total.joins:
            parts.append(counted(total.joins, "%n joined", "%n joined"))
        return f"{span_text(span)}: {', '.join(parts)}"

    def x_of(self, place: int) -> int:
        """Return where a bin begins, pixels; the newest one ends at the right."""
        return self.width() - (self._bins.last - place + 1) * BIN_PX

    def place_at(self, x: int) -> int:
        """Return the bin at a place, pixels; the nearest one if there is none."""
        place = self._bins.last - (self.width() - 1 - x) // BIN_PX
        return min(max(place, self._bins.first), self._bins.last)

    # Choosing

    def choose(self, span: Span | None) -> None:
        """Choose a part, or all of it."""
        if span != self.span:
            self.span = span
            self.update()
            self.brushed.emit(span)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a part; overrides Qt's."""
        if event.button() is Qt.MouseButton.LeftButton and self._bins.bins:
            place = self.place_at(event.position().toPoint().x())
            self._drawn = place, place
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show how far it reaches, without narrowing yet; overrides Qt's."""
        if self._drawn is not None:
            self._drawn = self._drawn[0], self.place_at(event.position().toPoint().x())
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Narrow to the part; overrides Qt's."""
        drawn, self._drawn = self._drawn, None
        if drawn is not None:
            self.choose(self._bins.span(*drawn))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Take all of it again; overrides Qt's."""
        self.choose(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the part with the arrows, widen it with Shift, leave it with Escape; overrides Qt's."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if event.key() == Qt.Key.Key_Escape and self.span is not None:
            self.choose(None)
        elif step is not None and self._bins.bins:
            self._move(step, is_wider=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        else:
            super().keyPressEvent(event)

    def _move(self, step: int, *, is_wider: bool) -> None:
        bins = self._bins
        shown = self._brush()
        if shown is None:
            self.choose(bins.span(bins.last, bins.last))
            return
        place = (shown[0] if step < 0 else shown[1]) + step
        if bins.first <= place <= bins.last:
            self.choose(bins.span(place, shown[step < 0] if is_wider else place))

    def event(self, event: QEvent) -> bool:
        """Tell what lies under the pointer; overrides Qt's."""
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self._bins.bins:
            place = self.place_at(event.pos().x())
            hint = self.tr("Drag to show only a part of the time; a double click shows all.")
            QToolTip.showText(event.globalPos(), f"{self.words(place, place)}\n{hint}", self)
            return True
        return super().event(event)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint bars, marks and brush; overrides Qt's."""
        painter = QPainter(self)
        tokens = self._theme.tokens
        base = self.height() - MARK_PX - 2
        painter.fillRect(0, base, self.width(), 1, QColor(tokens.border))
        self._paint_brush(painter)
        bars, errors, joins = self._shapes(base)
        for shapes, colour in ((bars, tokens.border_strong), (errors, tokens.bad), (joins, tokens.good)):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colour))
            painter.drawRects(shapes)
        if self.hasFocus():
            painter.setPen(QColor(tokens.focus))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _shapes(self, base: int) -> tuple[list[QRect], list[QRect], list[QRect]]:
        """Return bars, marks of errors and marks of joins."""
        bins, first = self._bins.bins, self._bins.first
        most = max((each.rows for each in bins.values()), default=1)
        room = base - MARK_PX - 1
        bars, errors, joins = [], [], []
        for place, counts in bins.items():
            if place < first:
                continue
            x = self.x_of(place)
            # By the root: beside a flood, a minute with three rows is still to be seen.
            height = max(2, round(room * (counts.rows / most) ** 0.5))
            bars.append(QRect(x, base - height, BIN_PX - 1, height))
            if counts.errors:
                errors.append(QRect(x, 0, BIN_PX - 1, MARK_PX))
            if counts.joins:
                joins.append(QRect(x, base + 2, BIN_PX - 1, MARK_PX))
        return bars, errors, joins

    def _paint_brush(self, painter: QPainter) -> None:
        if (shown := self._brush()) is not None:
            box = QRect(0, 0, self.x_of(shown[1] + 1) - self.x_of(shown[0]) + 1, self.height())
            box.moveLeft(self.x_of(shown[0]) - 1)
            painter.fillRect(box, QColor(self._theme.tokens.selection))
            painter.setPen(QColor(self._theme.tokens.accent))
            painter.drawRect(box.adjusted(0, 0, -1, -1))

    def _brush(self) -> tuple[int, int] | None:
        """Return the first and last bin under the brush: being drawn, or chosen."""
        if self._drawn is not None:
            return min(self._drawn), max(self._drawn)
        if self.span is None:
            return None
        return self.span.start_s // self._bins.width_s, (self.span.end_s - 1) // self._bins.width_s


def span_text(span: Span) -> str:
    """Return a stretch of time as two times of day, or one for a second."""
    start, last = clock_text(span.start_s), clock_text(span.end_s - 1)
    return start if start == last else f"{start} \N{EN DASH} {last}"  # the same in every language
