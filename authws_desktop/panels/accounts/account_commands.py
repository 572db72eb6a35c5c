"""What can be done with accounts: every action with its shortcut, and the dialog it opens."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QWidget

from authws_desktop.accounts.errors import ChangedMeanwhile, UnknownAccount
from authws_desktop.accounts.records import Account
from authws_desktop.files import write_atomically
from authws_desktop.panels.accounts.account_dialogs import EditDialog, NewUserDialog, ResetPasswordDialog
from authws_desktop.panels.accounts.accounts_csv import accounts_csv
from authws_desktop.panels.accounts.bulk_reset_dialog import BulkResetDialog
from authws_desktop.panels.accounts.conflicts import SeenRevisions
from authws_desktop.panels.accounts.file_choice import choose_file_to_save
from authws_desktop.panels.accounts.form_dialog import FormDialog
from authws_desktop.panels.accounts.reach import Reach, account_count
from authws_desktop.panels.accounts.reach_dialog import ReachDialog
from authws_desktop.panels.accounts.sessions_dialog import SessionsDialog
from authws_desktop.panels.accounts.trial_user import DEFAULT_LIFE_S, LIVES_S, make_trial_user
from authws_desktop.panels.accounts.trial_user_dialog import TrialUserDialog, expected_url
from authws_desktop.panels.slots import async_slot
from authws_desktop.panels.theme import Theme
from authws_desktop.panels.window_state import WindowState
from authws_desktop.server.service import Service

Act = Callable[[str, int | None], Awaitable[Account | None]]
"""Does something to an account by its id and the revision that was seen of it."""

LIFE_KEY = "accounts/test_token_life_s"


class Refreshes(Protocol):
    """An open dialog that says things which may change."""

    def refresh(self) -> None:
        """Show what is true now."""


class Chooser(Protocol):
    """What the commands ask of the page."""

    def chosen_accounts(self) -> list[Account]:
        """Return the selected accounts, as shown."""

    def has_shown(self) -> bool:
        """Tell whether the search leaves any account."""

    def shown_accounts(self) -> list[Account]:
        """Return every account that the search leaves, as shown."""


class AccountCommands(QObject):
    """The actions of the page.

    Attributes:
        dialog: The open dialog, if there is one.
        new_user, new_test_user, edit, reset_password, toggle, sessions, delete, copy_names, export: Actions.

    Signals:
        done: Something was done; a sentence that says what, and the id of a new account or nothing.
        failed: Something could not be done; a sentence.

    Args:
        service: The server.
        theme: Colours and icons.
        window_state: What is remembered.
        chooser: Says which accounts are meant.
        page: Parent of the dialogs.
    """

    done = Signal(str, str)
    failed = Signal(str)

    def __init__(
        self, service: Service, theme: Theme, window_state: WindowState, chooser: Chooser, page: QWidget
    ) -> None:
        super().__init__(page)
        self._service = service
        self._accounts = service.accounts
        self._theme = theme
        self._window_state = window_state
        self._chooser = chooser
        self._page = page
        self.dialog: Refreshes | None = None
        self._build_actions()
        self.update_controls()

    # Actions

    def _build_actions(self) -> None:
        keys = QKeySequence.StandardKey
        self.new_user = self._action(self.tr("New user"), self._on_new_user, "Ctrl+N", is_global=True)
        self.new_test_user = self._action(
            self.tr("New test user"), self._on_new_test_user, "Ctrl+Shift+N", is_global=True
        )
        self.edit = self._action(self.tr("Edit"), self._on_edit, "F2")
        self.reset_password = self._action(self.tr("Reset password"), self._on_reset_password)
        self.toggle = self._action(self.tr("Disable"), self._on_toggle)
        self.sessions = self._action(self.tr("Sessions"), self._on_sessions)
        self.delete = self._action(self.tr("Delete"), self._on_delete, keys.Delete)
        self.copy_names = self._action(self.tr("Copy name"), self._on_copy_names, keys.Copy)
        self.export = self._action(self.tr("Export CSV"), self._on_export)

    def _action(
        self,
        text: str,
        slot: Callable[[], object],
        shortcut: str | QKeySequence.StandardKey | None = None,
        *,
        is_global: bool = False,
    ) -> QAction:
        action = QAction(text, self)
        if shortcut is not None:
            action.setShortcut(QKeySequence(shortcut))
        contexts = Qt.ShortcutContext
        action.setShortcutContext(
            contexts.WindowShortcut if is_global else contexts.WidgetWithChildrenShortcut
        )
        action.triggered.connect(slot)
        self._page.addAction(action)
        return action

    def update_controls(self) -> None:
        """Enable what can be done with the chosen accounts, and name the toggle after what it will do."""
        chosen = self._chooser.chosen_accounts()
        for action in (
            self.edit,
            self.reset_password,
            self.toggle,
            self.sessions,
            self.delete,
            self.copy_names,
        ):
            action.setEnabled(bool(chosen))
        self.export.setEnabled(self._chooser.has_shown())
        self.toggle.setText(self.tr("Enable") if chosen and _all_disabled(chosen) else self.tr("Disable"))
        self.copy_names.setText(self.tr("Copy names") if len(chosen) > 1 else self.tr("Copy name"))

    def refresh_dialog(self) -> None:
        """Keep true what an open dialog says."""
        if self.dialog is not None:
            self.dialog.refresh()

    def show_error(self, text: str) -> None:
        """Pass on what went wrong outside a dialog."""
        self.failed.emit(text)

    # Dialogs

    async def _ask(self, dialog: FormDialog) -> bool:
        self.dialog = dialog
        try:
            return await dialog.ask()
        finally:
            self.dialog = None

    async def _show(self, dialog: SessionsDialog | TrialUserDialog) -> None:
        self.dialog = dialog
        try:
            await dialog.show_until_closed()
        finally:
            self.dialog = None

    def _reach(self, accounts: Sequence[Account]) -> Reach:
        return Reach(self._accounts, self._service.hub, [account.id for account in accounts])

    def _addresses(self) -> list[str]:
        return self._service.urls or [expected_url(self._service)]

    @async_slot
    async def _on_new_user(self) -> None:
        dialog = NewUserDialog(self._accounts, self._theme, self._page)
        if await self._ask(dialog) and dialog.created is not None:
            self.done.emit(self.tr("Created {}.").format(dialog.created.username), dialog.created.id)

    @async_slot
    async def _on_edit(self) -> None:
        if chosen := self._chooser.chosen_accounts():
            await self._ask(EditDialog(self._accounts, chosen, self._theme, self._page))

    @async_slot
    async def _on_reset_password(self) -> None:
        chosen = self._chooser.chosen_accounts()
        if not chosen:
            return
        reach = self._reach(chosen)
        if len(chosen) > 1:
            await self._ask(BulkResetDialog(self._accounts, reach, self._addresses, self._theme, self._page))
        elif await self._ask(ResetPasswordDialog(self._accounts, reach, self._theme, self._page)):
            self.done.emit(self.tr("{} has a new password.").format(chosen[0].username), "")

    @async_slot
    async def _on_toggle(self) -> None:
        chosen = self._chooser.chosen_accounts()
        if not chosen:
            return
        if _all_disabled(chosen):
            reach = self._reach(chosen)
            for account in reach.present():
                with contextlib.suppress(UnknownAccount):  # deleted meanwhile by somebody else
                    await self._accounts.set_disabled(account.id, False)
            self.done.emit(self.tr("Enabled {}.").format(reach.whom()), "")
        else:
            await self._disable([account for account in chosen if not account.is_disabled])

    async def _disable(self, chosen: list[Account]) -> None:
        reach = self._reach(chosen)
        title = self.tr("Disable {}?").format(reach.whom())
        more = self.tr("Tokens end at once, and logging in is refused until you enable them again.")
        await self._ask_reach(
            title,
            self.tr("Disable"),
            reach.disabling,
            reach,
            lambda user_id, revision: self._accounts.set_disabled(user_id, True, expected_revision=revision),
            more,
        )

    @async_slot
    async def _on_delete(self) -> None:
        if chosen := self._chooser.chosen_accounts():
            await self._delete(chosen)

    async def _delete(self, chosen: Sequence[Account]) -> None:
        reach = self._reach(chosen)
        title = self.tr("Delete {}?").format(reach.whom())
        more = self.tr("This cannot be undone. Afterwards anybody may take the name.")
        label = (
            self.tr("Delete") if len(chosen) == 1 else self.tr("Delete {}").format(account_count(len(chosen)))
        )
        await self._ask_reach(title, label, reach.deleting, reach, self._delete_one, more)

    async def _delete_one(self, user_id: str, revision: int | None) -> None:
        await self._accounts.delete(user_id, expected_revision=revision)

    async def _ask_reach(
        self,
        title: str,
        ok_label: str,
        describe: Callable[[], str],
        reach: Reach,
        act: Act,
        more: str,
    ) -> None:
        seen = SeenRevisions(reach.present())
        dialog = ReachDialog(
            self._theme,
            title,
            ok_label,
            lambda: describe() if reach.present() else "",
            lambda: self._each(reach, seen, act),
            more,
            self._page,
        )
        await self._ask(dialog)

    async def _each(self, reach: Reach, seen: SeenRevisions, act: Act) -> None:
        """Act on each account; those changed meanwhile are left for a second look, and said at the end."""
        conflict: ChangedMeanwhile | None = None
        for account in reach.present():
            if account.id in seen.done:
                continue
            try:
                await seen.act(account.id, partial(act, account.id))
            except UnknownAccount:  # deleted meanwhile by somebody else
                continue
            except ChangedMeanwhile as error:
                conflict = conflict or error
        if conflict is not None:
            raise conflict

    @async_slot
    async def _on_sessions(self) -> None:
        if chosen := self._chooser.chosen_accounts():
            ids = [account.id for account in chosen]
            await self._show(SessionsDialog(self._accounts, self._service.hub, ids, self._theme, self._page))

    @async_slot
    async def _on_new_test_user(self) -> None:
        life_s = self._window_state.number(LIFE_KEY, DEFAULT_LIFE_S)
        user = await make_trial_user(self._accounts, life_s if life_s in LIVES_S else DEFAULT_LIFE_S)
        dialog = TrialUserDialog(self._service, user, self._theme, self._page)
        self.done.emit("", user.account.id)
        await self._show(dialog)
        self._window_state.set_number(LIFE_KEY, dialog.user.life_s)
        if dialog.is_delete_wanted:
            await self._delete([user.account])

    # Copy and export

    def _on_copy_names(self) -> None:
        names = [account.username for account in self._chooser.chosen_accounts()]
        QGuiApplication.clipboard().setText("\n".join(names))

    @async_slot
    async def _on_export(self) -> None:
        chosen = self._chooser.chosen_accounts()
        accounts = chosen if len(chosen) > 1 else self._chooser.shown_accounts()
        count = account_count(len(accounts))
        title = self.tr("Export {}").format(count)
        file = await choose_file_to_save(
            self._page.window(), title, self.tr("CSV files (*.csv)"), "accounts.csv"
        )
        if file is not None:
            await self.export_to(file, accounts)

    async def export_to(self, file: Path, accounts: Sequence[Account]) -> None:
        """Write accounts to a CSV file, and say so."""
        try:
            await asyncio.to_thread(write_atomically, file, accounts_csv(accounts))
        except OSError as error:
            text = self.tr("{} cannot be written ({}). Choose another folder.")
            self.failed.emit(text.format(file.name, error.strerror))
            return
        words = self.tr("Exported {} to {}.").format(account_count(len(accounts)), file.name)
        self.done.emit(words, "")


def _all_disabled(accounts: Sequence[Account]) -> bool:
    return all(account.is_disabled for account in accounts)
