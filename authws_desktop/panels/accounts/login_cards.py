"""Login cards: what is printed for people to take away, ten a sheet; one painter for paper and screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import ceil

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPageLayout, QPageSize, QPainter, QPdfWriter, QPen

from authws_desktop.panels.kit.language import tr
from authws_desktop.panels.kit.qr import QUIET_ZONE, QrShape

COLUMNS, ROWS = 2, 5
PER_SHEET = COLUMNS * ROWS
PAPERS = {"A4": QPageSize.PageSizeId.A4, "Letter": QPageSize.PageSizeId.Letter}
PDF_DPI = 300
_MM_PER_INCH = 25.4
_MARGIN_MM = 9.0
_PADDING_MM = 4.0
_CODE_MM = 33.0
_INK, _FAINT, _LINE = "#000000", "#555555", "#b0b0b0"


@dataclass(frozen=True, slots=True)
class LoginCard:
    """What somebody needs to log in.

    Attributes:
        name: The account's name.
        password: In clear; not part of the repr.
    """

    name: str
    password: str = field(repr=False)


class CardSheets:
    """Sheets of cards.

    Args:
        cards: In the order they are printed, row by row.
        address: Where to log in.
        paper: A key of `PAPERS`.
        font: For words.
        fixed_font: For passwords, which have to be told apart letter by letter.
        scanned: The code's content; the address if it is empty.
    """

    def __init__(
        self,
        cards: Sequence[LoginCard],
        address: str,
        paper: str,
        font: QFont,
        fixed_font: QFont,
        scanned: str = "",
    ) -> None:
        self.cards = list(cards)
        self.address = address
        self.page_size = QPageSize(PAPERS[paper])
        self.sheet_count = ceil(len(self.cards) / PER_SHEET)
        self._font = font
        self._fixed_font = fixed_font
        self.code_text = scanned or address
        self._code = QrShape(self.code_text)

    @property
    def size_mm(self) -> QSizeF:
        """The sheet, millimetres."""
        return self.page_size.size(QPageSize.Unit.Millimeter)

    def cards_on(self, sheet: int) -> list[LoginCard]:
        """Return the cards of a sheet, counted from 0."""
        return self.cards[sheet * PER_SHEET : (sheet + 1) * PER_SHEET]

    def place_of(self, number: int) -> QRectF:
        """Return where the card of a number, 0 to 9, lies on its sheet; millimetres."""
        size = self.size_mm
        width = (size.width() - 2 * _MARGIN_MM) / COLUMNS
        height = (size.height() - 2 * _MARGIN_MM) / ROWS
        row, column = divmod(number, COLUMNS)
        return QRectF(_MARGIN_MM + column * width, _MARGIN_MM + row * height, width, height)

    def paint(self, painter: QPainter, sheet: int, dots_per_mm: float) -> None:
        """Paint a sheet.

        Args:
            painter: Its origin is the sheet's corner.
            sheet: Counted from 0.
            dots_per_mm: The painter's units in a millimetre.
        """
        for number, card in enumerate(self.cards_on(sheet)):
            _CardPainter(painter, dots_per_mm, self._font, self._fixed_font).paint(
                self.place_of(number), card, self.address, self._code
            )

    async def to_pdf(self, pause: Callable[[int], object]) -> bytes:
        """Return all sheets as PDF.

        Args:
            pause: Called with the number of sheets done and awaited if it returns something that can be;
                what it raises ends the work.
        """
        content = QByteArray()
        buffer = QBuffer(content)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        writer = QPdfWriter(buffer)
        writer.setTitle(tr("Login cards"))
        writer.setCreator("Authws Desktop")
        writer.setResolution(PDF_DPI)
        no_margins = QMarginsF(0, 0, 0, 0)
        writer.setPageLayout(QPageLayout(self.page_size, QPageLayout.Orientation.Portrait, no_margins))
        painter = QPainter(writer)
        try:
            for sheet in range(self.sheet_count):
                if sheet:
                    writer.newPage()
                self.paint(painter, sheet, PDF_DPI / _MM_PER_INCH)
                pausing = pause(sheet + 1)
                if hasattr(pausing, "__await__"):
                    await pausing
        finally:
            painter.end()
            buffer.close()
        return bytes(content.data())


class _CardPainter:
    """Paints one card; sizes are in millimetres, times `dots` for the painter."""

    def __init__(self, painter: QPainter, dots: float, font: QFont, fixed_font: QFont) -> None:
        self._painter = painter
        self._dots = dots
        self._font = font
        self._fixed_font = fixed_font

    def paint(self, place_mm: QRectF, card: LoginCard, address: str, code: QrShape) -> None:
        """Paint a card with lines to cut along."""
        inner = place_mm.adjusted(_PADDING_MM, _PADDING_MM, -_PADDING_MM, -_PADDING_MM)
        code_mm = QRectF(inner.right() - _CODE_MM, inner.top(), _CODE_MM, _CODE_MM)
        # The code's own light border lies in the padding.
        quiet = _CODE_MM * QUIET_ZONE / code.side
        code.paint(self._painter, self._scaled(code_mm.translated(quiet, -quiet)))
        words = QRectF(inner.left(), inner.top(), code_mm.left() - inner.left() - 2, inner.height() - 6)
        self._paint_words(words, card)
        below = QRectF(inner.left(), inner.bottom() - 6.5, inner.width(), 6.5)
        self._paint_address(below, address)
        self._painter.setPen(QPen(QColor(_LINE), 0.2 * self._dots, Qt.PenStyle.DashLine))
        self._painter.setBrush(Qt.BrushStyle.NoBrush)
        self._painter.drawRect(self._scaled(place_mm))

    def _paint_words(self, place: QRectF, card: LoginCard) -> None:
        half = place.height() / 2
        top = QRectF(place.left(), place.top(), place.width(), half)
        self._paint_field(top, tr("Name"), card.name, self._bold(self._font), 5.2)
        bottom = top.translated(0, half)
        self._paint_field(bottom, tr("Password"), card.password, self._fixed_font, 4.4)

    def _paint_field(self, place: QRectF, label: str, value: str, font: QFont, size_mm: float) -> None:
        caption = QRectF(place.left(), place.top(), place.width(), 4)
        self._text(caption, label, self._font, 2.7, _FAINT)
        room = QRectF(place.left(), caption.bottom(), place.width(), place.height() - 4.5)
        self._text(room, value, font, size_mm, _INK)

    def _paint_address(self, place: QRectF, address: str) -> None:
        caption = QRectF(place.left(), place.top(), place.width(), 3)
        self._text(caption, tr("Scan the code, or open"), self._font, 2.4, _FAINT)
        self._text(
            QRectF(place.left(), place.top() + 3, place.width(), 4),
            address,
            self._bold(self._font),
            3.2,
            _INK,
        )

    def _text(self, place_mm: QRectF, text: str, font: QFont, size_mm: float, colour: str) -> None:
        """Write a text whole: smaller, and over several lines, until it fits."""
        place = self._scaled(place_mm)
        sized = QFont(font)
        flags = Qt.TextFlag.TextWrapAnywhere | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
        size = size_mm * self._dots
        while True:
            sized.setPixelSize(max(1, round(size)))
            needed = QFontMetricsF(sized, self._painter.device()).boundingRect(place, int(flags), text)
            if place.contains(needed) or size <= 1:
                break
            size *= 0.9
        self._painter.setFont(sized)
        self._painter.setPen(QColor(colour))
        self._painter.drawText(place, int(flags), text)

    def _bold(self, font: QFont) -> QFont:
        bold = QFont(font)
        bold.setBold(True)
        return bold

    def _scaled(self, place_mm: QRectF) -> QRectF:
        dots = self._dots
        return QRectF(
            place_mm.left() * dots, place_mm.top() * dots, place_mm.width() * dots, place_mm.height() * dots
        )
