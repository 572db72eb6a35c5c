"""Invitations, the waiting list and the badge: what the host sees and what it does to newcomers."""

from __future__ import annotations

import json
import time

import msgspec
import pytest
from PySide6.QtCore import QItemSelectionModel

from authws_desktop.accounts.errors import AccountsError, InviteInvalid
from authws_desktop.accounts.models import PendingAccount
from authws_desktop.network.addresses import Address
from authws_desktop.panels.accounts.accounts_page import INVITATIONS, PEOPLE, WAITING, AccountsPage
from authws_desktop.panels.accounts.invites_panel import CODE, EXPIRES, STATE, USES, InvitesPanel
from authws_desktop.panels.accounts.waiting_panel import ADDRESS, APP, NAME, WaitingPanel
from authws_desktop.panels.kit.affected_dialog import AffectedDialog
from authws_desktop.panels.kit.qr import QrShape
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.window.main_window import MainWindow
from authws_desktop.server.service import Service
from tests.panels.accounts.support import refresh
from tests.panels.support import PASSWORD, closed, dialog_of, nameless, refresh_open_dialogs, until

FLAGS = QItemSelectionModel.SelectionFlag


async def open_invites(page: AccountsPage) -> InvitesPanel:
    """Open the invitations from the page."""
    page.tools.invites.trigger()
    panel = page.panel(INVITATIONS)
    assert isinstance(panel, InvitesPanel)
    assert panel.isVisible()
    assert not page.table.isVisible()
    return panel


async def open_waiting(page: AccountsPage) -> WaitingPanel:
    """Open the waiting list from the page."""
    page.tools.waiting.trigger()
    panel = page.panel(WAITING)
    assert isinstance(panel, WaitingPanel)
    assert panel.isVisible()
    return panel


async def leave(page: AccountsPage, dialog: InvitesPanel | WaitingPanel) -> None:
    """Go back to the people."""
    page.tabs.setCurrentIndex(PEOPLE)
    assert not dialog.isVisible()


def column(dialog: InvitesPanel | WaitingPanel, number: int) -> list[str]:
    """Return a column as shown."""
    model = dialog.table.model()
    return [model.index(row, number).data() for row in range(model.rowCount())]


async def ask(service: Service, *names: str) -> list[PendingAccount]:
    """Let newcomers ask for an account."""
    return [
        await service.accounts.registration.apply(name, PASSWORD, address="192.168.1.31", app="phone")
        for name in names
    ]


async def test_an_invitation_is_made_and_handed_on(
    page: AccountsPage, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Label, uses and expiry; the new one is chosen, its link can be copied and registers."""
    found = [Address("192.168.1.20", "Wi-Fi")]
    monkeypatch.setattr("authws_desktop.server.location.addresses_reached", lambda *_args, **_more: found)
    await service.start()
    dialog = await open_invites(page)
    assert not dialog.link.isVisible()
    dialog.label_field.line.setText("class 7b")
    dialog.uses_field.line.setText("2")
    dialog.life_choice.setCurrentIndex(dialog.life_choice.findData(86_400))
    dialog.create_button.click()
    link = await until(lambda: dialog.link_line.line.text())
    (invite,) = service.accounts.registration.invites()
    assert link == f"{service.location.http_url}/?invite={invite.code}"
    assert (invite.label, invite.max_uses) == ("class 7b", 2)
    assert invite.expires_at is not None
    assert abs(invite.expires_at - time.time() - 86_400) < 10
    assert dialog.code.code_text == link
    assert QrShape(link).side > 20
    assert column(dialog, USES) == ["0 / 2"]
    assert column(dialog, EXPIRES) == ["in 24 h"]
    for name in ("ana", "ben"):
        await service.accounts.registration.register(name, PASSWORD, invite=link.partition("=")[2])
    dialog.refresh()
    assert column(dialog, STATE) == ["used up"]
    assert [each.invite.code for each in dialog.table.source.rows()] == [dialog.chosen()[0].code]
    with pytest.raises(InviteInvalid):
        await service.accounts.registration.register("cyn", PASSWORD, invite=invite.code)
    assert nameless(dialog) == []
    await service.apply(msgspec.structs.replace(service.settings.saved, tls="local"))
    dialog.refresh()
    assert dialog.code.code_text == f"{service.location.trust_url}?invite={invite.code}"
    await leave(page, dialog)


async def test_a_link_of_this_computer_alone_has_no_code(
    page: AccountsPage, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says so, and lets the network in from there: then there is a code."""
    found = [Address("192.168.1.20", "Wi-Fi")]
    reached = lambda host, *_args, **_more: found if host == "0.0.0.0" else [Address("localhost")]  # noqa: E731
    monkeypatch.setattr("authws_desktop.server.location.addresses_reached", reached)
    await service.start()
    dialog = await open_invites(page)
    dialog.create_button.click()
    await until(dialog.link.isVisible)
    assert dialog.code.code_text == ""
    assert dialog.link_hint.text() == "This address works on this computer only."
    dialog.network_button.click()
    await until(dialog.network_button.isHidden)
    assert dialog.code.code_text == dialog.link_line.line.text()
    assert "192.168.1.20" in dialog.code.code_text
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
    assert dialog.table.source.rows() == []
    await leave(page, dialog)


async def test_invitations_without_limits(page: AccountsPage, service: Service) -> None:
    """Nothing typed means no limit and no label; "no end" means never."""
    dialog = await open_invites(page)
    dialog.life_choice.setCurrentIndex(dialog.life_choice.findData(None))
    dialog.create_button.click()
    await until(lambda: dialog.table.source.rows())
    (invite,) = service.accounts.registration.invites()
    assert (invite.max_uses, invite.expires_at, invite.label) == (None, None, "")
    assert column(dialog, EXPIRES) == ["never"]
    assert column(dialog, USES) == ["0"]
    await leave(page, dialog)


async def test_revoked_after_a_question(page: AccountsPage, service: Service) -> None:
    """The question counts them; afterwards their codes are worth nothing and the table is empty."""
    codes = [(await service.accounts.registration.create_invite(label)).code for label in ("one", "two")]
    dialog = await open_invites(page)
    assert sorted(column(dialog, CODE)) == sorted(codes)
    dialog.table.selectAll()
    dialog.revoke_button.click()
    question = await dialog_of(AffectedDialog)
    assert question.reach_label.text().startswith("Revokes 2 invitations.")
    await service.accounts.registration.revoke_invite(codes[0])
    refresh_open_dialogs()
    assert question.reach_label.text().startswith("Revokes 1 invitation.")
    question.ok_button.click()
    await until(lambda: not dialog.table.source.rows())
    with pytest.raises(InviteInvalid):
        await service.accounts.registration.register("ana", PASSWORD, invite=codes[1])
    await closed(AffectedDialog)
    await leave(page, dialog)


async def test_says_when_nobody_needs_an_invitation(page: AccountsPage, service: Service) -> None:
    """While registration is open the dialog says so, and one press requires invitations."""
    dialog = await open_invites(page)
    assert dialog.notice.text == "Registration is open: nobody needs an invitation."
    dialog.notice.action_button.click()
    await until(lambda: service.settings.values.registration == "invite")
    await until(lambda: not dialog.notice.text)
    await leave(page, dialog)


async def test_one_or_many_are_accepted(page: AccountsPage, service: Service) -> None:
    """Who is accepted can log in at once with the password they chose."""
    await ask(service, "ana", "ben", "cyn")
    refresh(page)
    assert page.tabs.tabText(WAITING) == "Waiting (3)"
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
        await service.accounts.logins.login(name, PASSWORD)
    assert "Accepted ana and cyn." in dialog.notice.text
    assert nameless(dialog) == []
    await leave(page, dialog)
    refresh(page)
    assert page.tabs.tabText(WAITING) == "Waiting (1)"


async def test_denied_after_a_question(page: AccountsPage, service: Service) -> None:
    """The question names them and follows what others answer meanwhile; the name is free again."""
    ana, _ = await ask(service, "ana", "ben")
    dialog = await open_waiting(page)
    dialog.table.selectAll()
    dialog.deny_button.click()
    question = await dialog_of(AffectedDialog)
    assert question.reach_label.text() == "Denies ana and ben."
    await service.accounts.registration.approve(ana.id)
    refresh_open_dialogs()
    assert question.reach_label.text() == "Denies ben."
    question.ok_button.click()
    await until(lambda: not dialog.table.source.rows())
    await closed(AffectedDialog)
    assert service.accounts.find("ana") is not None
    with pytest.raises(AccountsError):
        await service.accounts.logins.login("ben", PASSWORD)
    await service.accounts.administration.create("ben", PASSWORD)
    refresh(page)
    assert page.tabs.tabText(WAITING) == "Waiting"
    await leave(page, dialog)


async def test_an_empty_waiting_list_says_what_to_do(page: AccountsPage, service: Service) -> None:
    """With registration open it offers to require approval."""
    dialog = await open_waiting(page)
    assert "does not ask for your approval" in dialog.empty_label.text()
    dialog.notice.action_button.click()
    await until(lambda: service.settings.values.registration == "approval")
    await until(lambda: dialog.empty_label.text() == "Nobody waits.")
    assert not dialog.notice.text
    await leave(page, dialog)


async def test_the_rail_says_how_many_wait(window: MainWindow, service: Service) -> None:
    """The badge is on every page, has words for screen readers, and goes when all are answered."""
    window.show_page("live")
    button = window.rail.buttons["accounts"]
    window.refresh()
    assert (button.badge, button.accessibleName()) == ("", "Accounts")
    waiting = await ask(service, "ana", "ben")
    window.refresh()
    assert (button.badge, button.accessibleName()) == ("2", "Accounts, 2 waiting")
    assert button.toolTip() == "Accounts, 2 waiting (Ctrl+2)"
    before = button.grab().toImage()
    for pending in waiting:
        await service.accounts.registration.deny(pending.id)
    window.refresh()
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
    assert PASSWORD not in json.dumps([repr(row) for row in dialog.table.source.rows()])
    assert PASSWORD not in repr(service.accounts.registration.pending())
    await leave(page, dialog)
