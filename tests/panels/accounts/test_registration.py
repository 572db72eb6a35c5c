"""Invitations, the waiting list and the badge: what the host sees and what it does to newcomers."""

from __future__ import annotations

import json
import time

import pytest
from PySide6.QtCore import QItemSelectionModel

from authws_desktop.accounts.errors import AccountsError, InviteInvalid
from authws_desktop.accounts.records import PendingAccount
from authws_desktop.panels.accounts.accounts_page import AccountsPage
from authws_desktop.panels.accounts.invites_dialog import CODE, EXPIRES, STATE, USES, InvitesDialog
from authws_desktop.panels.accounts.waiting_dialog import ADDRESS, APP, NAME, WaitingDialog
from authws_desktop.panels.main_window import MainWindow
from authws_desktop.panels.qr_path import QrShape
from authws_desktop.panels.theme import Theme
from authws_desktop.server.service import Service
from tests.panels.accounts.support import PASSWORD, nameless, until

FLAGS = QItemSelectionModel.SelectionFlag


async def open_invites(page: AccountsPage) -> InvitesDialog:
    """Open the invitations from the page."""
    page.tools.invites.trigger()
    dialog = await until(lambda: page.tools.dialog)
    assert isinstance(dialog, InvitesDialog)
    return dialog


async def open_waiting(page: AccountsPage) -> WaitingDialog:
    """Open the waiting list from the page."""
    page.tools.waiting.trigger()
    dialog = await until(lambda: page.tools.dialog)
    assert isinstance(dialog, WaitingDialog)
    return dialog


async def leave(page: AccountsPage, dialog: InvitesDialog | WaitingDialog) -> None:
    """Press Close."""
    dialog.close_button.click()
    await until(lambda: page.tools.dialog is None)


def column(dialog: InvitesDialog | WaitingDialog, number: int) -> list[str]:
    """Return a column as shown."""
    model = dialog.table.model()
    return [model.index(row, number).data() for row in range(model.rowCount())]


async def ask(service: Service, *names: str) -> list[PendingAccount]:
    """Let newcomers ask for an account."""
    return [
        await service.accounts.apply(name, PASSWORD, address="192.168.1.31", app="phone") for name in names
    ]


async def test_an_invitation_is_made_and_handed_on(page: AccountsPage, service: Service) -> None:
    """Label, uses and expiry; the new one is chosen, its link can be copied and registers."""
    await service.start()
    dialog = await open_invites(page)
    assert not dialog.link_line.button.isEnabled()
    dialog.label_field.line.setText("class 7b")
    dialog.uses_field.line.setText("2")
    dialog.life_choice.setCurrentIndex(dialog.life_choice.findData(86_400))
    dialog.create_button.click()
    link = await until(lambda: dialog.link_line.line.text())
    (invite,) = service.accounts.invites()
    assert link == f"{service.http_url}/?invite={invite.code}"
    assert (invite.label, invite.max_uses) == ("class 7b", 2)
    assert invite.expires_at is not None
    assert abs(invite.expires_at - time.time() - 86_400) < 10
    assert dialog.code.text == link
    assert QrShape(link).side > 20
    assert column(dialog, USES) == ["0 / 2"]
    assert column(dialog, EXPIRES) == ["in 24 h"]
    for name in ("ana", "ben"):
        await service.accounts.register(name, PASSWORD, invite=link.partition("=")[2])
    dialog.refresh()
    assert column(dialog, STATE) == ["used up"]
    assert [each.invite.code for each in dialog.model.rows()] == [dialog.chosen()[0].code]
    with pytest.raises(InviteInvalid):
        await service.accounts.register("cyn", PASSWORD, invite=invite.code)
    assert nameless(dialog) == []
    await leave(page, dialog)


@pytest.mark.parametrize("wrong", ["0", "-1", "three", "1.5", "99999999", "\u0663"])
async def test_wrong_uses_are_refused_at_the_field(page: AccountsPage, wrong: str) -> None:
    """The reason stands under the field, and Create waits for a right one."""
    dialog = await open_invites(page)
    dialog.uses_field.line.setText(wrong)
    assert dialog.uses_field.message() == "A number or nothing."
    assert not dialog.create_button.isEnabled()
    dialog.uses_field.line.setText("")
    assert dialog.create_button.isEnabled()
    await leave(page, dialog)


async def test_too_many_uses_are_refused_by_the_core_at_the_field(page: AccountsPage) -> None:
    """What only the core knows is said at the same place; nothing is made."""
    dialog = await open_invites(page)
    dialog.uses_field.line.setText("1000001")
    dialog.create_button.click()
    await until(lambda: "1,000,000" in dialog.uses_field.message())
    assert dialog.model.rows() == []
    await leave(page, dialog)


async def test_invitations_without_limits(page: AccountsPage, service: Service) -> None:
    """Nothing typed means no limit and no label; "no end" means never."""
    dialog = await open_invites(page)
    dialog.life_choice.setCurrentIndex(dialog.life_choice.findData(None))
    dialog.create_button.click()
    await until(lambda: dialog.model.rows())
    (invite,) = service.accounts.invites()
    assert (invite.max_uses, invite.expires_at, invite.label) == (None, None, "")
    assert column(dialog, EXPIRES) == ["never"]
    assert column(dialog, USES) == ["0"]
    await leave(page, dialog)


async def test_revoked_after_a_question(page: AccountsPage, service: Service) -> None:
    """The question counts them; afterwards their codes are worth nothing and the table is empty."""
    codes = [(await service.accounts.create_invite(label)).code for label in ("one", "two")]
    dialog = await open_invites(page)
    assert sorted(column(dialog, CODE)) == sorted(codes)
    dialog.table.selectAll()
    dialog.revoke_button.click()
    question = await until(lambda: dialog.question)
    assert question.reach_label.text().startswith("Revokes 2 invitations.")
    await service.accounts.revoke_invite(codes[0])
    dialog.refresh()
    assert question.reach_label.text().startswith("Revokes 1 invitation.")
    question.ok_button.click()
    await until(lambda: not dialog.model.rows())
    with pytest.raises(InviteInvalid):
        await service.accounts.register("ana", PASSWORD, invite=codes[1])
    await until(lambda: dialog.question is None)
    await leave(page, dialog)


async def test_says_when_nobody_needs_an_invitation(page: AccountsPage, service: Service) -> None:
    """While registration is open the dialog says so, and one press requires invitations."""
    dialog = await open_invites(page)
    assert dialog.note.text == "Registration is open: nobody needs an invitation."
    dialog.note.action_button.click()
    await until(lambda: service.settings.values.registration == "invite")
    await until(lambda: not dialog.note.text)
    await leave(page, dialog)


async def test_one_or_many_are_accepted(page: AccountsPage, service: Service) -> None:
    """Who is accepted can log in at once with the password they chose."""
    await ask(service, "ana", "ben", "cyn")
    page.refresh()
    assert page.waiting_button.isVisible()
    assert page.waiting_button.text() == "3 waiting…"
    dialog = await open_waiting(page)
    assert column(dialog, NAME) == ["ana", "ben", "cyn"]
    assert (column(dialog, ADDRESS)[0], column(dialog, APP)[0]) == ("192.168.1.31", "phone")
    assert not dialog.accept_button.isEnabled()
    selection = dialog.table.selectionModel()
    for row in (0, 2):
        selection.select(dialog.table.model().index(row, 0), FLAGS.Select | FLAGS.Rows)
    assert dialog.choice_label.text() == "ana and cyn"
    dialog.accept_button.click()
    await until(lambda: column(dialog, NAME) == ["ben"])
    for name in ("ana", "cyn"):
        await service.accounts.login(name, PASSWORD)
    assert "Accepted ana and cyn." in dialog.note.text
    assert nameless(dialog) == []
    await leave(page, dialog)
    page.refresh()
    assert page.waiting_button.text() == "1 waiting…"


async def test_denied_after_a_question(page: AccountsPage, service: Service) -> None:
    """The question names them and follows what others answer meanwhile; the name is free again."""
    ana, _ = await ask(service, "ana", "ben")
    dialog = await open_waiting(page)
    dialog.table.selectAll()
    dialog.deny_button.click()
    question = await until(lambda: dialog.question)
    assert question.reach_label.text() == "Denies ana and ben."
    await service.accounts.approve(ana.id)
    dialog.refresh()
    assert question.reach_label.text() == "Denies ben."
    question.ok_button.click()
    await until(lambda: not dialog.model.rows())
    await until(lambda: dialog.question is None)
    assert service.accounts.find("ana") is not None
    with pytest.raises(AccountsError):
        await service.accounts.login("ben", PASSWORD)
    await service.accounts.create("ben", PASSWORD)
    page.refresh()
    assert not page.waiting_button.isVisible()
    await leave(page, dialog)


async def test_an_empty_waiting_list_says_what_to_do(page: AccountsPage, service: Service) -> None:
    """With registration open it offers to require approval."""
    dialog = await open_waiting(page)
    assert "does not ask for your approval" in dialog.empty_label.text()
    dialog.note.action_button.click()
    await until(lambda: service.settings.values.registration == "approval")
    await until(lambda: dialog.empty_label.text() == "Nobody waits.")
    assert not dialog.note.text
    await leave(page, dialog)


async def test_the_rail_says_how_many_wait(window: MainWindow, service: Service) -> None:
    """The badge is on every page, has words for screen readers, and goes when all are answered."""
    window.show_page("live")
    button = window.rail.buttons["accounts"]
    window._refresh()
    assert (button.badge, button.accessibleName()) == ("", "Accounts")
    waiting = await ask(service, "ana", "ben")
    window._refresh()
    assert (button.badge, button.accessibleName()) == ("2", "Accounts, 2 waiting")
    assert button.toolTip() == "Accounts, 2 waiting (Ctrl+2)"
    before = button.grab().toImage()
    for pending in waiting:
        await service.accounts.deny(pending.id)
    window._refresh()
    assert button.badge == ""
    assert button.grab().toImage() != before
    window.rail.show_badge("accounts", 1000, "waiting")
    assert button.badge == "99+"


async def test_nothing_secret_of_a_newcomer_is_shown(
    page: AccountsPage, service: Service, theme: Theme
) -> None:
    """Neither list nor rows hold the password that a newcomer chose."""
    await ask(service, "ana")
    dialog = await open_waiting(page)
    assert PASSWORD not in json.dumps([repr(row) for row in dialog.model.rows()])
    assert PASSWORD not in repr(service.accounts.pending())
    await leave(page, dialog)
