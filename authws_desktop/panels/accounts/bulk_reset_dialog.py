"""New passwords for many accounts at once: each gets one of its own, shown afterwards."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from authws_desktop.accounts.accounts import Accounts
from authws_desktop.accounts.errors import AccountsError, ChangedMeanwhile
from authws_desktop.accounts.password_strength import generate_password
from authws_desktop.panels.accounts.addresses import Addresses
from authws_desktop.panels.accounts.credentials_view import CredentialsView
from authws_desktop.panels.accounts.login_cards import LoginCard
from authws_desktop.panels.kit.affected import Affected, account_count
from authws_desktop.panels.kit.conflicts import SeenRevisions
from authws_desktop.panels.kit.form_dialog import FormDialog
from authws_desktop.panels.kit.form_field import message_label
from authws_desktop.panels.kit.theme import GRID, Theme


class BulkResetDialog(FormDialog):
    """Generates a password for each chosen account, sets it, and shows the list.

    Attributes:
        credentials: Name and password of each account that was changed, with the ways to hand them on.
    """

    def __init__(
        self, accounts: Accounts, affected: Affected, addresses: Addresses, theme: Theme, parent: QWidget
    ) -> None:
        count = account_count(len(affected.present()))
        super().__init__(
            theme,
            parent.tr("Reset passwords of {accounts}").format(accounts=count),
            parent.tr("Reset passwords"),
            parent,
        )
        self._accounts = accounts
        self._affected = affected
        self._done_ids: set[str] = set()
        self._seen = SeenRevisions(affected.present())
        self._is_finished = False
        self.setMinimumWidth(66 * GRID)  # the longest name and its password stand in one line
        self.reach_label = message_label(self, lines=3)
        self.content.addWidget(self.reach_label)
        self.credentials = CredentialsView(theme, addresses, self)
        self.content.addWidget(self.credentials, 1)
        self.refresh()

    def refresh(self) -> None:
        """Say whom it touches now."""
        if not self._is_finished:
            own = self.tr("Each account gets a generated password of its own.")
            self.reach_label.setText(f"{self._affected.resetting()} {own}")
        self.update_controls()

    def is_valid(self) -> bool:
        """Tell whether OK may be pressed."""
        return self._is_finished or bool(self._affected.present())

    async def _act(self) -> bool:
        if self._is_finished:
            return True
        try:
            for account in self._affected.present():
                if account.id in self._done_ids:
                    continue
                password = generate_password()
                await self._reset(account.id, password)
                self._done_ids.add(account.id)
                self.credentials.add([LoginCard(account.username, password)])
        except ChangedMeanwhile:
            raise
        except AccountsError as error:
            self.show_error(str(error))
            return False
        self._finish()
        return False

    async def _reset(self, user_id: str, password: str) -> None:
        await self._seen.act(
            user_id,
            lambda revision: self._accounts.administration.reset_password(
                user_id, password, expected_revision=revision
            ),
        )

    def _finish(self) -> None:
        self._is_finished = True
        self.reach_label.setText(
            self.tr("Done. These passwords stay on the Accounts page until you put them away.")
        )
        self.ok_button.setText(self.tr("Done"))
        self.cancel_button.hide()
