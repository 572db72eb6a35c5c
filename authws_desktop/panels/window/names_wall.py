"""The names of who is here, large, for a wall."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from authws_desktop.panels.kit.escape import visible
from authws_desktop.panels.kit.theme import Theme


class NamesWall(QWidget):
    """Paints names as tiles, the newest first; what has no room is counted.

    Attributes:
        names: Who is here, newest first.
        news: Those that stand out: they came a moment ago.
        shown: How many of them have room.

    Args:
        theme: The colours.
        parent: Qt parent.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.names: tuple[str, ...] = ()
        self.news: frozenset[str] = frozenset()
        self.shown = 0
        theme.changed.connect(self.update)

    def show_names(self, names: Sequence[str], news: frozenset[str]) -> None:
        """Show these, newest first."""
        if (tuple(names), news) != (self.names, self.news):
            self.names, self.news = tuple(names), news
            self.setAccessibleName(", ".join(map(visible, names[:50])))
            self.update()

    def tiles(self) -> list[tuple[QRectF, str, bool]]:
        """Return place and text of each tile, and whether it stands out; the last one may count the rest."""
        metrics = QFontMetricsF(self.font())
        height, gap = metrics.height() * 1.5, metrics.height() * 0.4
        widest = max(1.0, min(float(self.width()), metrics.height() * 14))
        found: list[tuple[QRectF, str, bool]] = []
        left = top = 0.0
        for place, name in enumerate(self.names):
            text = metrics.elidedText(visible(name), Qt.TextElideMode.ElideRight, widest - height)
            width = metrics.horizontalAdvance(text) + height
            if left and left + width > self.width():
                left, top = 0.0, top + height + gap
            if top + height > self.height():
                return self._with_rest(found, len(self.names) - place)
            found.append((QRectF(left, top, width, height), text, name in self.news))
            left += width + gap
        self.shown = len(found)
        return found

    def _with_rest(self, found: list[tuple[QRectF, str, bool]], rest: int) -> list[tuple[QRectF, str, bool]]:
        """Let the last tile count what has no room."""
        if found:
            metrics = QFontMetricsF(self.font())
            place = found[-1][0]
            left = width = self.width() + 1.0
            text = ""
            while found and found[-1][0].top() == place.top() and left + width > self.width():
                left = found.pop()[0].left()
                rest += 1
                text = self.tr("and {count} more").format(count=rest)
                width = metrics.horizontalAdvance(text) + place.height()
            found.append((QRectF(left, place.top(), width, place.height()), text, False))
        self.shown = len(self.names) - rest
        return found

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the tiles; overrides Qt's."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for place, text, is_new in self.tiles():
            ground, ink = ("chip_good", "chip_good_text") if is_new else ("surface_raised", "text")
            painter.setBrush(self._theme.colour(ground))
            painter.setPen(QPen(self._theme.colour("chip_good_text" if is_new else "border_strong"), 1.5))
            radius = place.height() / 2
            painter.drawRoundedRect(place.adjusted(1, 1, -1, -1), radius, radius)
            painter.setPen(self._theme.colour(ink))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
