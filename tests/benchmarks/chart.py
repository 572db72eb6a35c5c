"""The chart: a small bar chart for each work, drawn by Qt, so that it needs no package of its own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QGuiApplication, QImage, QPainter, QPen

from tests.benchmarks.peers import LABELS, NODE, OURS, RAW, SERVERS
from tests.benchmarks.results import Results, Spread
from tests.benchmarks.works import ROWS, Row

SCALE = 2.0
WIDTH, MARGIN, COLUMNS = 1120, 24, 2
TITLE_HEIGHT, ROW_HEIGHT, GAP, VALUE_WIDTH = 30, 24, 26, 92
INK, FAINT = QColor("#1f2430"), QColor("#6b7280")
NODE_COLOUR, OWN_COLOUR, OTHER_COLOUR = QColor("#5f8a4e"), QColor("#2f6fd6"), QColor("#b9c0cc")


class Bar(NamedTuple):
    """One peer's bar: its middle value, and the line from the least to the most."""

    peer: str
    spread: Spread


def draw(results: Results, file: Path) -> None:
    """Draw the results as a PNG picture.

    Args:
        results: Of at least one work; without any, nothing is drawn.
        file: Where to.
    """
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    app = QGuiApplication.instance() or QGuiApplication([])
    charts = [(row, bars) for row in ROWS if (bars := _bars(results, row))]
    if not charts:
        return
    rows = [charts[start : start + COLUMNS] for start in range(0, len(charts), COLUMNS)]
    heights = [TITLE_HEIGHT + max(len(bars) for _, bars in row) * ROW_HEIGHT + GAP for row in rows]
    image = QImage(int(WIDTH * SCALE), int((sum(heights) + 2 * MARGIN) * SCALE), QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(SCALE, SCALE)
    top = float(MARGIN)
    for row, height in zip(rows, heights, strict=True):
        for column, (shown, bars) in enumerate(row):
            width = (WIDTH - MARGIN * (COLUMNS + 1)) / COLUMNS
            left = MARGIN + column * (width + MARGIN)
            _draw_work(painter, QRectF(left, top, width, height - GAP), shown, bars)
        top += height
    painter.end()
    image.save(str(file))
    del app


def _bars(results: Results, row: Row) -> list[Bar]:
    found = ((peer, results.shown(row, peer)) for peer in (*SERVERS, RAW))
    return [Bar(peer, Spread.of(values)) for peer, values in found if values]


def _draw_work(painter: QPainter, area: QRectF, row: Row, bars: list[Bar]) -> None:
    better = "less is better" if row.is_less_better else "more is better"
    _text(painter, QRectF(area.left(), area.top(), area.width(), 20), row.title, bold=True)
    _text(painter, QRectF(area.left(), area.top(), area.width(), 20), better, right=True, colour=FAINT)
    most = max(bar.spread.most for bar in bars) or 1.0
    labels = max(QFontMetricsF(_font(bold=True)).horizontalAdvance(_label(bar)) for bar in bars) + 12
    length = area.width() - labels - VALUE_WIDTH
    for number, bar in enumerate(bars):
        top = area.top() + TITLE_HEIGHT + number * ROW_HEIGHT
        _text(painter, QRectF(area.left(), top, labels, ROW_HEIGHT - 6), _label(bar), bold=bar.peer in OURS)
        _draw_bar(painter, area.left() + labels, top, bar, length / most, row.decimals)


def _label(bar: Bar) -> str:
    return LABELS[bar.peer].replace("Authws Desktop", "This program")


def _draw_bar(painter: QPainter, start: float, top: float, bar: Bar, scale: float, decimals: int) -> None:
    is_own = bar.peer in OURS
    colour = NODE_COLOUR if bar.peer == NODE else OWN_COLOUR if is_own else OTHER_COLOUR
    painter.fillRect(QRectF(start, top, bar.spread.median * scale, ROW_HEIGHT - 6), colour)
    painter.setPen(QPen(INK, 1.2))
    middle = int(top + (ROW_HEIGHT - 6) / 2)
    painter.drawLine(
        int(start + bar.spread.least * scale), middle, int(start + bar.spread.most * scale), middle
    )
    after = QRectF(start + bar.spread.most * scale + 6, top, VALUE_WIDTH, ROW_HEIGHT - 6)
    _text(painter, after, f"{bar.spread.median:,.{decimals}f}")


def _text(
    painter: QPainter,
    area: QRectF,
    text: str,
    *,
    bold: bool = False,
    right: bool = False,
    colour: QColor = INK,
) -> None:
    painter.setFont(_font(bold=bold))
    painter.setPen(colour)
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    painter.drawText(area, side | Qt.AlignmentFlag.AlignVCenter, text)


def _font(*, bold: bool) -> QFont:
    font = QFont()
    font.setPixelSize(12)
    font.setBold(bold)
    return font
