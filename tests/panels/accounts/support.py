"""Waiting for things, and other small help of these tests."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from PySide6.QtCore import QItemSelectionModel, QObject
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QPushButton, QWidget
from websockets.asyncio.client import ClientConnection

from authws_desktop.accounts.records import Account, Role
from authws_desktop.panels.accounts.accounts_model import AccountColumn
from authws_desktop.panels.accounts.accounts_page import AccountsPage
from authws_desktop.server.service import Service
from tests.clients import WAIT_S

PASSWORD = "correct-horse-battery"
T = TypeVar("T")
Connect = Callable[[Account], Awaitable[ClientConnection]]


async def until(condition: Callable[[], T | None], timeout_s: float = WAIT_S) -> T:
    """Wait for a condition to hold and return what it returned."""
    async with asyncio.timeout(timeout_s):
        while not (result := condition()):
            await asyncio.sleep(0.005)
    return result


async def dialog_of(page: AccountsPage, kind: type[T]) -> T:
    """Wait for a dialog of the page to be open and return it."""
    dialog = await until(lambda: page.commands.dialog)
    assert isinstance(dialog, kind)
    return dialog


async def closed(page: AccountsPage) -> None:
    """Wait until no dialog is open."""
    await until(lambda: page.commands.dialog is None)


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
    return [await service.accounts.create(name, PASSWORD, Role.MEMBER) for name in names]


def nameless(widget: QWidget) -> list[QWidget]:
    """Return the visible controls that have neither an accessible name nor words of their own."""
    controls = [
        *widget.findChildren(QAbstractButton),
        *widget.findChildren(QLineEdit),
        *widget.findChildren(QComboBox),
    ]
    own = [
        each for each in controls if each.isVisible() and not isinstance(each.parent(), QLineEdit | QComboBox)
    ]
    return [
        each for each in own if not (each.accessibleName() or (isinstance(each, QPushButton) and each.text()))
    ]
