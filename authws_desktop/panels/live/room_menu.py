"""What the host switches during an event: who may write, guests, pictures."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from authws_desktop.accounts.models import Role
from authws_desktop.panels.kit.affected import guests_ended
from authws_desktop.panels.kit.async_slot import async_slot
from authws_desktop.panels.kit.confirm import confirm
from authws_desktop.panels.kit.locked_settings import lock_words
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.words import counted
from authws_desktop.server.service import Service

KEPT = 10_000
"""How many messages are kept once the host switches that on here."""


class RoomMenu(QMenu):
    """Settings that act at once and for everybody, and the end of the guests.

    Attributes:
        switches: By name of the setting; checked where it has the second of its values.
        end_guests: Ends everybody who came in by name alone.

    Signals:
        failed: What did not work, in words.

    Args:
        service: The server.
        theme: The look.
        parent: What it belongs to.
    """

    failed = Signal(str)

    def __init__(self, service: Service, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._service = service
        self._theme = theme
        self._owner = parent
        self.setTitle(self.tr("&Room"))
        self.setToolTipsVisible(True)
        self.switches: dict[str, QAction] = {}
        self._values: dict[str, tuple[str | int, str | int]] = {}
        self._add("who_may_write", self.tr("Only hosts write to everyone"), "everyone", "host")
        self._add("guests", self.tr("Guests may come in by name"), "off", "on")
        self._add("guest_directs", self.tr("Guests may write to each other"), "off", "on")
        self._add("images", self.tr("Pictures in the web client"), "off", "on")
        self._add("messages_kept", self.tr("Keep messages for who was away"), 0, KEPT)
        self.addSeparator()
        self.end_guests = self.addAction(self.tr("End guests…"))
        self.end_guests.triggered.connect(self._on_end_guests)
        self.aboutToShow.connect(self.update_controls)

    def _add(self, name: str, text: str, off: str | int, on: str | int) -> None:
        action = self.addAction(text)
        action.setCheckable(True)
        action.triggered.connect(lambda is_on: self._on_switched(name, is_on))
        self.switches[name] = action
        self._values[name] = off, on

    @Slot()
    def update_controls(self) -> None:
        """Show what is in force; what was set from outside stays as it is."""
        settings = self._service.settings
        for name, action in self.switches.items():
            set_by = lock_words(settings, name)
            action.setChecked(getattr(settings.values, name) != self._values[name][0])
            action.setEnabled(not set_by)
            action.setToolTip(set_by)
        count = self._guests()
        self.end_guests.setEnabled(count > 0)
        guests = counted(count, "%n guest", "%n guests")
        text = self.tr("End {guests}…") if count else self.tr("End guests…")
        self.end_guests.setText(text.format(guests=guests))

    def show_error(self, text: str) -> None:
        """Pass on what did not work."""
        self.failed.emit(text)

    def _guests(self) -> int:
        return sum(account.role is Role.GUEST for account in self._service.accounts.users())

    @async_slot
    async def _on_switched(self, name: str, is_on: bool) -> None:
        await self._service.change(**{name: self._values[name][is_on]})

    @async_slot
    async def _on_end_guests(self) -> None:
        title = self.tr("End all guests?")
        if await confirm(
            self._theme,
            self._owner,
            title,
            guests_ended(self._service.accounts),
            self.tr("End guests"),
            is_destructive=True,
        ):
            await self._service.accounts.administration.end_guests()
