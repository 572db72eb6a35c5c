"""New passwords for many accounts at once: each gets one of its own."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from authws_desktop.accounts.accounts import Accounts
from authws_desktop.accounts.password_strength import generate_password
from authws_desktop.panels.accounts.account_dialogs import HandOverCards
from authws_desktop.panels.accounts.login_cards import LoginCard
from authws_desktop.panels.kit.affected import Affected, account_count
from authws_desktop.panels.kit.conflicts import SeenRevisions
from authws_desktop.panels.kit.form_dialog import FormDialog
from authws_desktop.panels.kit.form_field import message_label
from authws_desktop.panels.kit.theme import Theme


class BulkResetDialog(FormDialog):
    """Generates a password for each chosen account and sets it; a part of the page.

    Args:
        hand_over: Gets name and password of each account that was changed, also where another one failed.
    """

    def __init__(
        self, accounts: Accounts, affected: Affected, hand_over: HandOverCards, theme: Theme, parent: QWidget
    ) -> None:
        count = account_count(len(affected.present()))
        title = parent.tr("Reset passwords of {accounts}").format(accounts=count)
        super().__init__(theme, title, parent.tr("Reset passwords"), self._reset, parent)
        self._accounts = accounts
        self._affected = affected
        self._hand_over = hand_over
        self._seen = SeenRevisions(affected.present())
        self.reach_label = message_label(self, lines=3)
        self.content.addWidget(self.reach_label)
        self.content.addStretch(1)
        self.refresh()

    def refresh(self) -> None:
        """Say whom it touches now."""
        own = self.tr("Each account gets a generated password of its own.")
        self.reach_label.setText(f"{self._affected.resetting()} {own}")
        self.update_controls()

    def is_valid(self) -> bool:
        """Tell whether OK may be pressed."""
        return bool(self._affected.present())

    async def _reset(self) -> None:
        waiting = [each for each in self._affected.present() if each.id not in self._seen.done]
        made = [LoginCard(each.username, generate_password()) for each in waiting]
        try:
            for account, card in zip(waiting, made, strict=True):
                await self._reset_one(account.id, card.password)
        finally:
            done = self._seen.done
            self._hand_over([card for each, card in zip(waiting, made, strict=True) if each.id in done])

    async def _reset_one(self, user_id: str, password: str) -> None:
        await self._seen.act(
            user_id,
            lambda revision: self._accounts.administration.reset_password(
                user_id, password, expected_revision=revision
            ),
        )
