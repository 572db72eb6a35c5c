"""QR codes: one shape for screen and paper, a view of it, and the view on the whole screen."""

from __future__ import annotations

from math import ceil

import segno
from PySide6.QtCore import QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QAbstractButton, QDialog, QLabel, QWidget

from authws_desktop.panels.kit.boxes import vertical_box
from authws_desktop.panels.kit.theme import GRID, Theme

# Readers look for dark on light: these are not the theme's.
INK, PAPER = "#000000", "#ffffff"
QUIET_ZONE = 4
"""Light modules around the code (ISO/IEC 18004)."""

SIDE_PX = 232


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

    def paint_on_screen(self, painter: QPainter, area: QSizeF, ratio: float) -> None:
        """Paint it in the middle of an area, each module a whole number of the screen's pixels.

        Args:
            painter: Paints on the area.
            area: Device-independent size.
            ratio: The screen's pixels in one of those.
        """
        width, height = round(area.width() * ratio), round(area.height() * ratio)
        side = self.side * max(1, min(width, height) // self.side)
        left, top = (width - side) // 2, (height - side) // 2
        self.paint(painter, QRectF(left / ratio, top / ratio, side / ratio, side / ratio))


class QrView(QAbstractButton):
    """A QR code, dark on light in every theme; nothing while there is no text.

    Attributes:
        code_text: What the code says.

    Args:
        theme: Gives the colour of the frame that shows keyboard focus.
        parent: Qt parent.
        side_px: Width and height in device-independent pixels.
        press_tip: What pressing the code does; empty where it cannot be pressed.
    """

    def __init__(
        self, theme: Theme, parent: QWidget | None = None, *, side_px: int = SIDE_PX, press_tip: str = ""
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shape: QrShape | None = None
        self.code_text = ""
        self.setFixedSize(side_px, side_px)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if press_tip else Qt.FocusPolicy.NoFocus)
        if press_tip:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
            self.setToolTip(press_tip)

    def show_code(self, text: str) -> None:
        """Show a text as a code."""
        if text == self.code_text:
            return
        self.code_text = text
        self._shape = QrShape(text) if text else None
        self.setAccessibleName(self.tr("QR code of {address}").format(address=text) if text else "")
        self.update()

    def fit(self, side_px: int) -> None:
        """Be about as large as this, with modules of whole pixels and no margin beyond the quiet zone."""
        if self._shape is not None:
            step_px = self._shape.side / self.devicePixelRatioF()
            side_px = ceil(max(1, round(side_px / step_px)) * step_px)
        self.setFixedSize(side_px, side_px)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint paper, code, and the ring of the focus; overrides Qt's."""
        if self._shape is None:
            return
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(PAPER))
        self._shape.paint_on_screen(painter, QSizeF(self.size()), self.devicePixelRatioF())
        if self.hasFocus():
            painter.setPen(QPen(self._theme.colour("focus"), 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))


class FullScreenCode(QDialog):
    """A QR code and its text on the whole screen, for the back row; a click or Escape ends it.

    Args:
        text: What the code says.
        parent: The window.
    """

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.code_text = text
        self._shape = QrShape(text)
        self.setWindowTitle(text)
        name = self.tr("QR code of {address}. Press Escape to close.")
        self.setAccessibleName(name.format(address=text))
        self._build()

    def _build(self) -> None:
        self._text = QLabel(self.code_text, alignment=Qt.AlignmentFlag.AlignCenter)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        palette = self._text.palette()
        palette.setColor(QPalette.ColorRole.WindowText, QColor(INK))
        self._text.setPalette(palette)
        layout = vertical_box(self, margins=(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID))
        layout.addStretch(1)
        layout.addWidget(self._text)

    def _text_height(self) -> int:
        return max(48, self.height() // 9)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint paper and code; overrides Qt's."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(PAPER))
        area = QSize(self.width(), self.height() - self._text_height() - 2 * GRID)
        self._shape.paint_on_screen(painter, QSizeF(area), self.devicePixelRatioF())

    def resizeEvent(self, event: object) -> None:
        """Fit the text to the screen; overrides Qt's."""
        font = self._text.font()
        widest = self.width() * 1.6 / max(1, len(self.code_text))
        font.setPixelSize(max(16, int(min(self._text_height() * 0.6, widest))))
        self._text.setFont(font)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Close; overrides Qt's."""
        self.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close on the keys that close things; overrides Qt's."""
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.accept()
