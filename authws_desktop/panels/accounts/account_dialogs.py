"""Dialogs that make and change accounts: new user, edit, new password."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from authws_desktop.accounts.accounts import Accounts
from authws_desktop.accounts.errors import ChangedMeanwhile
from authws_desktop.accounts.models import Account, Role
from authws_desktop.accounts.names import check_password, check_username
from authws_desktop.panels.accounts.login_cards import LoginCard
from authws_desktop.panels.accounts.password_field import PasswordEditor
from authws_desktop.panels.kit.affected import Affected, names_text
from authws_desktop.panels.kit.conflicts import SeenRevisions
from authws_desktop.panels.kit.dialog import text_label
from authws_desktop.panels.kit.form_dialog import FormDialog
from authws_desktop.panels.kit.form_field import FormField, labelled, message_label, rule
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.protocol.limits import USERNAME_MAX_CHARS, USERNAME_MIN_LETTERS

HandOverCards = Callable[[list[LoginCard]], object]
"""Takes names and passwords that nobody else knows."""


def username_check(accounts: Accounts, own_id: str = "") -> Callable[[str], str]:
    """Return a check of a name as typed: its rules, and whether somebody else has it.

    Args:
        accounts: Who is there already.
        own_id: The account that may keep its name.
    """
    follows_rules = rule(lambda name: check_username(name, allow_reserved=True))

    def check(name: str) -> str:
        if error := follows_rules(name):
            return error
        other = accounts.find(name)
        if other is None or other.id == own_id:
            return ""
        return f"The username '{other.username}' is taken. Choose another one."

    return check


class UserDialog(FormDialog):
    """What New user and Edit share: name and role."""

    def _build_name(self, theme: Theme, check: Callable[[str], str]) -> FormField:
        line = QLineEdit(self)
        hint = self.tr("{least} to {most} letters and digits, single blanks, and . _ - @ + '").format(
            least=USERNAME_MIN_LETTERS, most=USERNAME_MAX_CHARS
        )
        return self.add_field("username", FormField(theme, self.tr("Name"), line, hint, check))

    def _build_role(self) -> None:
        self.role_choice = QComboBox(self)
        self.role_choice.addItem(self.tr("Member"), Role.MEMBER)
        self.role_choice.addItem(self.tr("Host"), Role.HOST)
        hint = self.tr("A host may also manage this server over HTTP.")
        self.content.addWidget(labelled(self.tr("Role"), self.role_choice, hint, self))

    def chosen_role(self) -> Role | None:
        """Return the role chosen; `None` to keep what each has."""
        role = self.role_choice.currentData()
        return None if role is None else Role(role)


class NewUserDialog(UserDialog):
    """Makes an account.

    Attributes:
        created: The new account, once it exists.
        credentials: Its name and password.
    """

    is_modal = False

    def __init__(self, accounts: Accounts, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, self.tr("New user"), self.tr("Create user"), self._create, parent)
        self._accounts = accounts
        self.created: Account | None = None
        self.credentials: list[LoginCard] = []
        self.name_field = self._build_name(theme, username_check(accounts))
        self.password = PasswordEditor(theme, lambda: [self.name_field.line.text()], self)
        self.password.offer()
        self.password_field = self.add_field("password", _password_field(theme, self.password, self))
        self._build_role()
        self.content.addStretch(1)
        self.name_field.edited.connect(self.password.judge)
        self.name_field.line.setFocus()

    def refresh(self) -> None:
        """Judge the name anew: somebody may have taken or freed it."""
        self.name_field.review()
        self.update_controls()

    async def _create(self) -> None:
        role = self.chosen_role() or Role.MEMBER
        name = self.name_field.line.text()
        password = self.password.line.text()
        self.created = await self._accounts.administration.create(name, password, role)
        self.credentials = [LoginCard(self.created.username, password)]


class EditDialog(UserDialog):
    """Changes the name and role of one account, or the role of many; a part of the page, as below."""

    def __init__(self, accounts: Accounts, chosen: Sequence[Account], theme: Theme, parent: QWidget) -> None:
        names = names_text([account.username for account in chosen])
        super().__init__(
            theme, self.tr("Edit {names}").format(names=names), self.tr("Save"), self._save, parent
        )
        self._accounts = accounts
        self._chosen = list(chosen)
        self._seen = SeenRevisions(chosen)
        self.name_field: FormField | None = None
        if len(chosen) == 1:
            self.name_field = self._build_name(theme, username_check(accounts, chosen[0].id))
            self.name_field.line.setText(chosen[0].username)
            self.name_field.line.selectAll()
        self._build_role()
        self._choose_role({account.role for account in chosen})
        self._build_effect()
        (self.role_choice if self.name_field is None else self.name_field.line).setFocus()

    def _choose_role(self, roles: set[Role]) -> None:
        if len(roles) > 1:
            self.role_choice.insertItem(0, self.tr("Keep the role each has"), None)
            self.role_choice.setCurrentIndex(0)
        else:
            self.role_choice.setCurrentIndex(self.role_choice.findData(next(iter(roles))))

    def _build_effect(self) -> None:
        text = self.tr("Takes effect at once. Nobody is disconnected.")
        if self.name_field is not None:
            text += " " + self.tr("The new name is the one to log in with.")
        self.content.addWidget(text_label(text, "muted", self))
        self.content.addStretch(1)

    def refresh(self) -> None:
        """Judge the name anew: somebody may have taken or freed it."""
        if self.name_field is not None:
            self.name_field.review()
        self.update_controls()

    def _tell_conflict(self, error: ChangedMeanwhile) -> None:
        """Take over the account as it is now: fields that the person did not edit show its new values."""
        before = next(account for account in self._chosen if account.id == error.account.id)
        self._chosen[self._chosen.index(before)] = error.account
        if self.name_field is not None and self.name_field.line.text() == before.username:
            self.name_field.line.setText(error.account.username)
        if self.chosen_role() == before.role and len(self._chosen) == 1:
            self.role_choice.setCurrentIndex(self.role_choice.findData(error.account.role))
        super()._tell_conflict(error)

    async def _save(self) -> None:
        name = None if self.name_field is None else self.name_field.line.text()
        role = self.chosen_role()
        for account in self._chosen:
            new_name = name if name != account.username else None
            new_role = role if role != account.role else None
            if new_name is not None or new_role is not None:
                await self._update(account.id, new_name, new_role)

    async def _update(self, user_id: str, name: str | None, role: Role | None) -> None:
        await self._seen.act(
            user_id,
            lambda revision: self._accounts.administration.update(
                user_id, username=name, role=role, expected_revision=revision
            ),
        )


class ResetPasswordDialog(FormDialog):
    """Gives one account a new password.

    Args:
        hand_over: Gets its name and the password, once that is set.
    """

    def __init__(
        self, accounts: Accounts, affected: Affected, hand_over: HandOverCards, theme: Theme, parent: QWidget
    ) -> None:
        self._account = affected.present()[0]
        self._hand_over = hand_over
        title = parent.tr("Reset password of {name}").format(name=self._account.username)
        super().__init__(theme, title, parent.tr("Reset password"), self._reset, parent)
        self._accounts = accounts
        self._affected = affected
        self._seen = SeenRevisions([self._account])
        self.password = PasswordEditor(theme, lambda: [self._account.username], self)
        self.password.offer()
        self.password_field = self.add_field("password", _password_field(theme, self.password, self))
        self.reach_label = message_label(self)
        self.content.addWidget(self.reach_label)
        self.content.addStretch(1)
        self.password.line.setFocus()
        self.refresh()

    def refresh(self) -> None:
        """Say whom it touches now."""
        is_there = bool(self._affected.present())
        gone = self.tr("This account was deleted meanwhile.")
        self.reach_label.setText(self._affected.resetting() if is_there else gone)
        self.update_controls()

    def is_valid(self) -> bool:
        """Tell whether OK may be pressed."""
        return super().is_valid() and bool(self._affected.present())

    async def _reset(self) -> None:
        user_id, password = self._account.id, self.password.line.text()
        await self._seen.act(
            user_id,
            lambda revision: self._accounts.administration.reset_password(
                user_id, password, expected_revision=revision
            ),
        )
        self._hand_over([LoginCard(self._account.username, password)])


def _password_field(theme: Theme, editor: PasswordEditor, parent: FormDialog) -> FormField:
    hint = parent.tr("At least 8 characters of any kind.")
    label = parent.tr("New password") if isinstance(parent, ResetPasswordDialog) else parent.tr("Password")
    field = FormField(theme, label, editor.line, hint, rule(check_password), editor)
    editor.advice_changed.connect(lambda advice: field.set_hint(advice or hint))
    return field
