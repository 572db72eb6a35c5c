"""The choice between a server for programs and one for a class or event, on the settings page."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Slot

from authws_desktop.panels.kit.sentences import said
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.words import grouped
from authws_desktop.panels.settings.settings_fields import (
    INPUT_WIDTH_PX,
    SettingField,
    SettingRow,
    SteadyChoice,
)
from authws_desktop.settings.profiles import CLASS_OR_EVENT, PROGRAMS

_PROFILES = {"programs": PROGRAMS, "event": CLASS_OR_EVENT}
_OWN = "own"


class ProfileRow(SettingRow):
    """Fills several fields at once, which are then saved like any others.

    Attributes:
        choice: The profiles, and what the fields say if that is none of them.

    Args:
        fields: The fields of the page, by name.
        theme: The look.
    """

    def __init__(self, fields: Mapping[str, SettingField], theme: Theme) -> None:
        help_ = said(
            "Sets what is kept, what newcomers see and whether guests may come in, all with one choice."
        )
        super().__init__(said("What this server is for"), help_, theme)
        self.searched += " class event profile"
        self._fields = {name: fields[name] for name in CLASS_OR_EVENT}
        self.choice = SteadyChoice()
        self.choice.setFixedWidth(INPUT_WIDTH_PX)
        self.choice.setAccessibleName(self.tr("What this server is for"))
        self.choice.setAccessibleDescription(help_)
        self.choice.addItem(self.tr("For programs"), "programs")
        self.choice.addItem(self.tr("For a class or event"), "event")
        self.choice.addItem(self.tr("As set below"), _OWN)
        self.inputs.addWidget(self.choice)
        self.choice.activated.connect(self._on_chosen)

    @property
    def chosen(self) -> str:
        """The profile that the fields make up; `own` if it is none."""
        for name, values in _PROFILES.items():
            if all(self._fields[each].current() == value for each, value in values.items()):
                return name
        return _OWN

    def refresh(self) -> None:
        """Show which profile the fields make up."""
        name = self.chosen
        self.choice.setCurrentIndex(self.choice.findData(name))
        is_changed = any(field.is_changed for field in self._fields.values())
        saving = self.tr(" Save to have it so.") if is_changed else ""
        self.show_note(self._words(name) + saving)

    def _words(self, name: str) -> str:
        if name == "programs":
            return self.tr("Nothing is kept, and everybody has an account.")
        if name == "event":
            text = self.tr(
                "The newest {count} messages are kept for {days} days, who comes late sees all of them, and "
                "guests come in by name alone."
            )
            count, days = CLASS_OR_EVENT["messages_kept"], CLASS_OR_EVENT["messages_kept_days"]
            return text.format(count=grouped(int(count)), days=days)
        locked = [field for field in self._fields.values() if field.is_locked]
        return locked[0].note if locked else self.tr("Some of it is as you set it.")

    @Slot()
    def _on_chosen(self) -> None:
        values = _PROFILES.get(str(self.choice.currentData()), {})
        for name, value in values.items():
            if not self._fields[name].is_locked:
                self._fields[name].enter(value)
        self.refresh()
