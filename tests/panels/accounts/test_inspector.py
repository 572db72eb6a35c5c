"""All about the chosen account beside the table: facts, sessions, acts."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from authws_desktop.accounts.errors import StoreError, StoreFailure
from authws_desktop.accounts.models import Account, Role
from authws_desktop.panels.accounts.account_dialogs import EditDialog, ResetPasswordDialog
from authws_desktop.panels.accounts.accounts_page import AccountsPage
from authws_desktop.panels.accounts.inspector import MOST_LISTED, Inspector
from authws_desktop.panels.accounts.session_rows import HIDDEN_AT_FIRST, SessionColumn
from authws_desktop.panels.kit.affected_dialog import AffectedDialog
from authws_desktop.server.service import Service
from tests.panels.accounts.support import Connect, create, refresh, select
from tests.panels.pictures import shoot
from tests.panels.support import closed, dialog_of, nameless, until


def facts(inspector: Inspector) -> dict[str, str]:
    """Return what is said."""
    return {key: label.text() for key, label in inspector.facts.items()}


async def test_facts_of_one_account(page: AccountsPage, service: Service, connect_as: Connect) -> None:
    """Role, status, last seen, messages and connections, and they follow reality."""
    (ana,) = await create(service, "ana")
    refresh(page)
    inspector = page.inspector
    assert inspector.name_label.text() == "No account chosen"
    assert not any(button.isVisible() for button in inspector.act_buttons)
    select(page, "ana")
    assert inspector.name_label.text() == "ana"
    await until(lambda: facts(inspector)["messages"] == "none kept")
    said = facts(inspector)
    assert (said["status"], said["seen"], said["login"]) == ("active", "never", "Never")
    assert said["created"].startswith("Today")
    assert said["connections"] == "not now"
    assert inspector.reach_label.text() == "No token counts now."
    client = await connect_as(ana)

    def is_there() -> bool:
        refresh(page)
        return facts(inspector)["seen"] == "now"

    await until(is_there)
    assert facts(inspector)["connections"].endswith("#1")
    assert len(inspector.sessions.source.rows()) == 1
    assert nameless(inspector) == []
    await client.close()
    await service.accounts.administration.set_disabled(ana.id, True)
    refresh(page)
    assert facts(inspector)["status"] == "disabled: cannot log in"


async def test_the_role_is_changed_in_place(page: AccountsPage, service: Service, ana: Account) -> None:
    """Without a dialog; nobody is disconnected by it."""
    select(page, "ana")
    choice = page.inspector.role_choice
    choice.setCurrentIndex(choice.findData(Role.HOST))
    choice.activated.emit(choice.currentIndex())
    await until(lambda: (found := service.accounts.get(ana.id)) and found.role == Role.HOST)


async def test_a_session_is_ended_in_place(
    page: AccountsPage, service: Service, ana: Account, connect_as: Connect
) -> None:
    """What Revoke will do stands beside it; the connection that lives by it ends."""
    client = await connect_as(ana)
    select(page, "ana")
    inspector = page.inspector
    assert not inspector.revoke_button.isEnabled()
    inspector.sessions.selectRow(0)
    assert inspector.reach_label.text() == "Revokes 1 session and ends 1 connection."
    inspector.revoke_button.click()
    await until(lambda: not service.accounts.sessions.of(ana.id))
    await client.wait_closed()
    assert client.close_code == 4004


async def test_many_are_acted_on_together(page: AccountsPage, service: Service) -> None:
    """How many they are, and the acts; a deleted account is no longer shown."""
    ana, _ = await create(service, "ana", "ben")
    select(page, "ana", "ben")
    inspector = page.inspector
    assert inspector.name_label.text() == "2 accounts"
    assert not inspector.role_choice.isVisible()
    assert inspector.sessions.isVisible()
    token, *others = inspector.act_buttons
    assert not token.isVisible(), "each has one of its own"
    assert all(button.isVisible() for button in others)
    select(page, "ana")
    await service.accounts.administration.delete(ana.id)
    refresh(page)
    assert inspector.name_label.text() == "No account chosen"


async def test_each_token_is_listed(page: AccountsPage, service: Service, connect_as: Connect) -> None:
    """App, last used and expires, and from the header's menu when it was issued, its address and connections."""
    (ana,) = await create(service, "ana")
    await connect_as(ana)
    await service.accounts.sessions.issue(ana.id, 86_400, "phone")
    select(page, "ana")
    page.commands.sessions.trigger()
    table = page.inspector.sessions
    assert table.hasFocus()
    model = table.model()

    def column(column: SessionColumn) -> list[str]:
        return [model.index(row, column).data() for row in range(model.rowCount())]

    assert column(SessionColumn.APP) == ["test client", "phone"]
    assert column(SessionColumn.CONNECTIONS) == ["1", ""]
    assert column(SessionColumn.LAST_USED)[0].startswith("Today")
    assert column(SessionColumn.LAST_USED)[1] == "Never"
    assert column(SessionColumn.EXPIRES) == ["in 10 min", "in 24 h"]
    assert [place for place in SessionColumn if table.isColumnHidden(place)] == list(HIDDEN_AT_FIRST)


async def test_all_are_revoked_after_a_question_that_stays_true(
    page: AccountsPage, service: Service, connect_as: Connect
) -> None:
    """The question counts what there is now; afterwards the list is empty and says so."""
    ana, ben = await create(service, "ana", "ben")
    clients = [await connect_as(ana), await connect_as(ben)]
    select(page, "ana", "ben")
    inspector = page.inspector
    apps = {row.username for row in inspector.sessions.source.rows()}
    assert apps == {"ana", "ben"}
    inspector.revoke_all_button.click()
    question = await dialog_of(AffectedDialog)
    assert question.reach_label.text() == "Revokes 2 sessions and ends 2 connections."
    clients.append(await connect_as(ana))
    refresh(page)
    assert question.reach_label.text() == "Revokes 3 sessions and ends 3 connections."
    question.ok_button.click()
    for client in clients:
        await client.wait_closed()
        assert client.close_code == 4004
    await closed(AffectedDialog)
    refresh(page)
    assert inspector.reach_label.text() == "No token counts now."
    assert not inspector.revoke_all_button.isEnabled()


async def test_the_list_follows_reality_and_keeps_the_choice(page: AccountsPage, service: Service) -> None:
    """A token issued meanwhile appears; the chosen one stays chosen; a revoked one goes."""
    (ana,) = await create(service, "ana")
    first = await service.accounts.sessions.issue(ana.id, 600)
    select(page, "ana")
    table = page.inspector.sessions
    table.selectRow(0)
    second = await service.accounts.sessions.issue(ana.id, 600)
    refresh(page)
    assert table.shown_count() == 2
    assert [row.session.jti for row in table.chosen()] == [first.jti]
    await service.accounts.sessions.revoke(second.jti)
    refresh(page)
    assert [row.session.jti for row in table.chosen()] == [first.jti]
    await service.accounts.sessions.revoke(first.jti)
    refresh(page)
    assert not page.inspector.revoke_button.isEnabled()


async def test_of_a_crowd_no_sessions_are_listed(page: AccountsPage, service: Service) -> None:
    """They are looked up ten times a second; the acts are there all the same."""
    users = await create(service, *(f"user-{number:03}" for number in range(MOST_LISTED + 1)))
    refresh(page)
    page.inspector.show_accounts(users[:-1])
    assert page.inspector.sessions.isVisible()
    page.inspector.show_accounts(users)
    assert not page.inspector.sessions.isVisible()
    assert all(button.isVisible() for button in page.inspector.act_buttons[1:])


async def test_a_form_is_a_part_of_the_page(page: AccountsPage, ana: Account) -> None:
    """In place of the details, with the keyboard in its first field; Escape gives both back."""
    select(page, "ana")
    page.activateWindow()
    page.commands.edit.trigger()
    form = await dialog_of(EditDialog)
    assert form.window() is page
    assert not page.inspector.role_choice.isVisible()
    assert page.inspector.name_label.text() == "ana"
    assert not form.heading.isVisible()
    assert form.name_field is not None
    await until(form.name_field.line.hasFocus)
    QTest.keyClick(form.name_field.line, Qt.Key.Key_Escape)
    await closed()
    assert page.inspector.form is None
    assert page.inspector.role_choice.isVisible()
    await until(page.table.hasFocus)


async def test_a_form_is_saved_with_return(page: AccountsPage, service: Service, ana: Account) -> None:
    """As in a dialog; the page shows the new name."""
    select(page, "ana")
    page.commands.edit.trigger()
    form = await dialog_of(EditDialog)
    assert form.name_field is not None
    form.name_field.line.setText("Anna")
    QTest.keyClick(form.name_field.line, Qt.Key.Key_Return)
    await closed()
    refresh(page)
    assert page.inspector.name_label.text() == "Anna"


async def test_a_form_goes_with_its_accounts(page: AccountsPage, service: Service) -> None:
    """Another one is chosen, or it is deleted elsewhere, or another form is asked for."""
    ana, _ = await create(service, "ana", "ben")
    select(page, "ana")
    page.commands.edit.trigger()
    await dialog_of(EditDialog)
    page.commands.reset_password.trigger()
    await dialog_of(ResetPasswordDialog)
    await closed(EditDialog)
    select(page, "ben")
    await closed()
    assert page.inspector.name_label.text() == "ben"
    select(page, "ana")
    page.commands.edit.trigger()
    await dialog_of(EditDialog)
    await service.accounts.administration.delete(ana.id)
    refresh(page)
    await closed()
    assert page.inspector.name_label.text() == "No account chosen"


async def test_a_form_at_work_is_not_interrupted(
    page: AccountsPage, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its password is handed over whatever is chosen meanwhile; another form waits for its turn."""
    await create(service, "ana", "ben")
    begun, may_end = asyncio.Event(), asyncio.Event()
    reset = service.accounts.administration.reset_password

    async def slowly(user_id: str, password: str, *, expected_revision: int | None = None) -> Account:
        begun.set()
        await may_end.wait()
        return await reset(user_id, password, expected_revision=expected_revision)

    monkeypatch.setattr(service.accounts.administration, "reset_password", slowly)
    select(page, "ana")
    page.commands.reset_password.trigger()
    form = await dialog_of(ResetPasswordDialog)
    form.ok_button.click()
    await begun.wait()
    select(page, "ben")
    page.commands.edit.trigger()
    await closed(EditDialog)
    assert form.isVisible()
    may_end.set()
    await closed()
    (card,) = page.hand_over.cards
    await service.accounts.logins.login("ana", card.cards[0].password)
    assert page.inspector.name_label.text() == "ben"


async def test_a_folded_inspector_unfolds_for_a_form(page: AccountsPage, ana: Account) -> None:
    """A shortcut never seems to do nothing."""
    select(page, "ana")
    page._columns.fold()
    page.commands.reset_password.trigger()
    form = await dialog_of(ResetPasswordDialog)
    form.reject()
    await closed()
    page._columns.fold()
    page.commands.sessions.trigger()
    assert page.inspector.sessions.isVisible()


async def test_a_database_that_is_away_is_said(
    page: AccountsPage, service: Service, ana: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Messages cannot be counted then; the rest is shown."""

    async def refuse(_user_id: str) -> tuple[int, int]:
        raise StoreError(StoreFailure.OTHER, "away")

    monkeypatch.setattr(service.messages, "count_of", refuse)
    select(page, "ana")
    await until(lambda: facts(page.inspector)["messages"] == "cannot be counted now")


async def test_names_of_any_length(page: AccountsPage, service: Service) -> None:
    """A long name is cut on the page and whole in its tip; the page stays as wide as it was."""
    (long,) = await create(service, "x" * 32)
    width = page.minimumSizeHint().width()
    select(page, long.username)
    assert page.minimumSizeHint().width() <= width
    assert page.inspector.width() < 60 * 8


async def test_nothing_lies_over_another_where_room_is_short(page: AccountsPage, ana: Account) -> None:
    """Cards of new passwords below it take from its height: it scrolls."""
    page.setMinimumSize(940, 300)  # as the window does
    page.resize(940, 300)
    refresh(page)
    select(page, "ana")
    shoot(page, "accounts-short")
    tops = sorted(label.geometry().top() for label in page.inspector.facts.values())
    least = min(label.sizeHint().height() for label in page.inspector.facts.values())
    assert all(lower - upper >= least for upper, lower in pairwise(tops))
