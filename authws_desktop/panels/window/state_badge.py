"""The server's state: a shape and a word, not colour alone."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QLabel, QWidget

from authws_desktop.panels.kit.boxes import NO_MARGINS, horizontal_box
from authws_desktop.panels.kit.language import tr
from authws_desktop.panels.kit.theme import GRID, Theme, set_variant
from authws_desktop.server.service import ServerState

_ROLES = {
    ServerState.STOPPED: "muted",
    ServerState.STARTING: "warn",
    ServerState.RUNNING: "good",
    ServerState.STOPPING: "warn",
    ServerState.FAILED: "bad",
}


def state_words() -> dict[ServerState, str]:
    """Return each state's word."""
    return {
        ServerState.STOPPED: tr("Stopped"),
        ServerState.STARTING: tr("Starting"),
        ServerState.RUNNING: tr("Running"),
        ServerState.STOPPING: tr("Stopping"),
        ServerState.FAILED: tr("Failed"),
    }


class StateDot(QWidget):
    """Stopped is a ring, running a disc, in between half a disc, failed a triangle.

    Attributes:
        state: What is shown.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.state = ServerState.STOPPED
        self.setFixedSize(self.sizeHint())
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Return its size; overrides Qt's."""
        return QSize(14, 14)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the shape; overrides Qt's."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = QColor(getattr(self._theme.tokens, _ROLES[self.state]))
        box = QRectF(2, 2, 10, 10)
        if self.state is ServerState.FAILED:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawPolygon(QPolygonF([QPointF(7, 1), QPointF(13.5, 12.5), QPointF(0.5, 12.5)]))
            return
        painter.setPen(QPen(colour, 2))
        if self.state is ServerState.RUNNING:
            painter.setBrush(colour)
        painter.drawEllipse(box)
        if self.state in (ServerState.STARTING, ServerState.STOPPING):
            painter.setBrush(colour)
            painter.drawPie(box, 90 * 16, -180 * 16)


class StateBadge(QWidget):
    """The shape, and the word beside it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._dot = StateDot(theme)
        self._word = QLabel()
        set_variant(self._word, "role", "heading")
        self._words = state_words()
        layout = horizontal_box(self, margins=NO_MARGINS, spacing=GRID)
        layout.addWidget(self._dot)
        layout.addWidget(self._word)
        self._word.setFixedWidth(self._widest())
        self.show_state(ServerState.STOPPED)

    def _widest(self) -> int:
        """Return the width of the longest word, so that nothing beside it moves."""
        self._word.ensurePolished()
        return max(self._word.fontMetrics().horizontalAdvance(word) for word in self._words.values()) + 4

    @property
    def word(self) -> str:
        """The word shown."""
        return self._word.text()

    def show_state(self, state: ServerState) -> None:
        """Show a state."""
        self._dot.state = state
        self._dot.update()
        self._word.setText(self._words[state])
        self.setAccessibleName(self.tr("Server: {state}").format(state=self._words[state]))
