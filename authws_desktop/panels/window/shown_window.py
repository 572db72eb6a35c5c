"""The window that is shown: built anew, in place, when the person chooses another language."""

from __future__ import annotations

import logging
from collections.abc import Callable

from PySide6.QtCore import QLocale, QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication, QDialog

from authws_desktop.panels.kit.language import SPEECH, chosen_language
from authws_desktop.panels.kit.notices import NoticeKind
from authws_desktop.panels.window.main_window import MainWindow
from authws_desktop.panels.window.service_bridge import ServiceBridge
from authws_desktop.server.service import Service

log = logging.getLogger(__name__)

GONE_AFTER_MS = 2000
"""How long the replaced window stays in memory: the slot that changed the language may still run in it."""


class ShownWindow(QObject):
    """Holds the window, and gives it another one's place.

    Qt's own way, an event that every widget answers by writing all its texts again, would need each text in
    two places. Place, size and page are remembered anyhow, and the server knows nothing of the window.

    Attributes:
        window: The one shown.

    Args:
        app: The application.
        service: The server; its settings have the language.
        build: Makes a window, in the language spoken now.
        on_quit: Called when the person wants the program to end.
    """

    def __init__(
        self,
        app: QApplication,
        service: Service,
        build: Callable[[], MainWindow],
        on_quit: Callable[[], object],
    ) -> None:
        super().__init__()
        self._app = app
        self._service = service
        self._build = build
        self._on_quit = on_quit
        self._setting = service.settings.values.window_language
        self._is_closed = False
        self._bridge = ServiceBridge(service, self)
        self._bridge.state_changed.connect(self._on_state_changed)
        self.window = self._make()

    def _make(self) -> MainWindow:
        made = self._build()
        made.quit_requested.connect(self._on_quit)
        return made

    def show(self) -> None:
        """Show the window."""
        self.window.show()

    @Slot()
    def bring_back(self) -> None:
        """Show the window, wherever it was, and give it the keyboard."""
        self.window.bring_back()

    async def close(self) -> None:
        """Close the window for good, and wait until nothing that was started in it is left."""
        self._is_closed = True
        self.window.close_for_good()
        await self.window.lab.finish()

    def _is_anything_open(self) -> bool:
        window = self.window
        is_open = any(each.isVisible() for each in window.findChildren(QDialog))
        # Virtual users run on while their dialog is out of sight.
        return is_open or window.has_handouts or window.lab.bots is not None

    @Slot()
    def _on_state_changed(self) -> None:
        setting = self._service.settings.values.window_language
        if setting == self._setting:
            return
        self._setting = setting
        # Not within the act that saved it: that one still has to answer in the window it began in.
        QTimer.singleShot(0, self, self._follow)

    def _follow(self) -> None:
        tag = chosen_language(self._setting, QLocale.system().uiLanguages())
        if self._is_closed or tag == SPEECH.tag:
            return
        if self._is_anything_open():
            text = self.tr(
                "The window speaks the other language from the next start on: something is still open."
            )
            self.window.bar.notice.show_notice(text, NoticeKind.INFO)
            return
        SPEECH.use(self._app, self._setting)
        before, self.window = self.window, self._make()
        was_shown = before.isVisible()
        before.close_for_good()
        QTimer.singleShot(GONE_AFTER_MS, before, before.deleteLater)
        if was_shown:
            self.window.show()
        log.info("The window speaks %s.", SPEECH.tag)
