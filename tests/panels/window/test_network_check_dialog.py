"""The network check in the window: findings, the line to copy, and a probe that another device opens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import msgspec
import pytest
from PySide6.QtWidgets import QApplication

from authws_desktop.network.adapters import Adapter
from authws_desktop.network.firewalls import Finding, Grade
from authws_desktop.network.probes import PROBE_LIFE_S
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.window.main_window import MainWindow
from authws_desktop.panels.window.network_check_dialog import NetworkCheckDialog
from authws_desktop.server.service import Service
from tests.own_clients import eventually
from tests.panels.conftest import deleted
from tests.panels.pictures import shoot
from tests.panels.support import closed, dialog_of

FOUND = [
    Finding(Grade.GOOD, "Listening on 0.0.0.0 and ::, port 4000."),
    Finding(Grade.GOOD, "It answers at every address of this computer."),
    Finding(Grade.WARN, "Others may use http://10.8.0.2:4000, but wg0 is a virtual network or a VPN."),
    Finding(Grade.BAD, "The firewall ufw blocks port 4000: no rule allows it.", "sudo ufw allow 4000/tcp"),
    Finding(Grade.INFO, "Rules of nftables can be read by root only; to see them:", "sudo nft list ruleset"),
]


@pytest.fixture
async def dialog(
    service: Service, theme: Theme, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[NetworkCheckDialog]:
    """The dialog over a server that the network reaches, with recorded findings."""
    lan = [Adapter("wlan0", "192.168.1.20", False)]
    monkeypatch.setattr("authws_desktop.network.addresses.rank_adapters", lambda: lan)
    await service.apply(msgspec.structs.replace(service.settings.saved, host="0.0.0.0"))
    await service.start()

    async def check(*arguments: Any, **options: Any) -> list[Finding]:
        return FOUND

    made = NetworkCheckDialog(service, theme, window, check)
    made.show()
    await eventually(lambda: made.rows and made.check_button.isEnabled())
    yield made
    made.close()
    await deleted(made)


async def visit(service: Service, url: str) -> None:
    """Open an address of the server by loopback."""
    async with aiohttp.ClientSession() as session:
        path = url.partition("/probe/")[2]
        async with session.get(f"http://127.0.0.1:{service.location.port}/probe/{path}") as answer:
            assert answer.status == 200


async def test_it_checks_at_once_and_again_on_request(dialog: NetworkCheckDialog, app: QApplication) -> None:
    """Every finding has a row; a line can be copied; a second check replaces the first."""
    assert [row.finding for row in dialog.rows] == FOUND
    copy = dialog.rows[3].copy_button
    assert copy is not None
    copy.click()
    assert app.clipboard().text() == "sudo ufw allow 4000/tcp"
    first = dialog.rows
    dialog.check_button.click()
    await eventually(lambda: dialog.rows is not first)
    assert len(dialog.rows) == len(FOUND)


async def test_another_device_opens_the_probe(
    dialog: NetworkCheckDialog, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The code says the probe's address; a visit shows who it was and how long it took."""
    assert dialog.code.code_text.startswith(f"http://192.168.1.20:{service.location.port}/probe/")
    assert "Waiting for a device. The code holds for 10 min." in dialog.result_label.text()
    monkeypatch.setattr("authws_desktop.server.http.probes._is_own", lambda request: False)
    await visit(service, dialog.code.code_text)
    await eventually(lambda: dialog.result_label.text().startswith("Reached from 127.0.0.1 in "))
    assert dialog.result_label.text().endswith(" ms")
    old = dialog.code.code_text
    dialog.code.click()
    assert dialog.code.code_text != old
    assert "Waiting" in dialog.result_label.text()


async def test_this_computer_does_not_count(dialog: NetworkCheckDialog, service: Service) -> None:
    """Its own visit is named as that, and the code goes on waiting."""
    await visit(service, dialog.code.code_text)
    await eventually(lambda: "this computer" in dialog.result_label.text())
    assert service.probes.remaining_s > 0


async def test_the_code_ends(
    dialog: NetworkCheckDialog, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After ten minutes it says so; closing the dialog ends it at once."""
    service.probes._made_s -= PROBE_LIFE_S
    dialog.refresh()
    assert "has ended" in dialog.result_label.text()
    dialog.code.click()
    assert service.probes.remaining_s > 0
    dialog.close()
    assert service.probes.remaining_s == 0


async def test_on_this_computer_there_is_no_probe(dialog: NetworkCheckDialog, service: Service) -> None:
    """A code that nobody else can open is not shown."""
    await service.apply(msgspec.structs.replace(service.settings.saved, host="localhost"))
    await dialog.check()
    assert not dialog.code.isVisible()


async def test_the_menu_opens_it_on_a_stopped_server(window: MainWindow) -> None:
    """The real check, which says what comes first; and a failure is a finding."""
    window.check_action.trigger()
    await eventually(lambda: window.findChild(NetworkCheckDialog) is not None)
    made = window.findChild(NetworkCheckDialog)
    assert made is not None
    await eventually(lambda: made.rows)
    assert "Press Start" in made.rows[0].finding.text
    made.show_error("That did not work.")
    assert made.rows[0].finding.grade is Grade.BAD
    made.accept()
    await eventually(lambda: window.findChild(NetworkCheckDialog) is None)


@pytest.mark.parametrize("look", ["light", "dark"])
async def test_pictures(dialog: NetworkCheckDialog, service: Service, look: str) -> None:
    """Findings of every grade with the probe; for people to look at."""
    await service.apply(msgspec.structs.replace(service.settings.saved, theme=look))
    await asyncio.sleep(0)
    dialog.adjustSize()
    shoot(dialog, f"network-check-{look}")


async def test_the_network_is_let_in_where_it_is_missed(window: MainWindow, service: Service) -> None:
    """While only this computer can reach the server, the cure is a button; what follows is looked at anew."""
    await service.apply(msgspec.structs.replace(service.settings.saved, host="localhost"))
    await service.start()
    window.check_action.trigger()
    dialog = await dialog_of(NetworkCheckDialog)
    await eventually(dialog.open_button.isVisible)
    dialog.open_button.click()
    await eventually(lambda: service.settings.values.host == "0.0.0.0")
    await eventually(lambda: dialog.rows and "0.0.0.0" in dialog.rows[0].finding.text)
    dialog.close()
    await closed()
