"""Small labelled chips in tables: told apart by word and shape as well as colour."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, auto

from PySide6.QtCore import QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPolygonF
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from authws_desktop.panels.kit.indexes import Index
from authws_desktop.panels.kit.theme import Theme

CHIP_ROLE = Qt.ItemDataRole.UserRole + 100
"""Data role under which a model gives a `Chip`, or nothing for a cell painted as usual."""

HEIGHT_PX = 18
_MARGIN_PX = 6
_PADDING_PX = 7


class ChipShape(StrEnum):
    """Outline of a chip.

    `PILL` is round, `BOX` has corners, `TAG` points out to the right, `NOTCH` is notched at its left, `CUT`
    is pointed on both sides.
    """

    PILL = auto()
    BOX = auto()
    TAG = auto()
    NOTCH = auto()
    CUT = auto()


@dataclass(frozen=True)
class Chip:
    """What a chip shows.

    Attributes:
        text: Its word.
        tone: `neutral`, `info`, `special`, `good`, `warn` or `bad`; names its colours among the tokens.
        shape: Its outline.
    """

    text: str
    tone: str = "neutral"
    shape: ChipShape = ChipShape.PILL


def chip_outline(shape: ChipShape, box: QRectF) -> QPainterPath:
    """Return a chip's outline inside a box."""
    path = QPainterPath()
    if shape is ChipShape.PILL:
        path.addRoundedRect(box, box.height() / 2, box.height() / 2)
    elif shape is ChipShape.BOX:
        path.addRoundedRect(box, 3, 3)
    else:
        path.addPolygon(QPolygonF(_corners(shape, box)))
        path.closeSubpath()
    return path


def _corners(shape: ChipShape, box: QRectF) -> list[QPointF]:
    left, top, right, bottom, middle = box.left(), box.top(), box.right(), box.bottom(), box.center().y()
    tip = 6.0
    if shape is ChipShape.TAG:
        points = [(left, top), (right - tip, top), (right, middle), (right - tip, bottom), (left, bottom)]
    elif shape is ChipShape.NOTCH:
        points = [(left, top), (right, top), (right, bottom), (left, bottom), (left + tip, middle)]
    else:
        points = [
            (left + tip, top),
            (right - tip, top),
            (right, middle),
            (right - tip, bottom),
            (left + tip, bottom),
            (left, middle),
        ]
    return [QPointF(x, y) for x, y in points]


class ChipDelegate(QStyledItemDelegate):
    """Paints a model's chips; cells without one as usual.

    Args:
        theme: Its colours.
        parent: The view.
    """

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> None:
        """Paint a cell; overrides Qt's."""
        chip = index.data(CHIP_ROLE)
        if not isinstance(chip, Chip):
            super().paint(painter, option, index)
            return
        self._paint_ground(painter, option, index)
        is_chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        paint_chip(
            painter,
            QRectF(option.rect),
            chip,
            self._theme,
            option.fontMetrics.height(),
            has_edge=is_chosen,
        )

    def _paint_ground(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> None:
        plain = QStyleOptionViewItem(option)
        self.initStyleOption(plain, index)
        plain.text = ""
        widget = plain.widget
        style = widget.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, plain, painter, widget)


def paint_chip(
    painter: QPainter,
    cell: QRectF,
    chip: Chip,
    theme: Theme,
    font_height: int,
    *,
    has_edge: bool = False,
) -> None:
    """Paint a chip at the left of a cell; its word is elided where the cell is too narrow.

    Args:
        painter: In use on the cell's widget; its state is kept.
        cell: Where there is room.
        chip: What to paint.
        theme: Its colours.
        font_height: Of the cell's font, pixels; the chip is no lower than it.
        has_edge: Whether its outline is drawn: its ground is hardly another colour than a chosen row's.
    """
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    font = painter.font()
    if font.pointSizeF() > 0:
        font.setPointSizeF(font.pointSizeF() * 0.9)
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    room = cell.width() - 2 * _MARGIN_PX - 2 * _PADDING_PX
    text = metrics.elidedText(chip.text, Qt.TextElideMode.ElideRight, max(room, 0))
    height = min(max(HEIGHT_PX, font_height), cell.height() - 2)
    box = QRectF(cell.left() + _MARGIN_PX, 0, metrics.horizontalAdvance(text) + 2 * _PADDING_PX, height)
    box.moveTop(round(cell.center().y() - height / 2))
    tokens = theme.tokens
    painter.fillPath(chip_outline(chip.shape, box), QColor(getattr(tokens, f"chip_{chip.tone}")))
    painter.setPen(QColor(getattr(tokens, f"chip_{chip.tone}_text")))
    if has_edge:
        painter.drawPath(chip_outline(chip.shape, box.adjusted(0.5, 0.5, -0.5, -0.5)))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()
