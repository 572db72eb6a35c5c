"""Announcements: from the field in the window to real clients."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from authws_desktop.errors import ServiceError
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.live.announce_field import AnnounceField
from authws_desktop.server.announcements import MAX_CHARACTERS, announce
from authws_desktop.server.service import Service
from authws_desktop.traffic.record import Kind
from tests.own_clients import eventually, http_client, running_service, ws_client
from tests.panels.conftest import deleted


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Service]:
    async with running_service(tmp_path) as service:
        yield service


@pytest.fixture
async def field(running: Service, theme: Theme) -> AsyncIterator[AnnounceField]:
    made = AnnounceField(running, theme)
    made.show()
    yield made
    await deleted(made)


async def test_everyone_who_is_logged_in_hears_it(field: AnnounceField, running: Service) -> None:
    """An ordinary message of `server` for existing clients; nothing for those who are not logged in."""
    assert not field.field.isEnabled()
    assert "nobody is logged in" in field.field.toolTip()
    async with http_client(running) as http, ws_client(running) as ana, ws_client(running) as stranger:
        await ana.log_in((await http.register("ana"))["token"])
        field.refresh()
        QTest.keyClicks(field.field, "  Pizza at 8 <b>sharp</b> ")
        QTest.keyClick(field.field, Qt.Key.Key_Return)
        got = await ana.expect("message")
        assert (got["from"], got["username"]) == ("server", "server")
        assert got["content"] == {"text": "Pizza at 8 <b>sharp</b>"}
        assert field.field.text() == ""
        assert field.field.placeholderText() == "Sent to 1 connection"
        field._outcome_timer.timeout.emit()
        assert field.field.placeholderText() == "Announce…", "later, others are there"
        record = next(each for each in running.traffic.after(-1) if each.kind is Kind.MESSAGE)
        assert record.is_from_host
        await stranger.send({"type": "message", "content": 1})
        assert (await stranger.receive())["type"] == "error", "its first frame since it connected"
    await eventually(lambda: running.hub.authenticated_count == 0)
    field.refresh()
    assert "nobody is logged in" in field.field.toolTip()


async def test_an_empty_field_says_nothing(field: AnnounceField, running: Service) -> None:
    """Neither by Return nor by the button, which is off until there is a text."""
    async with http_client(running) as http, ws_client(running) as ana:
        await ana.log_in((await http.register("ana"))["token"])
        field.refresh()
        QTest.keyClicks(field.field, "   ")
        QTest.keyClick(field.field, Qt.Key.Key_Return)
        assert not field.send_button.isEnabled()
        assert all(each.kind is not Kind.MESSAGE for each in running.traffic.after(-1))
        QTest.keyClicks(field.field, "x")
        assert field.send_button.isEnabled()
        field.send_button.click()
        assert (await ana.expect("message"))["content"] == {"text": "x"}


async def test_limits(running: Service) -> None:
    """Nothing, or too much, is refused in words."""
    with pytest.raises(ServiceError, match="needs a text"):
        announce(running.hub, " \n")
    with pytest.raises(ServiceError, match=str(MAX_CHARACTERS)):
        announce(running.hub, "x" * (MAX_CHARACTERS + 1))


async def test_what_is_kept_on_top_is_shown_and_taken_down(field: AnnounceField, running: Service) -> None:
    """Also with nobody there; the switch falls back, so that the next one is said once."""
    field.pin_button.click()
    assert field.field.isEnabled()
    assert field.pinned.isHidden()
    QTest.keyClicks(field.field, "Pizza at 8 <b>sharp</b>")
    QTest.keyClick(field.field, Qt.Key.Key_Return)
    assert not field.pin_button.isChecked()
    assert not field.field.isEnabled()
    assert field.pinned.isVisible()
    assert field.pinned_label.text() == "On top: Pizza at 8 <b>sharp</b>"
    async with http_client(running) as http, ws_client(running) as ana:
        await ana.log_in((await http.register("ana"))["token"])
        assert (await ana.expect("message"))["pinned"] is True
        field.refresh()
        QTest.keyClicks(field.field, "by the way")
        QTest.keyClick(field.field, Qt.Key.Key_Return)
        assert "pinned" not in await ana.expect("message")
        assert "sharp" in field.pinned_label.text()
        field.unpin_button.click()
        assert field.pinned.isHidden()
        assert running.hub.talk.pins.pinned is None


async def test_a_long_one_is_cut_with_the_rest_in_the_tip(field: AnnounceField, running: Service) -> None:
    """The left side of the page is narrow, and the list of users above it is wanted, too."""
    announce(running.hub, "x" * 300, is_pinned=True)
    field.refresh()
    assert field.pinned_label.text() == f"On top: {'x' * 200}…"
    assert field.pinned_label.toolTip() == "x" * 300
