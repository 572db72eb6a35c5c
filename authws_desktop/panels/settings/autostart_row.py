"""The switch for starting with the computer, on the settings page."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QCheckBox

from authws_desktop.desktop.autostart import Autostart
from authws_desktop.panels.kit.sentences import said
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.settings.settings_fields import SettingRow


class AutostartRow(SettingRow):
    """Takes effect at once: the entry is the system's, not one of our settings.

    Attributes:
        switch: The switch.

    Args:
        autostart: The system's way.
        theme: The look.
    """

    def __init__(self, autostart: Autostart, theme: Theme) -> None:
        super().__init__(
            said("Start with this computer"),
            said("Opens this window and starts the server when you log in to this computer."),
            theme,
        )
        self._autostart = autostart
        self.switch = QCheckBox(self.tr("Start when I log in"))
        self.switch.setAccessibleName(said("Start with this computer"))
        self.inputs.addWidget(self.switch)
        self.inputs.addStretch(1)
        self.switch.clicked.connect(self._on_clicked)
        self.refresh()

    def refresh(self) -> None:
        """Show what the system says; somebody may have changed it there."""
        self.switch.setChecked(self._autostart.is_on())
        self.show_note(self.tr("Takes effect at once · default off"))

    def showEvent(self, event: QShowEvent) -> None:
        """Ask the system anew; overrides Qt's."""
        super().showEvent(event)
        self.refresh()

    @Slot(bool)
    def _on_clicked(self, is_wanted: bool) -> None:
        try:
            self._autostart.switch(is_wanted)
        except OSError as error:
            self.switch.setChecked(self._autostart.is_on())
            text = self.tr("This system does not let it: {reason}.").format(reason=error.strerror or error)
            self.show_note(text, "small-bad", "circle-x")
            return
        self.refresh()
