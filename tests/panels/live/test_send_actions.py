"""Sending as the server and in a client's name, from the window, to real clients."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from authws_desktop.panels.kit.escape import LEFT_TO_RIGHT
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.live.detail_panel import DOCKED
from authws_desktop.panels.live.live_page import LivePage
from authws_desktop.panels.live.send_actions import resend_trouble
from authws_desktop.panels.live.send_panel import Audience, Form, SendPanel
from authws_desktop.panels.live.traffic_columns import TrafficColumn
from authws_desktop.server.service import Service
from authws_desktop.traffic.record import Direction, Kind, Record
from tests.own_clients import eventually, join
from tests.panels.conftest import activated, deleted
from tests.panels.live.support import record
from tests.panels.pictures import shoot

SELECT = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows


@pytest.fixture
def page(running_page: LivePage) -> LivePage:
    """The page of a running server, shown."""
    return running_page


def open_for(page: LivePage, *rows: int) -> SendPanel:
    """Ask to send to rows of the users tree."""
    page.refresh()
    view = page.users.view
    view.clearSelection()
    for row in rows:
        index = view.model().index(row, 0)
        view.selectionModel().select(
            index, QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        )
    page.users.send_action.trigger()
    assert page.send.panel.isVisible()
    return page.send.panel


def choose(dialog: SendPanel, form: Form) -> None:
    """Choose what to send."""
    dialog.form_choice.setCurrentIndex(dialog.form_choice.findData(form))


async def test_everyone(service: Service, page: LivePage) -> None:
    """The button above the tree; the row is marked as the host's."""
    async with AsyncExitStack() as stack:
        ana, ben = await join(stack, service, "ana"), await join(stack, service, "ben")
        page.users.send_button.click()
        dialog = page.send.panel
        assert dialog.audience_choice.currentText() == "Everyone (2 connections)"
        dialog.editor.setPlainText('{"text": "tea"}')
        await activated(page)
        assert dialog.editor.hasFocus()
        QTest.keyClick(dialog.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        for client in (ana, ben):
            assert (await client.expect("message"))["content"] == {"text": "tea"}
        assert dialog.notice.text == "Sent to 2 connections."
        page.refresh()
        model = page.traffic.model
        chips = [model.index(row, TrafficColumn.TYPE).data() for row in range(model.rowCount())]
        assert chips.count("message · host") == 1
        QTest.keyClick(dialog.editor, Qt.Key.Key_Escape)
        assert not dialog.isVisible()
        assert dialog.editor.toPlainText() == '{"text": "tea"}'


async def test_the_answer_is_never_covered(service: Service, page: LivePage) -> None:
    """The panel lies under the rows; choosing one shows it, and what was typed waits behind its tab."""
    async with AsyncExitStack() as stack:
        await join(stack, service, "ana")
        panel = open_for(page, 0)
        panel.editor.setPlainText('{"text": "tea"}')
        panel.send_button.click()
        page.refresh()
        assert page.traffic.view.isVisible()
        assert (
            page.traffic.view.mapTo(page, page.traffic.view.rect().bottomLeft()).y()
            < panel.mapTo(page, panel.rect().topLeft()).y()
        )
        row = next(each for each in service.traffic.after(0) if each.is_from_host)
        page.traffic.show_row(row.number)
        assert not panel.isVisible()
        assert page.detail.record is row
        page.detail.tabs.setCurrentIndex(DOCKED)
        assert panel.editor.toPlainText() == '{"text": "tea"}'
        assert panel.audience_choice.itemText(0) == "Everyone (1 connection)"
        await join(stack, service, "ben")
        page.refresh()
        assert panel.audience_choice.itemText(0) == "Everyone (2 connections)"


async def test_chosen_users(service: Service, page: LivePage) -> None:
    """Those selected in the tree are checked; others get nothing."""
    async with AsyncExitStack() as stack:
        ana, ben, eva = [await join(stack, service, name) for name in ("ana", "ben", "eva")]
        dialog = open_for(page, 0, 1)
        assert dialog.audience is Audience.USERS
        assert len(dialog.people.checked()) == 2
        dialog.editor.setPlainText("1")
        dialog.send_button.click()
        for client in (ana, ben):
            assert (await client.expect("direct"))["content"] == 1
        dialog.people.check([])
        assert not dialog.send_button.isEnabled()
        service.host_messages.to_everyone("2")
        await eva.expect("message")
        assert not [kept for kept in eva._kept if kept["type"] == "direct"]


async def test_the_number_stands_behind_a_name_in_any_direction(service: Service, page: LivePage) -> None:
    """Without a mark, Qt would show it before letters that run from right to left."""
    async with AsyncExitStack() as stack:
        await join(stack, service, "عمر", "phone")
        dialog = open_for(page, 0)
        assert dialog.connection_choice.itemText(0) == f"عمر{LEFT_TO_RIGHT} #1 (phone)"


async def test_one_connection_and_it_goes_away(service: Service, page: LivePage) -> None:
    """One of several of a user; once it is gone nobody else is put in its place."""
    async with AsyncExitStack() as stack:
        await join(stack, service, "ana", "phone")
        second = await join(stack, service, "ana", "laptop")
        page.refresh()
        page.send.write_to([service.hub.clients[second.client_id]])
        dialog = page.send.panel
        assert dialog.audience is Audience.CONNECTION
        assert "laptop" in dialog.connection_choice.currentText()
        dialog.send_button.click()
        await second.expect("direct")
        await second.socket.close()
        await eventually(lambda: len(service.hub.clients) == 1)
        dialog.refresh()
        assert dialog.connection_choice.currentData() is None
        assert not dialog.send_button.isEnabled()


async def test_json_is_judged_as_typed(service: Service, page: LivePage) -> None:
    """Line and column under the editor, a mark in it; Send is off until it is right."""
    async with AsyncExitStack() as stack:
        await join(stack, service, "ana")
        dialog = open_for(page)
        dialog.editor.setPlainText('{\n  "é😀": 1,\n}')
        assert dialog.problem_label.text().startswith("Line ")
        assert not dialog.send_button.isEnabled()
        assert len(dialog.editor.extraSelections()) == 1
        dialog.editor.setPlainText('{"é😀": 1}')
        assert dialog.problem_label.text() == ""
        assert dialog.send_button.isEnabled()
        assert dialog.editor.extraSelections() == []
        dialog.tidy_button.click()
        assert dialog.editor.toPlainText() == '{\n  "é😀": 1\n}'


async def test_resend_in_the_clients_name(service: Service, page: LivePage) -> None:
    """From the row's menu; the copy is marked, and a broken one may be sent on purpose."""
    async with AsyncExitStack() as stack:
        ana, ben = await join(stack, service, "ana"), await join(stack, service, "ben")
        await ana.send({"type": "message", "content": "once"})
        await ben.expect("message")
        row = next(each for each in service.traffic.after(0) if each.kind is Kind.MESSAGE)
        page.refresh()
        menu = page.row_menu.make_menu(row)
        next(action for action in menu.actions() if action.text() == "Resend…").trigger()
        menu.deleteLater()
        dialog = page.send.panel
        assert dialog.form is Form.AS_CLIENT
        assert dialog.connection_choice.currentData() == ana.client_id
        dialog.send_button.click()
        assert (await ben.expect("message"))["content"] == "once"
        again = service.traffic.after(row.number)
        assert [each.identity.username for each in again if each.is_from_host] == ["ana"]
        dialog.editor.setPlainText("{broken")
        assert dialog.problem_label.text()
        dialog.send_button.click()
        assert (await ana.expect("error"))["code"] == "INVALID_MESSAGE"


async def test_resend_to_a_client(service: Service, page: LivePage) -> None:
    """From the detail: a frame of the server goes out again, exactly."""
    async with AsyncExitStack() as stack:
        ana = await join(stack, service, "ana")
        await join(stack, service, "ben")
        sent = next(each for each in service.traffic.after(0) if each.kind is Kind.AUTHENTICATION)
        page.refresh()
        page.detail.show_record(sent)
        page.detail.resend_button.click()
        dialog = page.send.panel
        assert (dialog.form, dialog.audience) == (Form.FRAME, Audience.CONNECTION)
        assert dialog.connection_choice.currentData() == ana.client_id
        dialog.send_button.click()
        assert (await ana.expect("authentication"))["user"]["username"] == "ana"


async def test_resending_what_was_for_some_is_not_for_all(service: Service, page: LivePage) -> None:
    """The audience is that of the captured row."""
    async with AsyncExitStack() as stack:
        await join(stack, service, "ana")
        await join(stack, service, "ana")
        await join(stack, service, "ben")
        account = service.accounts.find("ana")
        assert account is not None
        service.host_messages.to_users([account.id], '{"a":1}')
        page.send.resend([each for each in service.traffic.after(0) if each.is_from_host][-1])
        dialog = page.send.panel
        assert (dialog.form, dialog.audience) == (Form.MESSAGE, Audience.USERS)
        assert dialog.people.checked() == [account.id]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (record(kind=Kind.CONNECT, direction=Direction.EVENT), "Only frames"),
        (record(b'{"type":"authenticate","token":"[redacted]"}', kind=Kind.AUTHENTICATE), "was not kept"),
        (record(b"[1", size_bytes=10), "Only the beginning"),
        (record(b"[1]"), ""),
    ],
)
def test_what_cannot_be_sent_again(row: Record, words: str) -> None:
    """And why."""
    assert words in resend_trouble(row)
    assert bool(resend_trouble(row)) == bool(words)


async def test_templates_are_remembered_without_secrets(
    service: Service, page: LivePage, theme: Theme, window_state: WindowState, tmp_path: Path
) -> None:
    """By the next window too; a token in one is not written to the file."""
    async with AsyncExitStack() as stack:
        await join(stack, service, "ana")
        dialog = open_for(page)
        dialog.editor.setPlainText('{"text": "tea"}')
        dialog.templates.save(dialog.editor.toPlainText())
        dialog.templates.save('{"type":"authenticate","token":"top-secret-token"}')
        page.close_detail()
        assert not dialog.isVisible()
        again = SendPanel(service, theme, WindowState(tmp_path / "window.ini"))
        window_state.flush()
        menu = again.templates.make_menu()
        texts = [action.text() for action in menu.actions()]
        assert '{"text": "tea"}' in texts
        next(action for action in menu.actions() if action.text() == '{"text": "tea"}').trigger()
        assert again.editor.toPlainText() == '{"text": "tea"}'
        again.templates.forget('{"text": "tea"}')
        assert again.templates.saved() == ['{"type":"authenticate","token":"[redacted]"}']
        window_state.flush()
        assert "top-secret-token" not in (tmp_path / "window.ini").read_text()
        menu.deleteLater()
        await deleted(again)


async def test_nobody_is_there(page: LivePage) -> None:
    """Nothing can be sent, and it says to how many."""
    dialog = open_for(page)
    assert dialog.audience_choice.currentText() == "Everyone (0 connections)"
    assert not dialog.send_button.isEnabled()


@pytest.mark.parametrize("look", ["light", "dark"])
async def test_pictures(service: Service, page: LivePage, theme: Theme, app: QApplication, look: str) -> None:
    """Each way of sending, drawn."""
    theme.apply(app, look)
    async with AsyncExitStack() as stack:
        for name in ("ana", "ben", "eva"):
            await join(stack, service, name, "phone")
        dialog = open_for(page, 0, 2)
        dialog.send_button.click()
        shoot(page, f"live-send-users-{look}")
        choose(dialog, Form.AS_CLIENT)
        dialog.editor.setPlainText('{\n  "type": "message",\n  "content": }')
        shoot(page, f"live-send-as-client-{look}")
        page.refresh()
        shoot(page, f"live-host-rows-{look}")
