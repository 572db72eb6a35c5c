"""Shows a text as a QR code: crisp, dark on light in every theme, as large as the screen on request."""

from __future__ import annotations

import segno
from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QAbstractButton, QDialog, QLabel, QVBoxLayout, QWidget

from authws_desktop.panels.theme import GRID, Theme

# Readers look for dark on light: these are not the theme's.
INK, PAPER = "#000000", "#ffffff"
QUIET_ZONE = 4
"""Light modules around the code (ISO/IEC 18004)."""

SIDE_PX = 232


def code_image(text: str) -> QImage:
    """Return a QR code with its quiet zone, one pixel a module."""
    rows = list(segno.make(text, error="m", micro=False).matrix_iter(border=QUIET_ZONE))
    image = QImage(len(rows), len(rows), QImage.Format.Format_RGB32)
    image.fill(QColor(PAPER))
    ink = QColor(INK).rgb()
    for y, row in enumerate(rows):
        for x, is_dark in enumerate(row):
            if is_dark:
                image.setPixel(x, y, ink)
    return image


def paint_code(painter: QPainter, image: QImage, area: QSize, ratio: float) -> None:
    """Paint a code in the middle of an area, each module a whole number of the screen's pixels.

    Args:
        painter: Paints on the area.
        image: One pixel a module.
        area: Device-independent size.
        ratio: The screen's pixels in one of those.
    """
    width, height = round(area.width() * ratio), round(area.height() * ratio)
    side = image.width() * max(1, min(width, height) // image.width())
    scaled = image.scaled(side, side)  # fast transformation: the nearest pixel, no blur
    scaled.setDevicePixelRatio(ratio)
    painter.drawImage(
        QRectF((width - side) // 2 / ratio, (height - side) // 2 / ratio, side / ratio, side / ratio), scaled
    )


class QrView(QAbstractButton):
    """A QR code that can be pressed to see it larger.

    Args:
        theme: For the ring of the focus.
        parent: Owner.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._image = QImage()
        self.code_text = ""
        self.setFixedSize(SIDE_PX, SIDE_PX)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(self.tr("Show it on the whole screen"))

    def show_code(self, text: str) -> None:
        """Show a text as a code."""
        if text == self.code_text:
            return
        self.code_text = text
        self._image = code_image(text) if text else QImage()
        self.setAccessibleName(self.tr("QR code of {0}").format(text))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint paper, code, and the ring of the focus; overrides Qt's."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(PAPER))
        if not self._image.isNull():
            paint_code(painter, self._image, self.size(), self.devicePixelRatioF())
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
        self.code_text = text
        self._image = code_image(text)
        self.setWindowTitle(text)
        self.setAccessibleName(self.tr("QR code of {0}. Press Escape to close.").format(text))
        self._build()

    def _build(self) -> None:
        self._text = QLabel(self.code_text, alignment=Qt.AlignmentFlag.AlignCenter)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        palette = self._text.palette()
        palette.setColor(QPalette.ColorRole.WindowText, QColor(INK))
        self._text.setPalette(palette)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        layout.addStretch(1)
        layout.addWidget(self._text)

    def _text_height(self) -> int:
        return max(48, self.height() // 9)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint paper and code; overrides Qt's."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(PAPER))
        area = QSize(self.width(), self.height() - self._text_height() - 2 * GRID)
        paint_code(painter, self._image, area, self.devicePixelRatioF())

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

    @Slot()
    def open_full_screen(self) -> None:
        """Show it over everything."""
        self.showFullScreen()
