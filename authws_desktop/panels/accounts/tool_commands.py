"""What the page of accounts offers besides acts on chosen accounts: each action and its dialog."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from authws_desktop.panels.accounts.import_dialog import ImportDialog
from authws_desktop.panels.accounts.invites_dialog import InvitesDialog
from authws_desktop.panels.accounts.reach import account_count
from authws_desktop.panels.accounts.token_inspector import TokenInspector
from authws_desktop.panels.accounts.trial_user_dialog import expected_url
from authws_desktop.panels.accounts.waiting_dialog import WaitingDialog
from authws_desktop.panels.slots import async_slot
from authws_desktop.panels.theme import Theme
from authws_desktop.panels.wording import grouped
from authws_desktop.server.service import Service


class OpenDialog(Protocol):
    """A dialog that is open until it is closed, and follows reality while it is."""

    def refresh(self) -> None:
        """Show what is true now."""

    async def show_until_closed(self) -> None:
        """Open and wait."""


class ToolCommands(QObject):
    """The actions.

    Attributes:
        dialog: The open dialog, if there is one.
        import_accounts, waiting, invites, inspect_token: Actions.
        waiting_count: How many wait for approval.

    Signals:
        done: Something was done; a sentence.
        failed: Something could not be done; a sentence.

    Args:
        service: The server.
        theme: Colours and icons.
        page: Parent of the dialogs.
    """

    done = Signal(str)
    failed = Signal(str)

    def __init__(self, service: Service, theme: Theme, page: QWidget) -> None:
        super().__init__(page)
        self._service = service
        self._theme = theme
        self._page = page
        self.dialog: OpenDialog | None = None
        self._build_actions()
        self.refresh()

    def _build_actions(self) -> None:
        self.import_accounts = self._action(self.tr("Import…"), self._on_import, "Ctrl+Shift+I")
        self.waiting = self._action("", self._on_waiting)
        self.invites = self._action(self.tr("Invitations…"), self._on_invites)
        self.inspect_token = self._action(self.tr("Inspect a token…"), self._on_inspect_token, "Ctrl+I")

    def _action(self, text: str, slot: Callable[[], object], shortcut: str = "") -> QAction:
        action = QAction(text, self)
        if shortcut:
            action.setShortcut(QKeySequence(shortcut))
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.triggered.connect(slot)
        self._page.addAction(action)
        return action

    def refresh(self) -> None:
        """Say how many wait, and keep true what an open dialog says."""
        self.waiting_count = len(self._service.accounts.pending())
        title = self.tr("Waiting list…")
        words = self.tr("{} waiting…").format(grouped(self.waiting_count)) if self.waiting_count else title
        if self.waiting.text() != words:
            self.waiting.setText(words)
        if self.dialog is not None:
            self.dialog.refresh()

    def show_error(self, text: str) -> None:
        """Pass on what went wrong outside a dialog."""
        self.failed.emit(text)

    def addresses(self) -> list[str]:
        """Return the addresses people may use, best first."""
        return self._service.urls or [expected_url(self._service)]

    async def _show(self, dialog: OpenDialog) -> None:
        self.dialog = dialog
        try:
            await dialog.show_until_closed()
        finally:
            self.dialog = None

    @async_slot
    async def _on_import(self) -> None:
        dialog = ImportDialog(self._service.accounts, self.addresses, self._theme, self._page)
        await self._show(dialog)
        if dialog.created:
            self.done.emit(self.tr("Created {}.").format(account_count(dialog.created)))

    @async_slot
    async def _on_waiting(self) -> None:
        await self._show(WaitingDialog(self._service, self._theme, self._page))

    @async_slot
    async def _on_invites(self) -> None:
        await self._show(InvitesDialog(self._service, self.addresses, self._theme, self._page))

    @async_slot
    async def _on_inspect_token(self) -> None:
        await self._show(TokenInspector(self._service.accounts, self._theme, self._page))
