"""The Live page on a real server with real clients."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack

import pytest
from PySide6.QtCore import QItemSelectionModel

from authws_desktop.panels.kit.confirm import ChoiceDialog
from authws_desktop.panels.live.detail_panel import CLAIMS, DELIVERY
from authws_desktop.panels.live.live_page import LivePage
from authws_desktop.panels.live.record_text import is_refusal
from authws_desktop.panels.live.traffic_columns import TrafficColumn
from authws_desktop.panels.live.verdicts import verdict
from authws_desktop.server.service import Service
from authws_desktop.traffic.record import Kind
from tests.own_clients import PASSWORD, eventually, http_client, join, ws_client
from tests.panels.live.support import choose_number

SELECT = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows


@pytest.fixture
def page(running_page: LivePage) -> LivePage:
    """The page of a running server, shown."""
    return running_page


def contents(page: LivePage) -> list[str]:
    """Return type and content of every row."""
    model = page.traffic.model
    return [
        f"{model.index(row, TrafficColumn.TYPE).data()} {model.index(row, TrafficColumn.CONTENT).data()}"
        for row in range(model.rowCount())
    ]


async def test_people_and_messages_appear(service: Service, page: LivePage) -> None:
    """Register, log in, broadcast and direct are all there, in order, and so are the people."""
    async with AsyncExitStack() as stack:
        ana = await join(stack, service, "ana", "phone")
        ben = await join(stack, service, "ben")
        await ana.send({"type": "message", "content": {"text": "hello all"}})
        await ben.expect("message")
        await ana.send({"type": "direct", "to": "ben", "content": "psst", "messageId": 7})
        await ana.expect("message_delivered")
        page.refresh()
        model = page.users.view.model()
        assert [model.index(row, 0).data() for row in range(model.rowCount())] == ["ana  phone", "ben"]
        rows = contents(page)
        assert any(row.startswith("http") and "/auth/register" in row for row in rows)
        registered = next(each for each in service.traffic.after(0) if each.kind is Kind.HTTP)
        assert not is_refusal(registered)  # though it has an outcome: 201
        assert 'message {"text":' in "\n".join(rows).replace(' {"text": ', ' {"text":')
        assert 'direct "psst"' in rows
        sent = next(each for each in service.traffic.after(0) if each.kind is Kind.MESSAGE)
        choose_number(page.traffic.view, sent.number)
        page.detail.tabs.setCurrentIndex(DELIVERY)
        assert "Written to 2 of 2 connections" in page.detail._delivery_note.text()
    await eventually(lambda: not service.hub.clients)
    page.refresh()
    assert page.users.view.model().rowCount() == 0
    assert service.location.http_url in page.users._empty.text


async def test_disconnect_from_the_menu(service: Service, page: LivePage) -> None:
    """The client is told 4005."""
    async with AsyncExitStack() as stack:
        ana = await join(stack, service, "ana")
        page.refresh()
        view = page.users.view
        view.selectionModel().select(view.model().index(0, 0), SELECT)
        page.users.disconnect_action.trigger()
        await eventually(lambda: page.window().findChildren(ChoiceDialog))
        dialog = page.window().findChildren(ChoiceDialog)[0]
        assert dialog.windowTitle() == "Disconnect ana #1?"
        dialog.buttons["yes"].click()
        assert (await ana.expect_close())[0] == 4005
    await eventually(lambda: not service.hub.clients)
    page.refresh()
    assert page.users.view.model().rowCount() == 0
    assert page.users.disconnect_action.isEnabled()


async def test_disconnecting_several_asks_with_the_reach(service: Service, page: LivePage) -> None:
    """The number is in the question; Cancel leaves everybody."""
    async with AsyncExitStack() as stack:
        ana = await join(stack, service, "ana")
        ben = await join(stack, service, "ben")
        page.refresh()
        page.users.view.selectAll()
        for answer in ("", "yes"):
            page.users.disconnect_action.trigger()
            await eventually(lambda: page.window().findChildren(ChoiceDialog))
            dialog = page.window().findChildren(ChoiceDialog)[0]
            assert dialog.windowTitle() == "Disconnect 2 connections?"
            dialog.buttons[answer].click()
            await eventually(lambda: not page.window().findChildren(ChoiceDialog))
            if not answer:
                assert service.hub.authenticated_count == 2
        assert (await ana.expect_close())[0] == 4005
        assert (await ben.expect_close())[0] == 4005
    await eventually(lambda: not service.hub.clients)


async def test_causes_can_be_read_off_the_page(service: Service, page: LivePage) -> None:
    """A wrong token, an unknown type, a broken frame and a wrong password each say why."""
    async with http_client(service) as http, ws_client(service) as client:
        await http.register("ana")
        await http.post("/auth/login", {"username": "ana", "password": "not this one"})
        await client.send({"type": "authenticate", "token": "eyJhbGciOiJIUzI1NiJ9.e30.x"})
        await client.expect("error")
        await client.send("{broken")
        await client.expect("error")
        page.refresh()
        rows = "\n".join(contents(page))
        assert "401" in rows
        assert "AUTH_ERROR/" in rows
        assert "{broken" in rows
        refused = next(each for each in service.traffic.after(0) if each.outcome.startswith("AUTH_ERROR/"))
        choose_number(page.traffic.view, refused.number)
        assert page.detail.tabs.isTabEnabled(CLAIMS)
        page.detail.tabs.setCurrentIndex(CLAIMS)
        claims = page.detail.claims.model()
        verdicts = [claims.index(row, 1).data() for row in range(claims.rowCount())]
        assert "refused" in verdicts


async def test_no_secret_is_in_any_view(service: Service, page: LivePage) -> None:
    """Passwords and tokens are in no row, no detail and no copy."""
    async with AsyncExitStack() as stack:
        async with http_client(service) as http:
            token = (await http.register("ana"))["token"]
        client = await stack.enter_async_context(ws_client(service))
        await client.log_in(token)
        await client.send({"type": "message", "content": {"text": f"my token is {token}"}})
        await client.expect("message")
        page.refresh()
        view = page.traffic.view
        view.selectAll()
        view.copy_rows()
        from PySide6.QtGui import QGuiApplication

        copied = QGuiApplication.clipboard().text()
        assert len([json.loads(line) for line in copied.splitlines()]) == page.traffic.model.rowCount()
        seen = copied + "\n".join(contents(page))
        for row in range(page.traffic.model.rowCount()):
            record = page.traffic.model.record_at(row)
            assert record is not None
            page.detail.show_record(record)
            page.detail.raw.load(record.payload)
            seen += page.detail.raw.toPlainText() + verdict(record)
        assert PASSWORD not in seen
        assert token not in seen
        assert token.split(".")[2] not in seen
