"""What can be done with accounts: every action with its shortcut, and the dialog it opens."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QWidget

from authws_desktop.accounts.errors import ChangedMeanwhile, StoreError, UnknownAccount
from authws_desktop.accounts.models import Account
from authws_desktop.panels.accounts.account_dialogs import EditDialog, NewUserDialog, ResetPasswordDialog
from authws_desktop.panels.accounts.accounts_csv import accounts_csv
from authws_desktop.panels.accounts.bulk_reset_dialog import BulkResetDialog
from authws_desktop.panels.accounts.hand_over import HandOver
from authws_desktop.panels.accounts.login_cards import LoginCard
from authws_desktop.panels.accounts.trial_account import (
    DEFAULT_LIFE_S,
    LIVES_S,
    TrialUser,
    make_trial_user,
    token_for,
)
from authws_desktop.panels.accounts.trial_account_dialog import TrialUserDialog
from authws_desktop.panels.kit.affected import Affected, account_count
from authws_desktop.panels.kit.affected_dialog import AffectedDialog
from authws_desktop.panels.kit.async_slot import async_slot
from authws_desktop.panels.kit.conflicts import SeenRevisions
from authws_desktop.panels.kit.dialog import bring_to_front
from authws_desktop.panels.kit.files import choose_file_to_save, write_or_say
from authws_desktop.panels.kit.form_dialog import FormDialog
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.kit.words import counted, grouped
from authws_desktop.server.service import Service

Act = Callable[[str, int | None], Awaitable[Account | None]]
"""Does something to an account by its id and the revision that was seen of it."""

MOST_COUNTED = 50
"""Accounts whose kept messages are counted before they are deleted: each is a query."""
LIFE_KEY = "accounts/test_token_life_s"


class Chooser(Protocol):
    """What the commands ask of the page."""

    def chosen_accounts(self) -> list[Account]:
        """Return the selected accounts, as shown."""

    def has_shown(self) -> bool:
        """Tell whether the search leaves any account."""

    def shown_accounts(self) -> list[Account]:
        """Return every account that the search leaves, as shown."""

    async def run_beside(self, form: FormDialog) -> bool:
        """Show a form about the chosen accounts beside them; `True` once it did what it is for."""

    def show_sessions(self) -> None:
        """Bring the sessions of the chosen accounts into view."""


class AccountCommands(QObject):
    """The actions of the page.

    Attributes:
        new_user, new_test_user, edit, reset_password, toggle, sessions, token, delete, copy_names, export:
            Actions.

    Signals:
        done: Something was done; a sentence that says what, and the id of a new account or nothing.
        failed: Something could not be done; a sentence.

    Args:
        service: The server.
        theme: Colours and icons.
        window_state: What is remembered.
        chooser: Says which accounts are meant.
        hand_over: Keeps new passwords in sight.
        page: Parent of the dialogs.
    """

    done = Signal(str, str)
    failed = Signal(str)

    def __init__(
        self,
        service: Service,
        theme: Theme,
        window_state: WindowState,
        chooser: Chooser,
        hand_over: HandOver,
        page: QWidget,
    ) -> None:
        super().__init__(page)
        self._service = service
        self._accounts = service.accounts
        self._theme = theme
        self._window_state = window_state
        self._chooser = chooser
        self._hand_over = hand_over
        self._page = page
        self._tried: dict[str, TrialUser] = {}  # by account id: as they were shown last
        self._trials: dict[str, TrialUserDialog] = {}  # those that are open
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
        self.sessions = self._action(self.tr("Sessions"), self._chooser.show_sessions)
        self.token = self._action(self.tr("Token and snippets…"), self._on_token)
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
        self.token.setEnabled(len(chosen) == 1 and not chosen[0].is_disabled)
        self.export.setEnabled(self._chooser.has_shown())
        self.toggle.setText(self.tr("Enable") if chosen and _all_disabled(chosen) else self.tr("Disable"))
        self.copy_names.setText(self.tr("Copy names") if len(chosen) > 1 else self.tr("Copy name"))

    def show_error(self, text: str) -> None:
        """Pass on what went wrong outside a dialog."""
        self.failed.emit(text)

    # Dialogs

    def _affected(self, accounts: Sequence[Account]) -> Affected:
        return Affected(self._accounts, self._service.hub, [account.id for account in accounts])

    @async_slot
    async def _on_new_user(self) -> None:
        dialog = NewUserDialog(self._accounts, self._theme, self._page)
        if await dialog.run() and dialog.created is not None:
            self._hand_over.add(dialog.credentials)
            self.done.emit(self.tr("Created {name}.").format(name=dialog.created.username), dialog.created.id)

    @async_slot
    async def _on_edit(self) -> None:
        if chosen := self._chooser.chosen_accounts():
            await self._chooser.run_beside(EditDialog(self._accounts, chosen, self._theme, self._page))

    @async_slot
    async def _on_reset_password(self) -> None:
        chosen = self._chooser.chosen_accounts()
        if not chosen:
            return
        is_one = len(chosen) == 1
        kind = ResetPasswordDialog if is_one else BulkResetDialog
        affected, hand_over = self._affected(chosen), self._hand_over.add
        form = kind(self._accounts, affected, hand_over, self._theme, self._page)
        if await self._chooser.run_beside(form) and is_one:
            self.done.emit(self.tr("{name} has a new password.").format(name=chosen[0].username), "")

    @async_slot
    async def _on_toggle(self) -> None:
        chosen = self._chooser.chosen_accounts()
        if not chosen:
            return
        if _all_disabled(chosen):
            affected = self._affected(chosen)
            for account in affected.present():
                with contextlib.suppress(UnknownAccount):  # deleted meanwhile by somebody else
                    await self._accounts.administration.set_disabled(account.id, False)
            self.done.emit(self.tr("Enabled {names}.").format(names=affected.whom()), "")
        else:
            await self._disable([account for account in chosen if not account.is_disabled])

    async def _disable(self, chosen: list[Account]) -> None:
        affected = self._affected(chosen)
        title = self.tr("Disable {names}?").format(names=affected.whom())
        more = self.tr("Tokens end at once, and logging in is refused until you enable them again.")
        await self._ask_first(
            title,
            self.tr("Disable"),
            affected.disabling,
            affected,
            lambda user_id, revision: self._accounts.administration.set_disabled(
                user_id, True, expected_revision=revision
            ),
            more,
        )

    @async_slot
    async def _on_delete(self) -> None:
        if chosen := self._chooser.chosen_accounts():
            await self._delete(chosen)

    async def _delete(self, chosen: Sequence[Account]) -> None:
        affected = self._affected(chosen)
        title = self.tr("Delete {names}?").format(names=affected.whom())
        more = self.tr("This cannot be undone. Afterwards anybody may take the name.")
        if told := await self._messages_of(chosen):
            more = f"{told} {more}"
        accounts = account_count(len(chosen))
        label = (
            self.tr("Delete") if len(chosen) == 1 else self.tr("Delete {accounts}").format(accounts=accounts)
        )
        await self._ask_first(title, label, affected.deleting, affected, self._delete_one, more)

    async def _messages_of(self, chosen: Sequence[Account]) -> str:
        """Return how many kept messages go with accounts; empty if there are none, or if nobody can tell."""
        try:
            # At once: what two of them wrote each other goes once.
            counted_ids = [account.id for account in chosen[:MOST_COUNTED]]
            total, waiting = await self._service.messages.count_of(*counted_ids)
        except StoreError:
            return ""  # the deletion says why the database cannot be used
        if not total:
            return ""
        at_least = self.tr("at least ") if len(chosen) > MOST_COUNTED else ""
        text = self.tr(
            "With the account go {at_least}{messages} it wrote or was sent, {waiting} of them still waiting."
        )
        messages = counted(total, "%n kept message", "%n kept messages")
        return text.format(at_least=at_least, messages=messages, waiting=grouped(waiting))

    async def _delete_one(self, user_id: str, revision: int | None) -> None:
        await self._accounts.administration.delete(user_id, expected_revision=revision)

    @async_slot
    async def revoke_all(self, affected: Affected) -> None:
        """End every session of some accounts, after a question that counts them."""

        def describe() -> str:
            jtis = {session.jti for session in affected.sessions()}
            return affected.revoking(jtis) if jtis else ""

        async def revoke() -> None:
            for account in affected.present():
                await self._accounts.sessions.revoke_all(account.id)

        title = self.tr("Revoke all sessions of {whom}?").format(whom=affected.whom())
        more = self.tr("They can log in again with their password.")
        label = self.tr("Revoke all")
        await AffectedDialog(self._theme, title, label, describe, revoke, more, self._page).run()

    async def _ask_first(
        self,
        title: str,
        ok_label: str,
        describe: Callable[[], str],
        affected: Affected,
        act: Act,
        more: str,
    ) -> None:
        seen = SeenRevisions(affected.present())
        dialog = AffectedDialog(
            self._theme,
            title,
            ok_label,
            lambda: describe() if affected.present() else "",
            lambda: self._each(affected, seen, act),
            more,
            self._page,
        )
        await dialog.run()

    async def _each(self, affected: Affected, seen: SeenRevisions, act: Act) -> None:
        """Act on each account; those changed meanwhile are left for a second look, and said at the end."""
        conflict: ChangedMeanwhile | None = None
        for account in affected.present():
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
    async def _on_new_test_user(self) -> None:
        user = await make_trial_user(self._accounts, self._life_s())
        self.done.emit("", user.account.id)
        await self._show_test_user(user)

    def _life_s(self) -> int:
        life_s = self._window_state.number(LIFE_KEY, DEFAULT_LIFE_S)
        return life_s if life_s in LIVES_S else DEFAULT_LIFE_S

    @async_slot
    async def _on_token(self) -> None:
        if chosen := self._chooser.chosen_accounts():
            await self._show_test_user(await token_for(self._accounts, chosen[0], self._life_s()))

    async def _show_test_user(self, user: TrialUser) -> None:
        """Show name, password, token and snippets beside the window; a card keeps a new password."""
        user_id, name = user.account.id, user.account.username
        if user_id in self._trials:
            bring_to_front(self._trials[user_id])
            return
        if user.password and not self._hand_over.has(name):
            card = LoginCard(name, user.password)
            self._hand_over.add(
                [card], self.tr("Token and snippets…"), lambda: self._on_test_user_wanted(user_id)
            )
        self._tried[user_id] = user
        dialog = self._trials[user_id] = TrialUserDialog(self._service, user, self._theme, self._page)
        try:
            await dialog.run()
        finally:
            del self._trials[user_id]
        self._tried[user_id] = dialog.user
        self._window_state.set_number(LIFE_KEY, dialog.user.life_s)
        if dialog.is_delete_wanted:
            self._hand_over.put_away(name)
            await self._delete([user.account])

    @async_slot
    async def _on_test_user_wanted(self, user_id: str) -> None:
        await self._show_test_user(self._tried[user_id])

    # Copy and export

    def _on_copy_names(self) -> None:
        names = [account.username for account in self._chooser.chosen_accounts()]
        QGuiApplication.clipboard().setText("\n".join(names))

    @async_slot
    async def _on_export(self) -> None:
        chosen = self._chooser.chosen_accounts()
        accounts = chosen if len(chosen) > 1 else self._chooser.shown_accounts()
        count = account_count(len(accounts))
        title = self.tr("Export {accounts}").format(accounts=count)
        file = await choose_file_to_save(
            self._page.window(), title, [self.tr("CSV files (*.csv)")], "accounts.csv"
        )
        if file is not None:
            await self.export_to(file, accounts)

    async def export_to(self, file: Path, accounts: Sequence[Account]) -> None:
        """Write accounts to a CSV file, and say so."""
        if not await write_or_say(file, accounts_csv(accounts), self.show_error):
            return
        words = self.tr("Exported {accounts} to {file}.")
        self.done.emit(words.format(accounts=account_count(len(accounts)), file=file.name), "")


def _all_disabled(accounts: Sequence[Account]) -> bool:
    return all(account.is_disabled for account in accounts)
