"""The program in the system's tray: what the server does, and for how many, with the window out of sight."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QAction, QColor, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QMenu, QSystemTrayIcon, QWidget

from authws_desktop.panels.kit.theme import Theme, icon_file
from authws_desktop.panels.kit.words import counted
from authws_desktop.panels.window.state_badge import state_words
from authws_desktop.server.service import ServerState, Service

_SIZES_PX = (16, 22, 24, 32, 48, 64)
_ROLES = {ServerState.RUNNING: "good", ServerState.FAILED: "bad"}


class Tray(QObject):
    """An icon with a dot for the state, a tool tip with the count, and a menu.

    Attributes:
        icon: The icon; shown wherever the system has a tray.
        menu: Its menu.

    Signals:
        opened: The person wants the window.
        quit_wanted: The person wants the program to end.

    Args:
        service: What is shown.
        theme: Colours of the dot.
        start_action: Starts or stops, as the state is.
        parent: The window.
    """

    opened = Signal()
    quit_wanted = Signal()

    def __init__(self, service: Service, theme: Theme, start_action: QAction, parent: QWidget) -> None:
        super().__init__(parent)
        self._service = service
        self._theme = theme
        self._shown: tuple[ServerState, int] | None = None
        self.icon = QSystemTrayIcon(self)
        self.menu = QMenu(parent)
        self._build(start_action)
        self._connect()
        if self.is_available:
            self.show()

    @property
    def is_available(self) -> bool:
        """Whether the system has a tray now."""
        return QSystemTrayIcon.isSystemTrayAvailable()

    def _build(self, start_action: QAction) -> None:
        self.open_action = self.menu.addAction(self.tr("Open Authws Desktop"))
        self._state_action = self.menu.addAction("")
        self._state_action.setEnabled(False)
        self.menu.addSeparator()
        self.menu.addAction(start_action)
        self.copy_action = self.menu.addAction(self.tr("Copy web address"))
        self.menu.addSeparator()
        self.quit_action = self.menu.addAction(self.tr("Quit"))
        self.icon.setContextMenu(self.menu)

    def _connect(self) -> None:
        self.open_action.triggered.connect(self.opened)
        self.quit_action.triggered.connect(self.quit_wanted)
        self.copy_action.triggered.connect(self._on_copy)
        self.icon.activated.connect(self._on_activated)
        self.icon.messageClicked.connect(self.opened)

    def show(self) -> None:
        """Show the icon in the tray."""
        self.refresh()
        self.icon.show()

    def hide(self) -> None:
        """Take the icon out of the tray."""
        self.icon.hide()

    def refresh(self) -> None:
        """Show state and count if they are others than before."""
        now = (self._service.state, len(self._service.hub.clients))
        if now == self._shown:
            return
        self._shown = now
        words = self.words()
        self.icon.setToolTip(f"Authws Desktop · {words}")
        self._state_action.setText(words)
        self.copy_action.setEnabled(now[0] is ServerState.RUNNING)
        self.icon.setIcon(self._state_icon(_ROLES.get(now[0], "muted")))

    def words(self) -> str:
        """Return state and count: `Running · 12 clients`."""
        state, count = self._service.state, len(self._service.hub.clients)
        word = state_words()[state]
        if state is not ServerState.RUNNING:
            return word
        return f"{word} · {counted(count, '%n client', '%n clients')}"

    def notify(self, title: str, text: str) -> None:
        """Show a message of the system's kind, where the tray offers it."""
        if self.icon.isVisible() and QSystemTrayIcon.supportsMessages():
            self.icon.showMessage(title, text, self.icon.icon())

    def _state_icon(self, role: str) -> QIcon:
        source, made = QIcon(str(icon_file("authws-desktop"))), QIcon()
        for size_px in _SIZES_PX:
            pixmap = source.pixmap(size_px, size_px)
            made.addPixmap(self._with_dot(pixmap, self._theme.colour(role)))
        return made

    def _with_dot(self, pixmap: QPixmap, colour: QColor) -> QPixmap:
        side = pixmap.width() / pixmap.devicePixelRatio()
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for share, brush in ((0.5, self._theme.colour("surface")), (0.38, colour)):
            inset = (0.5 - share) * side / 2
            painter.setBrush(brush)
            place = side * 0.5 + inset
            painter.drawEllipse(QRectF(place, place, side * share, side * share))
        painter.end()
        return pixmap

    @Slot(QSystemTrayIcon.ActivationReason)
    def _on_activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in (
            QSystemTrayIcon.ActivationReason.Trigger,
            QSystemTrayIcon.ActivationReason.DoubleClick,
        ):
            self.opened.emit()

    @Slot()
    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._service.location.http_url)
