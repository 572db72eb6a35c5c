"""The bar of the faults: there as long as one is on, and gone with the last."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from authws_desktop.accounts.models import Account
from authws_desktop.panels.kit.notices import NoticeKind
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.window.server_bar import ServerBar
from authws_desktop.protocol.fault_messages import Faults
from authws_desktop.server.service import Service
from tests.own_clients import PASSWORD, WsClient, ws_client
from tests.panels.conftest import deleted
from tests.panels.pictures import shoot


@pytest.fixture
async def bar(service: Service, theme: Theme) -> AsyncIterator[ServerBar]:
    made = ServerBar(service, theme)
    made.resize(1024, 140)
    made.show()
    yield made
    await deleted(made)


async def test_faults_are_shown_until_they_end(bar: ServerBar, service: Service) -> None:
    """By name, in words, with how many they hit; one press ends them, and so does a stop."""
    await service.start()
    bar.refresh()
    assert not bar.faults.isVisible()
    ana = await service.accounts.administration.create("ana", PASSWORD)
    async with ws_client(service) as client:
        await _see_faults(bar, service, ana, client)


async def _see_faults(bar: ServerBar, service: Service, ana: Account, client: WsClient) -> None:
    service.faults.put(f"user:{ana.id}", Faults(latency_ms=200, jitter_ms=50))
    service.faults.put(f"conn:{client.client_id}", Faults(freeze=True))
    bar.refresh()
    assert bar.faults.isVisible()
    assert bar.faults.kind is NoticeKind.WARN
    assert bar.faults.text.splitlines() == [
        "Connections are broken on purpose.",
        "User ana: 200 ± 50 ms late (0 connections)",
        "One connection: frozen (1 connection)",
    ]
    assert not bar.faults.close_button.isVisible()
    shoot(bar, "fault-bar")
    bar.faults.action_button.click()
    assert not bar.faults.isVisible()
    assert service.faults.active == []
    service.faults.put("all", Faults(drop=0.1))
    bar.refresh()
    assert bar.faults.isVisible()
    await service.stop()
    bar.refresh()
    assert not bar.faults.isVisible()
