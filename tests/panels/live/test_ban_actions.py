"""Banning from the window, on a real server with real clients."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from typing import TypeVar

import pytest
from PySide6.QtCore import QDateTime, QItemSelectionModel
from PySide6.QtWidgets import QApplication, QDialog

from authws_desktop.admission.bans import BanList
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.live.ban_dialog import CHOSEN_TIME, BanDialog
from authws_desktop.panels.live.bans_dialog import WHO, BansDialog
from authws_desktop.panels.live.live_page import LivePage
from authws_desktop.server.service import Service
from tests.own_clients import eventually, join, ws_client
from tests.panels.pictures import shoot
from tests.panels.support import refresh_open_dialogs

SELECT = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
Dialog = TypeVar("Dialog", bound=QDialog)


@pytest.fixture
def page(running_page: LivePage) -> LivePage:
    """The page of a running server, shown."""
    return running_page


async def opened(page: LivePage, kind: type[Dialog]) -> Dialog:
    """Return the open dialog."""
    await eventually(lambda: [each for each in page.findChildren(kind) if each.isVisible()])
    return page.findChildren(kind)[0]


async def closed(page: LivePage) -> None:
    """Wait until no dialog is left."""
    await eventually(lambda: not page.findChildren(QDialog))


def choose_first(page: LivePage) -> None:
    """Select the first person."""
    page.refresh()
    view = page.users.view
    view.selectionModel().select(view.model().index(0, 0), SELECT)
    page.users.make_menu().deleteLater()


async def test_a_user_is_banned_from_the_menu(service: Service, page: LivePage) -> None:
    """The reach is said first; the client gets 4006 and the reason."""
    async with AsyncExitStack() as stack:
        ana = await join(stack, service, "ana")
        choose_first(page)
        page.users.bans.ban_user.trigger()
        dialog = await opened(page, BanDialog)
        assert dialog.heading.text() == "Ban ana?"
        assert dialog.reach_label.text() == "Disconnects 1 connection now, and refuses every new one."
        dialog.reason_field.line.setText("spam")
        dialog.end_choice.setCurrentIndex(dialog.end_choice.findData(None))
        dialog.ok_button.click()
        assert await ana.expect_close() == (4006, "banned by the host: spam")
        await closed(page)
    (ban,) = service.bans.current()
    assert (ban.name, ban.until, ban.reason) == ("ana", None, "spam")


async def test_cancel_bans_nobody(service: Service, page: LivePage) -> None:
    """And nobody is disconnected."""
    async with AsyncExitStack() as stack:
        await join(stack, service, "ana")
        choose_first(page)
        page.users.bans.ban_user.trigger()
        (await opened(page, BanDialog)).cancel_button.click()
        await closed(page)
        assert service.hub.user_count == 1
    assert service.bans.current() == []


async def test_this_computer_cannot_be_chosen(service: Service, page: LivePage) -> None:
    """The menu's entry is off and says why; the list can be opened all the same."""
    async with AsyncExitStack() as stack:
        await join(stack, service, "ana")
        choose_first(page)
        assert page.users.bans.ban_user.isEnabled()
        assert not page.users.bans.ban_address.isEnabled()
        assert "cannot be banned" in page.users.bans.ban_address.toolTip()


async def test_an_address_is_banned(
    service: Service, page: LivePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Logged in or not; until a time of one's choice."""
    monkeypatch.setattr(service.bans, "is_own", lambda _address: False)
    async with AsyncExitStack() as stack:
        ana = await join(stack, service, "ana")
        stranger = await stack.enter_async_context(ws_client(service))
        choose_first(page)
        page.users.bans.ban_address.trigger()
        dialog = await opened(page, BanDialog)
        assert dialog.reach_label.text().startswith("Disconnects 2 connections now")
        dialog.end_choice.setCurrentIndex(dialog.end_choice.findData(CHOSEN_TIME))
        assert dialog.end_field.isVisible()
        chosen = QDateTime.currentDateTime().addDays(3)
        dialog.end_field.setDateTime(chosen)
        dialog.ok_button.click()
        for client in (ana, stranger):
            assert (await client.expect_close())[0] == 4006
        await closed(page)
    (ban,) = service.bans.current()
    assert ban.value == "127.0.0.1"
    assert ban.until == pytest.approx(chosen.toSecsSinceEpoch(), abs=60)


async def test_bans_are_listed_and_lifted(service: Service, page: LivePage) -> None:
    """What another process bans comes in; a choice stays; Lift ends the chosen one only."""
    await service.moderation.ban_address("203.0.113.9", time.time() + 90_000, "scan")
    page.users.bans_button.click()
    dialog = await opened(page, BansDialog)
    assert not dialog.lift_button.isEnabled()
    dialog.table.selectRow(0)
    assert dialog.lift_button.isEnabled()
    await asyncio.to_thread(BanList(service.paths.bans_file).add_address, "203.0.113.10")

    def is_listed() -> bool:
        refresh_open_dialogs()
        return dialog.table.shown_count() == 2

    await eventually(is_listed)
    assert [ban.value for ban in dialog.table.chosen()] == ["203.0.113.9"]
    assert [dialog.table.model().index(row, WHO).data() for row in range(2)] == [
        "203.0.113.10",
        "203.0.113.9",
    ]
    dialog.lift_button.click()
    await eventually(lambda: dialog.table.shown_count() == 1)
    assert [ban.value for ban in service.bans.current()] == ["203.0.113.10"]
    dialog.close_button.click()
    await closed(page)


async def test_a_damaged_file_is_said_in_both_dialogs(service: Service, page: LivePage) -> None:
    """And the dialog stays open with what was typed."""
    async with AsyncExitStack() as stack:
        await join(stack, service, "ana")
        service.paths.bans_file.write_text("{")
        await service.moderation.follow()
        choose_first(page)
        page.users.bans.ban_user.trigger()
        dialog = await opened(page, BanDialog)
        dialog.reason_field.line.setText("spam")
        dialog.ok_button.click()
        await eventually(lambda: "cannot be understood" in dialog.notice.text)
        assert dialog.reason_field.line.text() == "spam"
        assert service.hub.user_count == 1
        dialog.cancel_button.click()
        await closed(page)
    page.users.bans_button.click()
    listing = await opened(page, BansDialog)
    assert "cannot be understood" in listing.notice.text
    listing.close_button.click()
    await closed(page)


@pytest.mark.parametrize("look", ["light", "dark"])
async def test_pictures(service: Service, page: LivePage, theme: Theme, app: QApplication, look: str) -> None:
    """Both dialogs, drawn."""
    theme.apply(app, look)
    async with AsyncExitStack() as stack:
        await join(stack, service, "ana")
        choose_first(page)
        page.users.bans.ban_user.trigger()
        dialog = await opened(page, BanDialog)
        shoot(dialog, f"live-ban-{look}")
        dialog.reason_field.line.setText("Spam in the lobby")
        dialog.ok_button.click()
        await closed(page)
    page.users.bans_button.click()
    empty_or_full = await opened(page, BansDialog)
    await service.moderation.ban_address("203.0.113.9", None, "port scan")
    empty_or_full.refresh()
    shoot(empty_or_full, f"live-bans-{look}")
    empty_or_full.close_button.click()
    await closed(page)
