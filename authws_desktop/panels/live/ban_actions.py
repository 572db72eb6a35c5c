"""The actions of the users menu that ban users and addresses, and the list of bans."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from authws_desktop.admission.bans import Subject
from authws_desktop.hub.client import Client
from authws_desktop.panels.kit.async_slot import async_slot
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.live.ban_dialog import BanDialog, BanTarget
from authws_desktop.panels.live.bans_dialog import BansDialog
from authws_desktop.server.service import Service


class BanActions(QObject):
    """Bans the chosen people, and shows who is banned.

    Attributes:
        ban_user, ban_address: Act on the chosen; see `prepare`.
        show_bans: Opens the list.

    Signals:
        failed: Something did not work; carries a sentence.

    Args:
        service: Whose people.
        theme: Colours and icons.
        chosen: Returns the connections that are chosen.
        parent: The panel.
    """

    failed = Signal(str)

    def __init__(
        self, service: Service, theme: Theme, chosen: Callable[[], list[Client]], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._service = service
        self._theme = theme
        self._chosen = chosen
        self._panel = parent
        self.ban_user = QAction(self.tr("Ban user…"), self)
        self.ban_address = QAction(self.tr("Ban address…"), self)
        self.show_bans = QAction(self.tr("Bans…"), self)
        self.ban_user.triggered.connect(self._on_ban_user)
        self.ban_address.triggered.connect(self._on_ban_address)
        self.show_bans.triggered.connect(self._on_show_bans)
        for action in (self.ban_user, self.ban_address, self.show_bans):
            theme.decorate(action, "ban", "muted")

    def prepare(self) -> None:
        """Enable what can be done with the chosen; this computer can never be banned."""
        self.ban_user.setEnabled(bool(self._users()))
        addresses = self._addresses()
        self.ban_address.setEnabled(bool(addresses))
        tip = ""
        if not addresses and (chosen := self._chosen()):
            is_far = all(client.identity.node for client in chosen)
            tip = self.tr("This computer itself cannot be banned")
            if is_far:
                tip = self.tr("Only the node that they are connected to knows their address")
        self.ban_address.setToolTip(tip)

    def _users(self) -> list[BanTarget]:
        found = {
            client.identity.user_id: BanTarget(Subject.USER, client.identity.user_id, client.username)
            for client in self._chosen()
            if client.is_authenticated
        }
        return list(found.values())

    def _addresses(self) -> list[BanTarget]:
        addresses = dict.fromkeys(client.identity.address for client in self._chosen())
        return [
            BanTarget(Subject.ADDRESS, address, address)
            for address in addresses
            # Other nodes keep the addresses of their people to themselves.
            if address and not self._service.bans.is_own(address)
        ]

    def show_error(self, text: str) -> None:
        """Let the page say what did not work."""
        self.failed.emit(text)

    @async_slot
    async def _on_ban_user(self) -> None:
        await self._ban(self._users())

    @async_slot
    async def _on_ban_address(self) -> None:
        await self._ban(self._addresses())

    async def _ban(self, targets: list[BanTarget]) -> None:
        if targets:
            await BanDialog(self._service, targets, self._theme, self._panel.window()).run()

    @async_slot
    async def _on_show_bans(self) -> None:
        await BansDialog(self._service, self._theme, self._panel.window()).run()
