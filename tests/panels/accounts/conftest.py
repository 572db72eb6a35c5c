"""A real service on a real database, and the page on it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from websockets.asyncio.client import ClientConnection, connect

from authws_desktop.accounts.records import Account, Role
from authws_desktop.panels.accounts.accounts_page import AccountsPage
from authws_desktop.panels.theme import Theme
from authws_desktop.panels.window_state import WindowState
from authws_desktop.paths import DataPaths
from authws_desktop.server.service import Service
from authws_desktop.settings import load_settings
from tests.panels.accounts.support import PASSWORD, Connect, destroyed


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    """The light look, on the whole application."""
    qapp.setQuitOnLastWindowClosed(False)
    made = Theme()
    made.apply(qapp, "light")
    return made


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    """A service with an open database; its server is not started."""
    settings = load_settings(
        tmp_path / "settings.toml",
        command_line={"host": "localhost", "port": 0},
        environment={},
        dotenv_file=tmp_path / "none",
    )
    made = Service(settings, DataPaths.under(tmp_path), password_cost=4)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
def window_state(tmp_path: Path) -> WindowState:
    """What the window remembers, in a file of the test's own."""
    return WindowState(tmp_path / "window.ini")


@pytest.fixture
async def page(service: Service, theme: Theme, window_state: WindowState) -> AsyncIterator[AccountsPage]:
    """The page, shown at the size of the smallest window."""
    made = AccountsPage(service, theme, window_state)
    made.resize(950, 560)
    made.show()
    yield made
    made.hide()
    made.deleteLater()
    await destroyed(made)


@pytest.fixture
async def ana(service: Service) -> Account:
    """An account."""
    return await service.accounts.create("ana", PASSWORD, Role.MEMBER)


@pytest.fixture
async def connect_as(service: Service) -> AsyncIterator[Connect]:
    """Return a function that connects a real client as an account, with a token of its own."""
    clients: list[ClientConnection] = []

    async def connect_client(account: Account) -> ClientConnection:
        await service.start()
        issued = await service.accounts.issue_token(account.id, 600, "test client")
        client = await connect(service.ws_url, proxy=None)
        clients.append(client)
        await client.send(json.dumps({"type": "authenticate", "token": issued.token}))
        while json.loads(await client.recv())["type"] != "authentication":
            pass
        return client

    yield connect_client
    for client in clients:
        await client.close()


@pytest.fixture
def clipboard(qapp: QApplication) -> Iterator[Callable[[], str]]:
    """Return a function that reads the clipboard."""
    qapp.clipboard().clear()
    yield lambda: qapp.clipboard().text()
    qapp.clipboard().clear()
