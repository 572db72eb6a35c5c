"""The dialog of sessions: what is listed, what Revoke ends, and that it is said before."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QItemSelectionModel
from PySide6.QtWidgets import QDialog
from pytestqt.modeltest import ModelTester

from authws_desktop.accounts.models import Session
from authws_desktop.panels.accounts.accounts_page import AccountsPage
from authws_desktop.panels.accounts.sessions_dialog import (
    SessionColumn,
    SessionsDialog,
    ShownSession,
    row_key,
    session_columns,
)
from authws_desktop.panels.kit.affected_dialog import AffectedDialog
from authws_desktop.panels.kit.table_model import ROW_ROLE, TableModel
from authws_desktop.panels.kit.words import left_text
from authws_desktop.server.service import Service
from tests.panels.accounts.support import Connect, create, refresh, select
from tests.panels.support import closed, dialog_of, until

NOW = 1_760_000_000.0


async def open_sessions(page: AccountsPage, *names: str) -> SessionsDialog:
    """Open the dialog for accounts."""
    select(page, *names)
    page.commands.sessions.trigger()
    return await dialog_of(SessionsDialog)


def choose(dialog: SessionsDialog, jti: str) -> None:
    """Select one token."""
    model = dialog.table.model()
    flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
    for row in range(model.rowCount()):
        if model.index(row, 0).data(ROW_ROLE).session.jti == jti:
            dialog.table.selectionModel().select(model.index(row, 0), flags)


async def test_each_token_is_listed(page: AccountsPage, service: Service, connect_as: Connect) -> None:
    """Issued, expires, last used, app and live connections; most recent first."""
    (ana,) = await create(service, "ana")
    await connect_as(ana)
    await service.accounts.sessions.issue(ana.id, 86_400, "phone")
    dialog = await open_sessions(page, "ana")
    model = dialog.table.model()

    def column(column: SessionColumn) -> list[str]:
        return [model.index(row, column).data() for row in range(model.rowCount())]

    assert column(SessionColumn.APP) == ["phone", "test client"]
    assert column(SessionColumn.CONNECTIONS) == ["", "1"]
    assert column(SessionColumn.LAST_USED)[0] == "Never"
    assert column(SessionColumn.LAST_USED)[1].startswith("Today")
    day, minutes = column(SessionColumn.EXPIRES)
    assert (day, minutes) == ("in 24 h", "in 10 min")
    assert dialog.table.isColumnHidden(SessionColumn.USER)
    dialog.close_button.click()
    await closed()


async def test_one_is_revoked_and_its_reach_was_said(
    page: AccountsPage, service: Service, connect_as: Connect
) -> None:
    """Only the connection of that token is closed, with 4004; the other lives on."""
    (ana,) = await create(service, "ana")
    first, second = await connect_as(ana), await connect_as(ana)
    dialog = await open_sessions(page, "ana")
    assert not dialog.revoke_button.isEnabled()
    jti = service.accounts.sessions.of(ana.id)[0].jti
    choose(dialog, jti)
    assert dialog.reach_label.text() == "Revokes 1 session and ends 1 connection."
    dialog.revoke_button.click()
    await first.wait_closed()
    assert first.close_code == 4004
    await until(lambda: dialog.table.shown_count() == 1)
    assert second.close_code is None
    dialog.close_button.click()
    await closed()


async def test_all_are_revoked_after_a_question_that_stays_true(
    page: AccountsPage, service: Service, connect_as: Connect
) -> None:
    """The question counts what there is now; afterwards the list is empty and says so."""
    ana, ben = await create(service, "ana", "ben")
    clients = [await connect_as(ana), await connect_as(ben)]
    dialog = await open_sessions(page, "ana", "ben")
    assert not dialog.table.isColumnHidden(SessionColumn.USER)
    dialog.revoke_all_button.click()
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
    assert not dialog.empty_label.isHidden()
    assert not dialog.revoke_all_button.isEnabled()
    dialog.close_button.click()
    await closed()


async def test_the_list_follows_reality_and_keeps_the_choice(page: AccountsPage, service: Service) -> None:
    """A token issued meanwhile appears; the chosen one stays chosen; a revoked one goes."""
    (ana,) = await create(service, "ana")
    first = await service.accounts.sessions.issue(ana.id, 600)
    dialog = await open_sessions(page, "ana")
    choose(dialog, first.jti)
    second = await service.accounts.sessions.issue(ana.id, 600)
    refresh(page)
    assert dialog.table.shown_count() == 2
    assert [session.jti for session in dialog.chosen()] == [first.jti]
    await service.accounts.sessions.revoke(second.jti)
    refresh(page)
    assert [session.jti for session in dialog.chosen()] == [first.jti]
    await service.accounts.sessions.revoke(first.jti)
    refresh(page)
    assert not dialog.revoke_button.isEnabled()
    dialog.done(QDialog.DialogCode.Rejected)
    await closed()


def session(jti: str, **changes: float) -> Session:
    """Return a token."""
    return Session(jti, "id", NOW - 10, changes.get("expires_at", NOW + 600), None, "10.0.0.7", "app", "key")


def test_the_model_keeps_its_promises(qtmodeltester: ModelTester) -> None:
    """Rows come, change and go under the tester's eyes; time alone changes only words that differ."""
    now = [NOW]
    model = TableModel(session_columns(lambda: now[0]), row_key)
    qtmodeltester.check(model)
    changes: list[int] = []
    model.dataChanged.connect(lambda first, _last, _roles: changes.append(first.row()))

    def show(*jtis: str) -> None:
        made = [session(jti) for jti in jtis]
        model.set_rows([ShownSession(each, "ana", 0, left_text(each.expires_at, now[0])) for each in made])

    show("a", "b", "c")
    now[0] += 29
    show("a", "b", "c")
    assert changes == []
    now[0] += 2
    show("a", "b", "c")
    assert changes == [0]
    now[0] += 60
    changes.clear()
    show("c", "d")
    assert [row.session.jti for row in model.rows()] == ["c", "d"]
    assert model.index(0, SessionColumn.EXPIRES).data() == "in 8 min"
    assert model.index(0, SessionColumn.ADDRESS).data() == "10.0.0.7"


pytestmark = pytest.mark.usefixtures("theme")
