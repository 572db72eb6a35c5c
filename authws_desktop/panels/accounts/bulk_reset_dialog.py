"""New passwords for many accounts at once: each gets one of its own, shown afterwards."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QPushButton, QWidget

from authws_desktop.accounts.directory import Accounts
from authws_desktop.accounts.errors import AccountsError
from authws_desktop.accounts.password_strength import generate_password
from authws_desktop.panels.accounts.form_dialog import FormDialog
from authws_desktop.panels.accounts.form_field import message_label
from authws_desktop.panels.accounts.reach import Reach, account_count
from authws_desktop.panels.theme import GRID, Theme


class BulkResetDialog(FormDialog):
    """Generates a password for each chosen account, sets it, and shows the list.

    Attributes:
        list_view: Name and password of each account that was changed, one a line.
        copy_button: Copies that list.
    """

    def __init__(self, accounts: Accounts, reach: Reach, theme: Theme, parent: QWidget) -> None:
        count = account_count(len(reach.present()))
        super().__init__(
            theme, self.tr("Reset passwords of {}").format(count), self.tr("Reset passwords"), parent
        )
        self._accounts = accounts
        self._reach = reach
        self._passwords: dict[str, str] = {}
        self._is_finished = False
        self.reach_label = message_label(self, lines=3)
        self.content.addWidget(self.reach_label)
        self._build_list()
        self.refresh()

    def _build_list(self) -> None:
        self.list_view = QPlainTextEdit(self)
        self.list_view.setReadOnly(True)
        self.list_view.setFont(self.theme.fixed_font())
        self.list_view.setAccessibleName(self.tr("New passwords"))
        self.list_view.setMinimumHeight(22 * GRID)
        self.list_view.setPlaceholderText(self.tr("The new passwords appear here. They are shown only once."))
        self.content.addWidget(self.list_view, 1)
        self.copy_button = QPushButton(self.tr("Copy list"), self)
        self.copy_button.setAutoDefault(False)
        self.theme.decorate(self.copy_button, "copy")
        self.copy_button.clicked.connect(self._on_copy_clicked)
        self.button_row.insertWidget(0, self.copy_button)

    def refresh(self) -> None:
        """Say whom it touches now."""
        if not self._is_finished:
            own = self.tr("Each account gets a generated password of its own.")
            self.reach_label.setText(f"{self._reach.resetting()} {own}")
        self.update_controls()

    def is_valid(self) -> bool:
        """Tell whether OK may be pressed."""
        return self._is_finished or bool(self._reach.present())

    def update_controls(self) -> None:
        """Enable what can be used now."""
        super().update_controls()
        self.copy_button.setEnabled(bool(self._passwords))

    async def _act(self) -> bool:
        if self._is_finished:
            return True
        try:
            for account in self._reach.present():
                if account.id in self._passwords:
                    continue
                password = generate_password()
                await self._accounts.reset_password(account.id, password)
                self._passwords[account.id] = password
                self.list_view.appendPlainText(f"{account.username}\t{password}")
        except AccountsError as error:
            self.show_error(str(error))
            return False
        self._finish()
        return False

    def _finish(self) -> None:
        self._is_finished = True
        self.reach_label.setText(
            self.tr("Done. Hand these passwords on now: this list is not kept anywhere.")
        )
        self.ok_button.setText(self.tr("Done"))
        self.cancel_button.hide()

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self.list_view.toPlainText())
        self.copy_button.setText(self.tr("Copied"))
