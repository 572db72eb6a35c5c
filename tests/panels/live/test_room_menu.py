"""The host's switches, on a running server."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from PySide6.QtWidgets import QApplication, QWidget

from authws_desktop.errors import ServiceError
from authws_desktop.panels.kit.confirm import ChoiceDialog
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.live.room_menu import RoomMenu
from authws_desktop.server.service import Service
from authws_desktop.settings.sources import Source
from tests.own_clients import eventually, http_client, running_service, ws_client
from tests.panels.conftest import deleted


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Service]:
    async with running_service(tmp_path) as service:
        yield service


@pytest.fixture
async def menu(running: Service, theme: Theme) -> AsyncIterator[RoomMenu]:
    owner = QWidget()
    owner.show()
    made = RoomMenu(running, theme, owner)
    made.update_controls()
    yield made
    await deleted(owner)


async def test_a_switch_acts_at_once_and_shows_how_it_stands(menu: RoomMenu, running: Service) -> None:
    """Each of them, on and off again; a change made elsewhere is shown, too."""
    for name, first, second in (
        ("who_may_write", "host", "everyone"),
        ("guests", "on", "off"),
        ("guest_directs", "off", "on"),
        ("images", "on", "off"),
    ):
        for value in (first, second):
            menu.switches[name].trigger()
            await _until(running, name, value)
            menu.update_controls()
    assert [action.isChecked() for action in menu.switches.values()] == [False, False, True, False, False]
    await running.apply(msgspec.structs.replace(running.settings.saved, guests="on"))
    menu.update_controls()
    assert menu.switches["guests"].isChecked()


async def test_what_cannot_be_saved_is_told(
    menu: RoomMenu, running: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch goes back to how it stands."""

    async def refuse(_new: object) -> None:
        raise ServiceError("The settings cannot be saved.")

    monkeypatch.setattr(running, "apply", refuse)
    told: list[str] = []
    menu.failed.connect(told.append)
    menu.switches["guests"].trigger()
    await eventually(lambda: told)
    assert told == ["The settings cannot be saved."]
    assert not menu.switches["guests"].isChecked()


async def test_guests_are_ended_after_a_question(menu: RoomMenu, running: Service) -> None:
    """With their number; Cancel ends nobody."""
    assert not menu.end_guests.isEnabled()
    menu.switches["guests"].trigger()
    await eventually(lambda: running.settings.values.guests == "on")
    async with http_client(running) as http, ws_client(running) as mia:
        await mia.log_in((await http.post("/auth/guest", {"username": "Mia"}))[1]["token"])
        menu.update_controls()
        assert menu.end_guests.text() == "End 1 guest…"
        for answer in ("", "yes"):
            menu.end_guests.trigger()
            dialog = await _question()
            assert "1 guest will be logged out" in dialog.body.text()
            dialog.buttons[answer].click()
            await asyncio.sleep(0)
        assert (await mia.expect_close())[0] == 4004
    menu.update_controls()
    assert not menu.end_guests.isEnabled()


async def _until(running: Service, name: str, value: str) -> None:
    await eventually(lambda: getattr(running.settings.values, name) == value)


async def _question() -> ChoiceDialog:
    found: list[ChoiceDialog] = []

    def look() -> bool:
        found[:] = [
            each
            for each in QApplication.topLevelWidgets()
            if isinstance(each, ChoiceDialog) and each.isVisible()
        ]
        return bool(found)

    await eventually(look)
    return found[0]


async def test_what_is_set_from_outside_stays(menu: RoomMenu, running: Service) -> None:
    """It is shown, with where it comes from."""
    loaded = running.settings
    sources = {**loaded.sources, "guests": Source.ENVIRONMENT}
    names = {**loaded.source_names, "guests": "AUTHWS_GUESTS"}
    running._current.replace(dataclasses.replace(loaded, sources=sources, source_names=names))
    menu.update_controls()
    assert not menu.switches["guests"].isEnabled()
    assert menu.switches["guests"].toolTip() == "Set by AUTHWS_GUESTS (environment)"
