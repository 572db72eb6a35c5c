"""The lab's two dialogs, and the actions that open them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from authws_desktop.panels.kit.dialog import Dialog, bring_to_front
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.server.service import Service

# The dialogs themselves are imported once they are asked for: with the client's library they take a twentieth
# of the time in which the window opens.
if TYPE_CHECKING:
    from authws_desktop.panels.lab.bots_dialog import BotsDialog
    from authws_desktop.panels.lab.faults_dialog import FaultsDialog


class Lab(QObject):
    """Opens the dialogs; each is made when it is first asked for, and keeps what was typed.

    Attributes:
        faults_action, bots_action: For a menu.
        faults, bots: The dialogs; `None` before they were asked for.

    Args:
        service: The server.
        theme: Colours and icons.
        window: What the dialogs lie over.
    """

    def __init__(self, service: Service, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._service = service
        self._theme = theme
        self._window = window
        self.faults: FaultsDialog | None = None
        self.bots: BotsDialog | None = None
        self.faults_action = QAction(self.tr("&Faults…"), self)
        self.bots_action = QAction(self.tr("Add &virtual users…"), self)
        self.faults_action.triggered.connect(self._on_faults)
        self.bots_action.triggered.connect(self._on_bots)

    def _on_faults(self) -> None:
        from authws_desktop.panels.lab.faults_dialog import FaultsDialog

        self.faults = self.faults or FaultsDialog(self._service, self._theme, self._window)
        _show(self.faults)

    def _on_bots(self) -> None:
        from authws_desktop.panels.lab.bots_dialog import BotsDialog

        self.bots = self.bots or BotsDialog(self._service, self._theme, self._window)
        _show(self.bots)

    async def finish(self) -> None:
        """End what runs, and wait until nothing of it is left."""
        if self.bots is not None:
            await self.bots.finish()


def _show(dialog: Dialog) -> None:
    dialog.refresh()
    bring_to_front(dialog)
