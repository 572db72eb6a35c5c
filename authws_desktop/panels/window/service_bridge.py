"""Turns the service's announcements into a Qt signal."""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import QObject, Signal

from authws_desktop.server.service import Service


class ServiceBridge(QObject):
    """Emits a signal when the server's state or settings change.

    Signals:
        state_changed: `service.state`, `service.failure` or `service.settings` is another one.
    """

    state_changed = Signal()

    def __init__(self, service: Service, parent: QObject | None = None) -> None:
        super().__init__(parent)
        service.observe(self._on_announced)

    def _on_announced(self) -> None:
        # The service may outlive the window by a moment while both shut down.
        if shiboken6.isValid(self):
            self.state_changed.emit()
