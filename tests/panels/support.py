"""Waiting for dialogs, and other small help of the tests of every page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QLineEdit,
    QPushButton,
    QWidget,
)

from authws_desktop.panels.kit.dialog import Dialog
from authws_desktop.panels.kit.refresh import open_dialogs
from tests.own_clients import WAIT_S

PASSWORD = "correct-horse-battery"
T = TypeVar("T")
D = TypeVar("D", bound=Dialog)


async def until(condition: Callable[[], T | None], timeout_s: float = WAIT_S) -> T:
    """Wait for a condition to hold and return what it returned."""
    async with asyncio.timeout(timeout_s):
        while not (result := condition()):
            await asyncio.sleep(0.005)
    return result


async def dialog_of(kind: type[D]) -> D:
    """Wait for a dialog of a kind to be open, or to be a part of a page in sight, and return it."""
    return await until(
        lambda: next((each for each in _all(kind) if each.isVisible()), None),
    )


async def closed(kind: type[Dialog] = Dialog) -> None:
    """Wait until no dialog of a kind is left, and whoever waited for it has gone on."""
    await until(lambda: not _all(kind))


def _all(kind: type[D]) -> list[D]:
    return [each for each in QApplication.allWidgets() if isinstance(each, kind)]


def nameless(widget: QWidget) -> list[QWidget]:
    """Return the visible controls that have neither an accessible name nor words of their own."""
    controls = [
        *widget.findChildren(QAbstractButton),
        *widget.findChildren(QLineEdit),
        *widget.findChildren(QComboBox),
        *widget.findChildren(QAbstractSpinBox),
    ]
    own = [
        each
        for each in controls
        if each.isVisible() and not isinstance(each.parent(), QLineEdit | QComboBox | QAbstractSpinBox)
    ]
    return [
        each
        for each in own
        if not (each.accessibleName() or (isinstance(each, QPushButton | QCheckBox) and each.text()))
    ]


def refresh_open_dialogs() -> None:
    """Bring every dialog that can be seen up to date."""
    for dialog in open_dialogs():
        dialog.refresh()
