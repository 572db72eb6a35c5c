"""What closing the window means while people are connected; asked once, remembered if wished."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from authws_desktop.panels.confirm import Choice, ChoiceDialog
from authws_desktop.panels.wording import counted

KEEP, STOP = "keep", "stop"


class CloseDialog(ChoiceDialog):
    """Keep running out of sight, or stop the server.

    Attributes:
        remember: Whether to do the same without asking from now on.
        is_remembered: The same, as chosen.

    Args:
        count: Connections now.
        parent: The window.
        has_tray: Whether the window goes to the tray; else it is minimised.
    """

    def __init__(self, count: int, parent: QWidget, *, has_tray: bool = False) -> None:
        keep = parent.tr("Keep running in the tray") if has_tray else parent.tr("Minimise and keep running")
        who = counted(count, parent.tr("client is"), parent.tr("clients are"))
        super().__init__(
            parent,
            parent.tr("Stop the server?"),
            parent.tr("{clients} connected. Stopping the server disconnects them.").format(clients=who),
            [
                Choice(KEEP, keep),
                Choice(STOP, parent.tr("Stop the server"), "danger"),
            ],
        )
        self.is_remembered = False
        self.remember = QCheckBox(self.tr("Do not ask again (Settings, Desktop)"))
        self.remember.toggled.connect(self._on_toggled)
        layout = self.layout()
        if isinstance(layout, QVBoxLayout):
            layout.insertWidget(2, self.remember)
            layout.insertSpacing(2, 8)

    @Slot(bool)
    def _on_toggled(self, is_checked: bool) -> None:
        self.is_remembered = is_checked
