"""What the page of accounts offers besides acts on chosen accounts: each action and its dialog."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from authws_desktop.panels.accounts.addresses import Addresses
from authws_desktop.panels.accounts.hand_over import HandOver
from authws_desktop.panels.accounts.import_dialog import ImportDialog
from authws_desktop.panels.accounts.token_inspector import TokenInspector
from authws_desktop.panels.kit.affected import account_count
from authws_desktop.panels.kit.async_slot import async_slot
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.words import grouped
from authws_desktop.server.service import Service


class ToolCommands(QObject):
    """The actions.

    Attributes:
        import_accounts, inspect_token: Actions.
        waiting, invites: Actions that the page has a tab for.
        waiting_count: How many wait for approval.

    Signals:
        done: Something was done; a sentence.
        failed: Something could not be done; a sentence.

    Args:
        service: The server.
        theme: Colours and icons.
        hand_over: Keeps new passwords in sight.
        page: Parent of the dialogs.
    """

    done = Signal(str)
    failed = Signal(str)

    def __init__(self, service: Service, theme: Theme, hand_over: HandOver, page: QWidget) -> None:
        super().__init__(page)
        self._service = service
        self._theme = theme
        self._hand_over = hand_over
        self._page = page
        self._build_actions()
        self.refresh()

    def _build_actions(self) -> None:
        self.import_accounts = self._action(self.tr("Import…"), "Ctrl+Shift+I")
        self.waiting, self.invites = self._action(""), self._action(self.tr("Invitations"))
        self.inspect_token = self._action(self.tr("Inspect a token…"), "Ctrl+I")
        self.import_accounts.triggered.connect(self._on_import)
        self.inspect_token.triggered.connect(self._on_inspect_token)

    def _action(self, text: str, shortcut: str = "") -> QAction:
        action = QAction(text, self, shortcut=QKeySequence(shortcut))
        self._page.addAction(action)
        return action

    def refresh(self) -> None:
        """Say how many wait."""
        self.waiting_count = len(self._service.accounts.registration.pending())
        title = self.tr("Waiting list")
        words = (
            self.tr("Waiting list ({people})").format(people=grouped(self.waiting_count))
            if self.waiting_count
            else title
        )
        if self.waiting.text() != words:
            self.waiting.setText(words)

    def show_error(self, text: str) -> None:
        """Pass on what went wrong outside a dialog."""
        self.failed.emit(text)

    @async_slot
    async def _on_import(self) -> None:
        dialog = ImportDialog(self._service.accounts, Addresses.of(self._service), self._theme, self._page)
        await dialog.run()
        self._hand_over.add(dialog.credentials.credentials())
        if dialog.created:
            self.done.emit(self.tr("Created {accounts}.").format(accounts=account_count(dialog.created)))

    @async_slot
    async def _on_inspect_token(self) -> None:
        await TokenInspector(self._service.accounts, self._theme, self._page).run()
