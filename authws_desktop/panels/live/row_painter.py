"""Paints the rows of the traffic at once: a delegate asked cell by cell takes ten times as long.

A flood shows two dozen new rows ten times a second, so that nothing painted before can be used again. What
is left is to do little for each: a font is set once a column, a text is measured once for as long as it is
known, and a chip, a lane or a text that many rows share is painted once and copied. It looks as Qt's own
delegate does under the style sheet; only a text with letters that its font lacks stands on the line of its
row, where Qt lowers or lifts it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from PySide6.QtCore import QObject, QRect, QRectF, Qt, Slot
from PySide6.QtGui import QFont, QFontMetrics, QFontMetricsF, QPainter, QPixmap

from authws_desktop.panels.kit.chips import Chip, paint_chip
from authws_desktop.panels.kit.escape import LEFT_TO_RIGHT
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.live import record_text
from authws_desktop.panels.live.delivery_lane import LANE_PX, paint_lane
from authws_desktop.panels.live.traffic_columns import TO_THE_RIGHT, TrafficColumn
from authws_desktop.panels.live.traffic_model import TrafficModel
from authws_desktop.traffic.record import Record

TEXT_MARGIN_PX = 7
"""The style sheet's padding of an item, 4, and what Fusion leaves beside a text."""
TIME_SAMPLE = "00:00:00.000"
"""A text as wide as any time of day: all digits of its font have one width."""
STRIPE_PX = 3
"""Width of the stripe at the left of a marked row."""
MAX_KNOWN = 1000
"""Cached texts, and as many chips; a full cache is emptied, as most of it is of rows long out of view."""

MAX_PICTURES = 400
"""Cached pictures of texts that many rows share, some 10 KiB each."""
_PictureKey = tuple[int, str, str, int, bool, float]

_RECURRING = (TrafficColumn.DIRECTION, TrafficColumn.WHO, TrafficColumn.TO, TrafficColumn.SIZE)
_NUMBERS = (TrafficColumn.TIME, TrafficColumn.DIFFERENCE, TrafficColumn.SIZE)
_SELDOM_AGAIN = (TrafficColumn.TIME, TrafficColumn.CONTENT)
"""Columns whose texts hardly recur, and are not cached."""
_MUTED = (TrafficColumn.DIFFERENCE, TrafficColumn.DIRECTION, TrafficColumn.NODE)
_ASCII = [chr(code) for code in range(32, 127)]
_NAMES = (TrafficColumn.WHO, TrafficColumn.TO)
"""Shortened in their middle, so that the connection's number stays."""


_END_OF_NAME = re.compile(rf"{LEFT_TO_RIGHT} #\d+$| [✓✗…](?: .*)?$")
"""The end of a name that is never cut: the number behind a right-to-left name, or the delivery's outcome."""


class ShownColumn(NamedTuple):
    """A column in view.

    Attributes:
        column: Which.
        left, width: Where, pixels.
    """

    column: int
    left: int
    width: int


class ShownRow(NamedTuple):
    """A row in view.

    Attributes:
        row: Its number in the model.
        top: Where, pixels.
        is_chosen: Whether it is selected.
    """

    row: int
    top: int
    is_chosen: bool


class _Line(NamedTuple):
    """A row with what is painted of it."""

    row: int
    top: int
    record: Record
    ground: str
    ink: str
    is_marked: bool


class _Face(NamedTuple):
    """A font, and what is asked of it at each painting.

    Attributes:
        font, metrics: Of Qt.
        time_px: How wide any time is.
        letter_px: How wide each letter of ASCII is; 0 where they differ.
    """

    font: QFont
    metrics: QFontMetrics
    time_px: float
    letter_px: float


_Texts = list[tuple[_Line, str]]


class RowPainter(QObject):
    """Paints rows of a `TrafficModel`.

    Attributes:
        is_mirrored: Whether the window is read from right to left, so that columns begin at their right side.
        painted_rows, measured_texts, painted_chips, painted_lanes, painted_texts: How many so far, without
            what was known already.

    Args:
        model: The rows.
        theme: Colours and fonts.
        parent: Owner.
    """

    def __init__(self, model: TrafficModel, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._theme = theme
        self._texts: dict[tuple[int, int, str], tuple[str, int]] = {}
        self._chips: dict[tuple[Chip, str, int, int, float], QPixmap] = {}
        self._pictures: dict[_PictureKey, QPixmap] = {}
        self._seen: set[_PictureKey] = set()
        self._lanes: dict[tuple[record_text.DeliveryCounts, int, bool, float], QPixmap] = {}
        self.painted_rows = self.measured_texts = 0
        self.painted_chips = self.painted_lanes = self.painted_texts = 0
        self.is_mirrored = False
        self._plain = _face(QFont())
        self.take_theme()
        theme.changed.connect(self.take_theme)

    @Slot()
    def take_theme(self) -> None:
        """Take over colours and fonts."""
        theme = self._theme
        self._numbers, self._fixed = _face(theme.number_font()), _face(theme.fixed_font())
        roles = ("surface", "selection", "chip_warn", "text", "selection_text", "muted", "bad", "warn")
        self._colours = {role: theme.colour(role) for role in roles}
        self._forget()

    def take_font(self, font: QFont) -> None:
        """Take over the font of what has none of its own."""
        self._plain = _face(font)
        self._forget()

    def _forget(self) -> None:
        self._texts.clear()
        self._chips.clear()
        self._lanes.clear()
        self._pictures.clear()
        self._seen.clear()

    def paint(
        self,
        painter: QPainter,
        area: QRect,
        rows: Iterable[ShownRow],
        columns: Iterable[ShownColumn],
        height: int,
    ) -> None:
        """Paint rows, and nothing where there are none.

        Args:
            painter: In use on the table's viewport.
            area: What is to be painted.
            rows: Top to bottom.
            columns: Those in view.
            height: Of a row, pixels.
        """
        colours = self._colours
        # JSON, times and names with numbers read the same in every language.
        painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        painter.fillRect(area, colours["surface"])
        lines = self._lines(rows)
        self.painted_rows += len(lines)
        for line in lines:
            if line.ground != "surface":
                painter.fillRect(area.left(), line.top, area.width(), height, colours[line.ground])
        for shown in columns:
            painter.setClipRect(shown.left, area.top(), shown.width, area.height())
            if shown.column == TrafficColumn.TYPE:
                self._paint_chips(painter, lines, shown, height)
            else:
                read = self._model.reader(shown.column)
                texts = [(line, text) for line in lines if (text := read(line.record, line.row))]
                recurring = shown.column in _RECURRING
                paint = self._paint_recurring if recurring else self._paint_texts
                paint(painter, texts, shown, height)
            if shown.column == TrafficColumn.TIME:
                self._paint_stripes(painter, lines, shown, height)
            elif shown.column == TrafficColumn.TO:
                self._paint_lanes(painter, lines, shown, height)

    def _lines(self, rows: Iterable[ShownRow]) -> list[_Line]:
        """Return what is shown of rows, without those that the model has no more."""
        model, lines = self._model, []
        for row, top, is_chosen in rows:
            record = model.record_at(row)
            if record is None:
                continue
            is_marked = model.is_marked(record)
            if is_chosen:
                lines.append(_Line(row, top, record, "selection", "selection_text", is_marked))
            else:
                lines.append(
                    _Line(row, top, record, "chip_warn" if is_marked else "surface", "text", is_marked)
                )
        return lines

    def _paint_recurring(self, painter: QPainter, texts: _Texts, shown: ShownColumn, height: int) -> None:
        """Paint texts that many rows share: from the third time on they are copied."""
        column, left, width = shown
        ratio = painter.device().devicePixelRatio()
        others = []
        for line, text in texts:
            key = (column, text, line.ground, width, self.is_mirrored, ratio)
            picture = self._pictures.get(key)
            if picture is None:
                if key not in self._seen:
                    if len(self._seen) >= MAX_KNOWN:
                        self._seen.clear()
                    self._seen.add(key)
                    others.append((line, text))
                    continue
                if len(self._pictures) >= MAX_PICTURES:  # one goes at a time: all at once would be a jolt
                    del self._pictures[next(iter(self._pictures))]
                picture = self._pictures[key] = self._picture(line, text, shown, height, ratio)
            painter.drawPixmap(left, line.top, picture)
        self._paint_texts(painter, others, shown, height)

    def _picture(self, line: _Line, text: str, shown: ShownColumn, height: int, ratio: float) -> QPixmap:
        self.painted_texts += 1
        pixmap, painter = self._ground(line.ground, shown.width, height, ratio)
        painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self._paint_texts(painter, [(line._replace(top=0), text)], shown._replace(left=0), height)
        painter.end()
        return pixmap

    def _ground(self, ground: str, width: int, height: int, ratio: float) -> tuple[QPixmap, QPainter]:
        """Return a cell without its text: letters on nothing would lose their smooth edges."""
        pixmap = QPixmap(round(width * ratio), round(height * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(self._colours[ground])
        return pixmap, QPainter(pixmap)

    def _paint_texts(self, painter: QPainter, texts: _Texts, shown: ShownColumn, height: int) -> None:
        if not texts:
            return
        column, left, width = shown
        face = self._face(column)
        metrics = face.metrics
        painter.setFont(face.font)
        room = width - 2 * TEXT_MARGIN_PX
        below = (height - metrics.height()) // 2 + metrics.ascent()
        is_at_right = (column in TO_THE_RIGHT) != self.is_mirrored
        letters = 0 if is_at_right else self._letters(column, room, face)
        used = ""
        for line, text in texts:
            x = left + TEXT_MARGIN_PX
            if len(text) > letters or not text.isascii():
                text, text_width = self._fitted(column, room, text, metrics)
                x += room - text_width if is_at_right else 0
            ink = self._ink(column, line)
            if ink != used:
                painter.setPen(self._colours[ink])
                used = ink
            painter.drawText(x, line.top + below, text)

    @staticmethod
    def _letters(column: int, room: int, face: _Face) -> int:
        """Return how many letters of ASCII have room for certain, so that most texts need not be measured."""
        if column == TrafficColumn.TIME:
            return len(TIME_SAMPLE) if face.time_px <= room else 0
        if column >= TrafficColumn.CONTENT and face.letter_px:
            return int(room / face.letter_px)
        return 0

    def _face(self, column: int) -> _Face:
        if column >= TrafficColumn.CONTENT:  # and what was taken out of it
            return self._fixed
        return self._numbers if column in _NUMBERS else self._plain

    @staticmethod
    def _ink(column: int, line: _Line) -> str:
        if line.ink != "text":
            return line.ink
        if column in _MUTED:
            return "muted"
        return "bad" if column == TrafficColumn.CONTENT and record_text.is_refusal(line.record) else "text"

    def _fitted(self, column: int, room: int, text: str, metrics: QFontMetrics) -> tuple[str, int]:
        """Return as much of a text as there is room for, and its width."""
        key = (column, room, text)
        known = self._texts.get(key)
        if known is None:
            self.measured_texts += 1
            fitted = _cut(text, room, metrics, is_name=column in _NAMES)
            known = fitted, metrics.horizontalAdvance(fitted)
            if column not in _SELDOM_AGAIN:
                if len(self._texts) >= MAX_KNOWN:
                    self._texts.clear()
                self._texts[key] = known
        return known

    def _paint_chips(self, painter: QPainter, lines: list[_Line], shown: ShownColumn, height: int) -> None:
        ratio = painter.device().devicePixelRatio()
        for line in lines:
            key = (record_text.chip(line.record), line.ground, shown.width, height, ratio)
            pixmap = self._chips.get(key)
            if pixmap is None:
                if len(self._chips) >= MAX_KNOWN:
                    self._chips.clear()
                pixmap = self._chips[key] = self._chip(*key)
            painter.drawPixmap(shown.left, line.top, pixmap)

    def _chip(self, chip: Chip, ground: str, width: int, height: int, ratio: float) -> QPixmap:
        self.painted_chips += 1
        pixmap, painter = self._ground(ground, width, height, ratio)
        painter.setFont(self._plain.font)
        cell, font_height = QRectF(0, 0, width, height), self._plain.metrics.height()
        paint_chip(painter, cell, chip, self._theme, font_height, has_edge=ground == "selection")
        painter.end()
        return pixmap

    def _paint_lanes(self, painter: QPainter, lines: list[_Line], shown: ShownColumn, height: int) -> None:
        room, ratio = shown.width - 2 * TEXT_MARGIN_PX, painter.device().devicePixelRatio()
        for line in lines:
            delivery = line.record.delivery
            if delivery is None or not delivery.recipients or room <= 0:
                continue
            is_chosen = line.ground == "selection"
            key = (record_text.delivery_counts(delivery), room, is_chosen, ratio)
            lane = self._lanes.get(key)
            if lane is None:
                if len(self._lanes) >= MAX_KNOWN:
                    self._lanes.clear()
                self.painted_lanes += 1
                ink = line.ink if is_chosen else None
                lane = self._lanes[key] = paint_lane(key[0], room, ratio, self._colours, ink)
            painter.drawPixmap(shown.left + TEXT_MARGIN_PX, line.top + height - LANE_PX - 1, lane)

    def _paint_stripes(self, painter: QPainter, lines: list[_Line], shown: ShownColumn, height: int) -> None:
        left = shown.left + (shown.width - STRIPE_PX if self.is_mirrored else 0)
        for line in lines:
            if line.is_marked:
                painter.fillRect(left, line.top, STRIPE_PX, height, self._colours["warn"])


def _face(font: QFont) -> _Face:
    # No coloured edges: Qt gives them to letters on a window, and not to those in a pixmap.
    font = QFont(font)
    font.setStyleStrategy(font.styleStrategy() | QFont.StyleStrategy.NoSubpixelAntialias)
    exact = QFontMetricsF(font)
    # Measured: Qt does not know of each font that its letters are equally wide, such as Noto Sans Mono.
    widths = [exact.horizontalAdvance(letter) for letter in _ASCII]
    letter_px = widths[0] if min(widths) == max(widths) else 0.0
    return _Face(font, QFontMetrics(font), exact.horizontalAdvance(TIME_SAMPLE), letter_px)


def _cut(text: str, room: int, metrics: QFontMetrics, *, is_name: bool) -> str:
    """Return as much of a text as there is room for: of a name, its end, too."""
    if is_name and (end := _END_OF_NAME.search(text)) is not None:
        # Cut in its middle it would lose a sign, or the mark without which a number is shown in front.
        left = room - metrics.horizontalAdvance(end[0])
        if left >= metrics.horizontalAdvance("…"):
            return f"{metrics.elidedText(text[: end.start()], Qt.TextElideMode.ElideRight, left)}{end[0]}"
    mode = Qt.TextElideMode.ElideMiddle if is_name else Qt.TextElideMode.ElideRight
    return metrics.elidedText(text, mode, room)
