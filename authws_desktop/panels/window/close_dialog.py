"""What closing the window means while people are connected; asked once, remembered if wished."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QCheckBox, QWidget

from authws_desktop.panels.kit.confirm import Choice, ChoiceDialog
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.words import counted

KEEP, STOP = "keep", "stop"


class CloseDialog(ChoiceDialog):
    """Keep running out of sight, or stop the server.

    Attributes:
        remember: Whether to do the same without asking from now on.
        is_remembered: The same, as chosen.

    Args:
        theme: The look.
        count: Connections now.
        ended: What becomes of the guests, in a sentence; empty if there are none.
        parent: The window.
        has_tray: Whether the window goes to the tray; else it is minimised.
    """

    def __init__(
        self, theme: Theme, count: int, parent: QWidget, *, has_tray: bool = False, ended: str = ""
    ) -> None:
        keep = parent.tr("Keep running in the tray") if has_tray else parent.tr("Minimise and keep running")
        who = counted(count, "%n client is connected.", "%n clients are connected.")
        super().__init__(
            theme,
            parent,
            parent.tr("Close Authws Desktop?"),
            f"{who} {parent.tr('Quitting stops the server, which disconnects them.')} {ended}".rstrip(),
            [
                Choice(KEEP, keep),
                Choice(STOP, parent.tr("Quit"), "danger"),
            ],
        )
        self.is_remembered = False
        self.remember = QCheckBox(self.tr("Do not ask again (Settings, Desktop)"))
        self.remember.toggled.connect(self._on_toggled)
        self.content.addWidget(self.remember)

    @Slot(bool)
    def _on_toggled(self, is_checked: bool) -> None:
        self.is_remembered = is_checked
