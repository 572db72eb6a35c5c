"""A real service on a real database, and the page on it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from PySide6.QtWidgets import QApplication
from websockets.asyncio.client import ClientConnection, connect

from authws_desktop.accounts.models import Account, Role
from authws_desktop.panels.accounts.accounts_page import AccountsPage
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.server.service import Service
from tests.panels.accounts.support import Connect, destroyed
from tests.panels.support import PASSWORD


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
    return await service.accounts.administration.create("ana", PASSWORD, Role.MEMBER)


@pytest.fixture
async def connect_as(service: Service) -> AsyncIterator[Connect]:
    """Return a function that connects a real client as an account, with a token of its own."""
    clients: list[ClientConnection] = []

    async def connect_client(account: Account) -> ClientConnection:
        await service.start()
        issued = await service.accounts.sessions.issue(account.id, 600, "test client")
        client = await connect(service.location.ws_url, proxy=None)
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
