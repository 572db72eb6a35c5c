"""The Live page on plain values."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from pytestqt.qtbot import QtBot

from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.live.live_page import LivePage
from authws_desktop.server.service import Service
from tests.panels.conftest import deleted
from tests.panels.live.support import PlainService, as_service


@pytest.fixture
def plain() -> PlainService:
    """A hub and a ring without a server."""
    return PlainService()


@pytest.fixture
def page(qtbot: QtBot, plain: PlainService, theme: Theme, window_state: WindowState) -> LivePage:
    """The Live page, shown."""
    made = LivePage(as_service(plain), theme, window_state)
    qtbot.addWidget(made)
    made.traffic.chips.show_only(frozenset())  # each frame a row
    made.resize(1180, 640)
    made.show()
    return made


@pytest.fixture
async def real_page(service: Service, theme: Theme, window_state: WindowState) -> AsyncIterator[LivePage]:
    """The Live page of a real service, shown."""
    made = LivePage(service, theme, window_state)
    made.resize(1180, 640)
    made.show()
    yield made
    await deleted(made)


@pytest.fixture
async def started(service: Service) -> None:
    """Start the service before the page is made."""
    await service.start()


@pytest.fixture
def running_page(started: None, real_page: LivePage) -> LivePage:
    """The Live page of a running server, shown."""
    return real_page
