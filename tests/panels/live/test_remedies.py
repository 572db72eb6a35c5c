"""Why something was refused, one click away, and the button that mends it: on a real server."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from authws_desktop.panels.kit.notices import NoticeKind
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.live.live_page import LivePage
from authws_desktop.server.service import Service
from authws_desktop.traffic.record import Kind, Record
from tests.own_clients import PASSWORD, eventually, http_client, ws_client
from tests.panels.live.support import choose_number
from tests.panels.pictures import shoot


@pytest.fixture
def page(running_page: LivePage) -> LivePage:
    """The page of a running server, shown."""
    return running_page


async def chosen(page: LivePage, kind: Kind, *, outcome: str) -> Record:
    """Choose the newest row of a kind with an outcome, once it is there."""
    ring = page.traffic.model.ring
    found: list[Record] = []

    def is_there() -> bool:
        found[:] = [row for row in ring.after(0) if row.kind is kind and row.outcome.startswith(outcome)]
        return bool(found)

    await eventually(is_there)
    page.refresh()
    assert choose_number(page.traffic.view, found[-1].number)
    return found[-1]


async def test_an_origin_is_allowed_by_the_button(
    page: LivePage, service: Service, theme: Theme, app: QApplication
) -> None:
    """The refused page connects afterwards; the bar of the row says all of it."""
    origin = "https://shop.example"

    async def visit() -> None:
        async with connect(service.location.ws_url, proxy=None, origin=origin):  # type: ignore[arg-type]
            pass

    with pytest.raises(InvalidStatus):
        await visit()
    await chosen(page, Kind.REFUSED, outcome="403")
    bar = page.detail.explain_bar
    assert bar.isVisible()
    assert origin in bar.remedy_label.text()
    for look in ("light", "dark"):
        theme.apply(app, look)
        shoot(page, f"live-explained-{look}")
    bar.act_button.click()
    await eventually(lambda: service.settings.values.allowed_origins == [origin])
    await eventually(lambda: page.traffic.notice.kind is NoticeKind.GOOD)
    assert not bar.act_button.isEnabled()
    await visit()


async def test_whoever_is_missing_is_shown_leaving(page: LivePage, service: Service) -> None:
    """From a direct to nobody to the row of the leaving, even while a filter hides it."""
    async with http_client(service) as http:
        ana, ben = [(await http.register(name))["token"] for name in ("ana", "ben")]
    async with ws_client(service) as one:
        await one.log_in(ana)
        async with ws_client(service) as two:
            await two.log_in(ben)
        await eventually(lambda: service.hub.authenticated_count == 1)
        await one.send({"type": "direct", "to": "ben", "content": "there?"})
        await chosen(page, Kind.DIRECT, outcome="INVALID_RECIPIENT")
        page.traffic.tools.filter_box.set_filter_text("type:direct")
        page.refresh()
        bar = page.detail.explain_bar
        assert bar.cause_label.text().startswith("ben is not connected: left ")
        bar.act_button.click()
        await eventually(
            lambda: page.detail.record is not None and page.detail.record.kind is Kind.DISCONNECT
        )
        assert page.detail.record is not None
        assert page.detail.record.identity.username == "ben"


async def test_a_wrong_password_leads_to_the_account(page: LivePage, service: Service, qtbot: QtBot) -> None:
    """The account's id is what the window is asked for; one that is gone by now is told."""
    async with http_client(service) as http:
        await http.register("ana")
        await http.post("/auth/login", {"username": "ana", "password": "not-this-one"})
    await chosen(page, Kind.REFUSED, outcome="401")
    account = service.accounts.find("ana")
    assert account is not None
    with qtbot.waitSignal(page.remedies.account_asked) as caught:
        page.detail.explain_bar.act_button.click()
    assert caught.args == [account.id]
    await service.accounts.administration.delete(account.id)
    page.detail.explain_bar.act_button.click()
    await eventually(lambda: page.traffic.notice.text == "This account is gone by now.")


async def test_what_went_well_shows_no_bar(page: LivePage, service: Service) -> None:
    """Nothing to explain, nothing in the way."""
    async with http_client(service) as http:
        await http.register("ana")
    await chosen(page, Kind.HTTP, outcome="201")
    assert not page.detail.explain_bar.isVisible()


async def test_a_wait_is_lifted_by_the_button(page: LivePage, service: Service) -> None:
    """Whoever tried too often may try again at once."""
    await service.accounts.administration.create("ana", PASSWORD)
    async with http_client(service) as http:
        for _ in range(11):
            await http.post("/auth/login", {"username": "ana", "password": "not-this-one"})
        assert (await http.post("/auth/login", {"username": "ana", "password": PASSWORD}))[0] == 429
        await chosen(page, Kind.REFUSED, outcome="429")
        bar = page.detail.explain_bar
        assert bar.act_button.text() == "Lift the wait"
        bar.act_button.click()
        await eventually(lambda: page.traffic.notice.text == "They may try again now.")
        assert service.accounts.logins.lockouts() == []
        assert (await http.post("/auth/login", {"username": "ana", "password": PASSWORD}))[0] == 200


async def test_the_bans_are_a_click_away(page: LivePage, service: Service, qtbot: QtBot) -> None:
    """The window is asked for the list."""
    ana = await service.accounts.administration.create("ana", PASSWORD)
    await service.moderation.ban_user(ana.id)
    async with http_client(service) as http:
        await http.post("/auth/login", {"username": "ana", "password": PASSWORD})
    await chosen(page, Kind.REFUSED, outcome="403")
    with qtbot.waitSignal(page.remedies.list_asked) as caught:
        page.detail.explain_bar.act_button.click()
    assert caught.args == ["bans"]
