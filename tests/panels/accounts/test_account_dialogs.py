"""The dialogs that make, change and end accounts, on a real database with real connections."""

from __future__ import annotations

import json
from collections.abc import Callable

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit

from authws_desktop.accounts.errors import AccountsError, InvalidCredentials
from authws_desktop.accounts.models import Account, Role
from authws_desktop.panels.accounts.account_dialogs import EditDialog, NewUserDialog, ResetPasswordDialog
from authws_desktop.panels.accounts.accounts_page import AccountsPage
from authws_desktop.panels.accounts.bulk_reset_dialog import BulkResetDialog
from authws_desktop.panels.kit.affected_dialog import AffectedDialog
from authws_desktop.panels.kit.dialog import Dialog
from authws_desktop.server.service import Service
from tests.panels.accounts.support import Connect, create, refresh, select
from tests.panels.support import PASSWORD, closed, dialog_of, nameless, until

pytestmark = pytest.mark.usefixtures("theme")


# New user


async def open_new_user(page: AccountsPage) -> NewUserDialog:
    """Open the dialog, and take out the password that it offers."""
    page.commands.new_user.trigger()
    dialog = await dialog_of(NewUserDialog)
    line = dialog.password.line
    line.blockSignals(True)  # no touch by a person, who would be told what is wrong with it
    line.clear()
    line.blockSignals(False)
    dialog.password.judge()
    dialog.update_controls()
    return dialog


async def test_a_password_is_offered(page: AccountsPage, service: Service) -> None:
    """A strong one, hidden: with a name alone the account can be made, and its card has the password."""
    page.commands.new_user.trigger()
    dialog = await dialog_of(NewUserDialog)
    assert dialog.password.strength_label.text() == "Strong"
    assert dialog.password.line.echoMode() == QLineEdit.EchoMode.Password
    QTest.keyClicks(dialog.name_field.line, "ana")
    dialog.ok_button.click()
    await closed()
    (card,) = page.hand_over.cards
    await service.accounts.logins.login("ana", card.cards[0].password)


async def test_a_new_user_can_log_in(page: AccountsPage, service: Service) -> None:
    """Name, password and role as typed; the new row is selected and the page says so."""
    dialog = await open_new_user(page)
    QTest.keyClicks(dialog.name_field.line, "Ana")
    QTest.keyClicks(dialog.password.line, PASSWORD)
    dialog.role_choice.setCurrentIndex(dialog.role_choice.findData(Role.HOST))
    dialog.ok_button.click()
    await closed()
    issued = await service.accounts.logins.login("ana", PASSWORD)
    assert (issued.account.username, issued.account.role) == ("Ana", Role.HOST)
    assert [account.username for account in page.chosen_accounts()] == ["Ana"]
    assert page.notice.text == "Created Ana."


async def test_ok_waits_until_all_is_valid(page: AccountsPage) -> None:
    """Nothing is called wrong before it was touched; then it is said at the field, as typed."""
    dialog = await open_new_user(page)
    name, password = dialog.name_field, dialog.password_field
    assert not dialog.ok_button.isEnabled()
    assert "2 to 64" in name.message()
    assert name.line.property("is_wrong") == "false"
    QTest.keyClicks(name.line, "a?b")
    assert "has '?'" in name.message()
    assert name.line.property("is_wrong") == "true"
    name.line.setText("ana")
    assert name.line.property("is_wrong") == "false"
    assert not dialog.ok_button.isEnabled()
    QTest.keyClicks(password.line, "short")
    assert "8 to 1,024" in password.message()
    password.line.setText(PASSWORD)
    assert dialog.ok_button.isEnabled()
    dialog.reject()
    await closed()


async def test_a_taken_name_is_said_while_typing(page: AccountsPage, service: Service) -> None:
    """Case and width do not make another name; when it is free again, so does the dialog say."""
    (ana,) = await create(service, "ana")
    dialog = await open_new_user(page)
    dialog.password.line.setText(PASSWORD)
    dialog.name_field.line.setText("ANA")
    assert dialog.name_field.message() == "The username 'ana' is taken. Choose another one."
    assert not dialog.ok_button.isEnabled()
    await service.accounts.administration.delete(ana.id)
    refresh(page)
    assert "taken" not in dialog.name_field.message()
    assert dialog.ok_button.isEnabled()
    dialog.reject()
    await closed()


async def test_a_name_taken_at_the_last_moment_is_said_at_the_field(
    page: AccountsPage, service: Service
) -> None:
    """Another process was faster: the dialog stays, with what was typed, and says so at the name."""
    other = Service(service.settings, service.paths, password_cost=4)
    await other.accounts.open()
    dialog = await open_new_user(page)
    dialog.name_field.line.setText("ana")
    dialog.password.line.setText(PASSWORD)
    await other.accounts.administration.create("Ana", PASSWORD, Role.MEMBER)
    await other.accounts.close()
    dialog.ok_button.click()
    await until(lambda: "taken" in dialog.name_field.message())
    assert dialog.isVisible()
    assert dialog.password.line.text() == PASSWORD
    assert not dialog.ok_button.isEnabled()
    dialog.name_field.line.setText("ana2")
    assert dialog.ok_button.isEnabled()
    dialog.reject()
    await closed()


async def test_a_database_that_fails_is_said_in_the_dialog(
    page: AccountsPage, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was typed is kept, and OK can be tried again."""

    async def fail(*_: object) -> Account:
        raise AccountsError("The database is locked by another program. Try again.")

    dialog = await open_new_user(page)
    dialog.name_field.line.setText("ana")
    dialog.password.line.setText(PASSWORD)
    with monkeypatch.context() as patch:
        patch.setattr(service.accounts.administration, "create", fail)
        dialog.ok_button.click()
        await until(lambda: dialog.notice.text)
    assert dialog.notice.text == "The database is locked by another program. Try again."
    await until(dialog.ok_button.isEnabled)
    dialog.ok_button.click()
    await closed()
    assert service.accounts.find("ana") is not None


async def test_an_act_under_way_is_not_done_twice(page: AccountsPage, service: Service) -> None:
    """A second click and Escape while the password is being hashed do nothing."""
    dialog = await open_new_user(page)
    dialog.name_field.line.setText("ana")
    dialog.password.line.setText(PASSWORD)
    dialog.ok_button.click()
    await until(lambda: not dialog.ok_button.isEnabled())
    dialog.ok_button.click()
    dialog.reject()
    await closed()
    assert [account.username for account in service.accounts.users()] == ["ana"]
    assert dialog.created is not None


# The password field


async def test_the_password_field(page: AccountsPage, clipboard: Callable[[], str]) -> None:
    """Hidden at first; Generate makes a strong one and shows it; Copy copies; weak ones are called so."""
    dialog = await open_new_user(page)
    editor = dialog.password
    assert editor.line.echoMode() == QLineEdit.EchoMode.Password
    assert not editor.copy_button.isEnabled()
    editor.generate_button.click()
    assert editor.line.echoMode() == QLineEdit.EchoMode.Normal
    assert editor.strength_label.text() == "Strong"
    editor.copy_button.click()
    assert clipboard() == editor.line.text() != ""
    editor.show_button.click()
    assert editor.line.echoMode() == QLineEdit.EchoMode.Password
    editor.line.setText("password1")
    assert editor.strength_label.text() == "Very weak"
    assert "very common password" in dialog.password_field.message()
    assert dialog.password_field.line.property("is_wrong") == "false"
    editor.line.setText("correct horse battery staple")
    assert dialog.password_field.message() == "At least 8 characters of any kind."
    dialog.reject()
    await closed()


async def test_the_name_in_the_password_makes_it_weak(page: AccountsPage) -> None:
    """The strength follows the name, too."""
    dialog = await open_new_user(page)
    dialog.password.line.setText("brunhildegard")
    before = dialog.password.strength_label.text()
    dialog.name_field.line.setText("brunhildegard")
    assert dialog.password.strength_label.text() == "Very weak" != before
    dialog.reject()
    await closed()


# Edit


async def test_edit_changes_name_and_role(page: AccountsPage, service: Service) -> None:
    """The own name is not taken; tokens and password stay."""
    (ana,) = await create(service, "ana")
    select(page, "ana")
    page.commands.edit.trigger()
    dialog = await dialog_of(EditDialog)
    assert dialog.ok_button.isEnabled()
    assert dialog.name_field is not None
    dialog.name_field.line.setText("Anna")
    dialog.role_choice.setCurrentIndex(dialog.role_choice.findData(Role.HOST))
    dialog.ok_button.click()
    await closed()
    changed = service.accounts.get(ana.id)
    assert changed is not None
    assert (changed.username, changed.role) == ("Anna", Role.HOST)
    await service.accounts.logins.login("anna", PASSWORD)


async def test_edit_of_many_changes_only_the_role(page: AccountsPage, service: Service) -> None:
    """With different roles the first choice is to keep them."""
    await create(service, "ana", "ben")
    await service.accounts.administration.create("cyn", PASSWORD, Role.HOST)
    select(page, "ana", "ben", "cyn")
    page.commands.edit.trigger()
    dialog = await dialog_of(EditDialog)
    assert dialog.name_field is None
    assert dialog.chosen_role() is None
    dialog.role_choice.setCurrentIndex(dialog.role_choice.findData(Role.HOST))
    dialog.ok_button.click()
    await closed()
    assert {account.role for account in service.accounts.users()} == {Role.HOST}


# Reset password


async def test_reset_says_its_reach_and_ends_connections(
    page: AccountsPage, service: Service, connect_as: Connect
) -> None:
    """The reach stands there before OK; then the old password is dead and the client gets 4004."""
    (ana,) = await create(service, "ana")
    client = await connect_as(ana)
    select(page, "ana")
    page.commands.reset_password.trigger()
    dialog = await dialog_of(ResetPasswordDialog)
    assert dialog.reach_label.text() == "Logs ana out everywhere: ends 1 connection."
    dialog.password.line.setText("another-password")
    dialog.ok_button.click()
    await closed()
    await client.wait_closed()
    assert client.close_code == 4004
    with pytest.raises(InvalidCredentials):
        await service.accounts.logins.login("ana", PASSWORD)
    await service.accounts.logins.login("ana", "another-password")


async def test_reset_of_many_gives_each_a_password_of_its_own(
    page: AccountsPage, service: Service, clipboard: Callable[[], str]
) -> None:
    """They stand on a card of the page at once, and can be copied; every password works."""
    await create(service, "ana", "ben")
    select(page, "ana", "ben")
    page.commands.reset_password.trigger()
    dialog = await dialog_of(BulkResetDialog)
    assert "ana and ben" in dialog.reach_label.text()
    assert dialog.window() is page.window()
    dialog.ok_button.click()
    await closed()
    (card,) = page.hand_over.cards
    card.copy_button.click()
    lines = dict(line.split("\t") for line in clipboard().splitlines())
    assert list(lines) == ["ana", "ben"]
    assert lines["ana"] != lines["ben"]
    for name, password in lines.items():
        await service.accounts.logins.login(name, password)


# Disable and delete


async def test_disable_says_its_reach_keeps_it_true_and_does_it(
    page: AccountsPage, service: Service, connect_as: Connect
) -> None:
    """The number of connections follows while the dialog is open; each is closed with 4004."""
    ana, _ = await create(service, "ana", "ben")
    clients = [await connect_as(ana)]
    select(page, "ana")
    page.commands.toggle.trigger()
    dialog = await dialog_of(AffectedDialog)
    assert dialog.reach_label.text() == "Disables ana and ends 1 connection."
    clients += [await connect_as(ana), await connect_as(ana)]
    refresh(page)
    assert dialog.reach_label.text() == "Disables ana and ends 3 connections."
    dialog.ok_button.click()
    await closed()
    for client in clients:
        await client.wait_closed()
        assert client.close_code == 4004

    def is_shown() -> bool:
        refresh(page)
        return page.commands.toggle.text() == "Enable"

    await until(is_shown)


async def test_return_does_not_destroy(page: AccountsPage, service: Service) -> None:
    """The key that confirms elsewhere cancels here."""
    await create(service, "ana")
    select(page, "ana")
    page.commands.delete.trigger()
    dialog = await dialog_of(AffectedDialog)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    await closed()
    assert service.accounts.find("ana") is not None


async def test_delete_of_many(page: AccountsPage, service: Service, connect_as: Connect) -> None:
    """The reach counts all of them; afterwards they are gone and their connections closed."""
    users = await create(service, "ana", "ben", "cyn", "dan", "eve")
    client = await connect_as(users[0])
    select(page, "ana", "ben", "cyn", "dan")
    page.commands.delete.trigger()
    dialog = await dialog_of(AffectedDialog)
    assert dialog.reach_label.text() == "Deletes ana, ben and 2 more for good and ends 1 connection."
    assert dialog.ok_button.text() == "Delete 4 accounts"
    dialog.ok_button.click()
    await closed()
    assert [account.username for account in service.accounts.users()] == ["eve"]
    await client.wait_closed()
    assert client.close_code == 4004


async def test_deleting_says_which_messages_go_along(
    page: AccountsPage, service: Service, connect_as: Connect
) -> None:
    """What the account wrote and was written to, and how much of that waits; then it is gone."""
    ana, _ = await create(service, "ana", "ben")
    client = await connect_as(ana)
    await service.apply(msgspec.structs.replace(service.settings.values, messages_kept=100))
    for number in range(3):
        await client.send(json.dumps({"type": "message", "content": number}))
    await client.send(json.dumps({"type": "direct", "to": "ben", "content": "waits"}))
    while json.loads(await client.recv())["type"] != "message_delivered":
        pass
    select(page, "ana", "ben")
    page.commands.delete.trigger()
    dialog = await dialog_of(AffectedDialog)
    texts = " ".join(label.text() for label in dialog.findChildren(QLabel))
    assert "With the account go 4 kept messages it wrote or was sent, 1 of them still waiting." in texts
    dialog.ok_button.click()
    await closed()
    assert await service.messages.count() == 0


async def test_what_vanished_meanwhile_is_no_error(page: AccountsPage, service: Service) -> None:
    """Somebody else deleted the account while the question stood there: nothing is left to press."""
    (ana,) = await create(service, "ana")
    select(page, "ana")
    page.commands.toggle.trigger()
    dialog = await dialog_of(AffectedDialog)
    await service.accounts.administration.delete(ana.id)
    refresh(page)
    assert "nothing left" in dialog.reach_label.text()
    assert not dialog.ok_button.isEnabled()
    dialog.reject()
    await closed()


# All of them


async def test_every_control_of_every_dialog_has_a_name(page: AccountsPage, service: Service) -> None:
    """A screen reader can say what each control is, and Escape closes each dialog."""
    await create(service, "ana", "ben")
    commands = page.commands
    single = [commands.edit, commands.reset_password, commands.toggle, commands.delete]
    for names, actions in (
        ((), [commands.new_user, commands.new_test_user]),
        (("ana",), single),
        (("ana", "ben"), [commands.edit, commands.reset_password]),
    ):
        for action in actions:
            select(page, *names)
            action.trigger()
            dialog = await dialog_of(Dialog)
            assert nameless(dialog) == [], action.text()
            dialog.activateWindow()
            await until(dialog.isActiveWindow)
            QTest.keyClick(dialog, Qt.Key.Key_Escape)
            await closed()
