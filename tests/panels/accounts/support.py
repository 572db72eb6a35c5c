"""Waiting for things, and other small help of these tests."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from PySide6.QtCore import QItemSelectionModel, QObject
from websockets.asyncio.client import ClientConnection

from authws_desktop.accounts.models import Account, Role
from authws_desktop.panels.accounts.accounts_page import AccountsPage
from authws_desktop.panels.accounts.accounts_table import AccountColumn
from authws_desktop.panels.kit.dialog import Dialog
from authws_desktop.server.service import Service
from tests.own_clients import WAIT_S
from tests.panels.support import PASSWORD, refresh_open_dialogs

T = TypeVar("T")
D = TypeVar("D", bound=Dialog)
Connect = Callable[[Account], Awaitable[ClientConnection]]


def refresh(page: AccountsPage) -> None:
    """Bring the page and what is open over it up to date, as the window's timer does."""
    page.commands.done.emit("", "")  # as after an act of the page: `refresh` may rest after a slow look
    page.refresh()
    refresh_open_dialogs()


async def destroyed(thing: QObject) -> None:
    """Wait until Qt has deleted an object that is to be deleted."""
    gone = asyncio.Event()
    thing.destroyed.connect(gone.set)
    async with asyncio.timeout(WAIT_S):
        await gone.wait()


def shown(page: AccountsPage, column: AccountColumn = AccountColumn.NAME) -> list[str]:
    """Return a column as shown, top to bottom."""
    model = page.table.model()
    return [model.index(row, column).data() for row in range(model.rowCount())]


def select(page: AccountsPage, *names: str) -> None:
    """Select rows by name."""
    page.commands.done.emit("", "")  # as after an act of the page: `refresh` may rest after a slow look
    model, selection = page.table.model(), page.table.selectionModel()
    selection.clear()
    for row, name in enumerate(shown(page)):
        if name in names:
            flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
            selection.select(model.index(row, 0), flags)


async def create(service: Service, *names: str) -> list[Account]:
    """Make members."""
    return [await service.accounts.administration.create(name, PASSWORD, Role.MEMBER) for name in names]
