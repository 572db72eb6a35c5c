"""Two change one account at once: the last one is told who was faster, and nothing is lost."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from authws_desktop.accounts.errors import InvalidCredentials
from authws_desktop.accounts.models import Account, Role
from authws_desktop.panels.accounts.account_dialogs import EditDialog, ResetPasswordDialog
from authws_desktop.panels.accounts.accounts_page import AccountsPage
from authws_desktop.panels.accounts.bulk_reset_dialog import BulkResetDialog
from authws_desktop.panels.kit.affected_dialog import AffectedDialog
from authws_desktop.server.service import Service
from tests.panels.accounts.support import create, select
from tests.panels.support import PASSWORD, closed, dialog_of, until


@pytest.fixture
async def other(service: Service) -> AsyncIterator[Service]:
    """Another process on the same database: the command line, or a second window."""
    made = Service(service.settings, service.paths, password_cost=4)
    await made.accounts.open()
    yield made
    await made.accounts.close()


def now(service: Service, account: Account) -> Account:
    """Return an account as it is now."""
    found = service.accounts.get(account.id)
    assert found is not None
    return found


async def test_edit_keeps_what_both_did(page: AccountsPage, service: Service, other: Service) -> None:
    """Renamed elsewhere while the role is edited here: told inline, a second Save keeps both changes."""
    (ana,) = await create(service, "ana")
    select(page, "ana")
    page.commands.edit.trigger()
    dialog = await dialog_of(EditDialog)
    dialog.role_choice.setCurrentIndex(dialog.role_choice.findData(Role.HOST))
    await other.accounts.administration.update(ana.id, username="anna")
    dialog.ok_button.click()
    await until(lambda: dialog.notice.text)
    assert dialog.notice.text.startswith("anna was changed meanwhile (window, ")
    assert "now: member, active." in dialog.notice.text
    assert "press Save again" in dialog.notice.text
    assert dialog.role_choice.currentData() == Role.HOST
    assert dialog.name_field is not None
    assert dialog.name_field.line.text() == "anna"
    await service.accounts.poll_changes()
    assert now(service, ana).role is Role.MEMBER
    await until(dialog.ok_button.isEnabled)
    dialog.ok_button.click()
    await closed()
    assert (now(service, ana).username, now(service, ana).role) == ("anna", Role.HOST)


async def test_what_was_typed_wins_at_the_second_press(
    page: AccountsPage, service: Service, other: Service
) -> None:
    """Both renamed; the role set elsewhere stays, as nobody touched it here."""
    (ana,) = await create(service, "ana")
    select(page, "ana")
    page.commands.edit.trigger()
    dialog = await dialog_of(EditDialog)
    assert dialog.name_field is not None
    dialog.name_field.line.setText("anne")
    await other.accounts.administration.update(ana.id, username="anna", role=Role.HOST)
    dialog.ok_button.click()
    await until(lambda: "now: host, active." in dialog.notice.text)
    assert dialog.name_field.line.text() == "anne"
    assert dialog.role_choice.currentData() == Role.HOST
    await until(dialog.ok_button.isEnabled)
    dialog.ok_button.click()
    await closed()
    assert (now(service, ana).username, now(service, ana).role) == ("anne", Role.HOST)


async def test_a_password_is_not_overwritten_blindly(
    page: AccountsPage, service: Service, other: Service
) -> None:
    """The password set elsewhere stays until the person presses again; the typed one is not lost."""
    (ana,) = await create(service, "ana")
    select(page, "ana")
    page.commands.reset_password.trigger()
    dialog = await dialog_of(ResetPasswordDialog)
    dialog.password.line.setText("typed-in-the-window")
    await other.accounts.administration.reset_password(ana.id, "set-on-the-command-line")
    dialog.ok_button.click()
    await until(lambda: "ana was changed meanwhile" in dialog.notice.text)
    await service.accounts.logins.login("ana", "set-on-the-command-line")
    assert dialog.password.line.text() == "typed-in-the-window"
    await until(dialog.ok_button.isEnabled)
    dialog.ok_button.click()
    await closed()
    await service.accounts.logins.login("ana", "typed-in-the-window")


async def test_only_the_changed_one_of_many_waits(
    page: AccountsPage, service: Service, other: Service
) -> None:
    """Disabling three, one changed elsewhere: two are disabled, the third after a second press, each once."""
    ana, ben, cyn = await create(service, "ana", "ben", "cyn")
    select(page, "ana", "ben", "cyn")
    page.commands.toggle.trigger()
    dialog = await dialog_of(AffectedDialog)
    await other.accounts.administration.update(ben.id, role=Role.HOST)
    dialog.ok_button.click()
    await until(lambda: "ben was changed meanwhile" in dialog.notice.text)
    await service.accounts.poll_changes()
    assert [now(service, each).is_disabled for each in (ana, ben, cyn)] == [True, False, True]
    await until(dialog.ok_button.isEnabled)
    dialog.ok_button.click()
    await closed()
    assert now(service, ben).is_disabled
    entries = [entry for entry in await service.accounts.audit.all() if entry.act == "disable user"]
    assert sorted(entry.target for entry in entries if entry.outcome == "done") == ["ana", "ben", "cyn"]


async def test_what_was_changed_is_not_deleted_unseen(
    page: AccountsPage, service: Service, other: Service
) -> None:
    """The account lives on until the person has read what changed and presses again."""
    (ana,) = await create(service, "ana")
    select(page, "ana")
    page.commands.delete.trigger()
    dialog = await dialog_of(AffectedDialog)
    await other.accounts.administration.update(ana.id, role=Role.HOST)
    dialog.ok_button.click()
    await until(lambda: "now: host, active." in dialog.notice.text)
    assert now(service, ana)
    await until(dialog.ok_button.isEnabled)
    dialog.ok_button.click()
    await closed()
    assert service.accounts.get(ana.id) is None


async def test_resetting_many_goes_on_after_a_conflict(
    page: AccountsPage, service: Service, other: Service
) -> None:
    """Each account gets exactly one new password, and a card has it as soon as it counts."""
    _, ben = await create(service, "ana", "ben")
    select(page, "ana", "ben")
    page.commands.reset_password.trigger()
    dialog = await dialog_of(BulkResetDialog)
    await other.accounts.administration.reset_password(ben.id, "set-on-the-command-line")
    dialog.ok_button.click()
    await until(lambda: "ben was changed meanwhile" in dialog.notice.text)
    with pytest.raises(InvalidCredentials):
        await service.accounts.logins.login("ben", PASSWORD)
    assert [[each.name for each in card.cards] for card in page.hand_over.cards] == [["ana"]]
    await until(dialog.ok_button.isEnabled)
    dialog.ok_button.click()
    await closed()
    made = [each for card in page.hand_over.cards for each in card.cards]
    assert [each.name for each in made] == ["ben", "ana"]
    for each in made:
        await service.accounts.logins.login(each.name, each.password)
