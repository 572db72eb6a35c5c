"""A real service and the real window on it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QObject
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QWidget

from authws_desktop.logs import LogRing
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.window.main_window import MainWindow
from authws_desktop.paths import DataPaths
from authws_desktop.server.service import Service
from tests.own_clients import eventually, loaded


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let remarks of the offscreen platform, which knows no window manager and no tray, not fail tests."""
    for item in items:
        item.add_marker(
            pytest.mark.qt_log_ignore("propagateSizeHints", "systemTrayWindowChanged", extend=True)
        )


async def deleted(made: QObject) -> None:
    """Delete a Qt object and wait until it is gone."""
    made.deleteLater()
    await eventually(lambda: not shiboken6.isValid(made))


async def activated(window: QWidget) -> None:
    """Give a window the keyboard; on a real screen that takes a moment."""
    window.activateWindow()
    await eventually(window.isActiveWindow)


@pytest.fixture
def app(qapp: QApplication) -> QApplication:
    """The application, which outlives its windows."""
    qapp.setQuitOnLastWindowClosed(False)
    return qapp


@pytest.fixture(scope="session")
def icons() -> dict[tuple[str, str, float], QIcon]:
    """The icons that were drawn for any test, by name and colours: they are the same in each."""
    return {}


@pytest.fixture
def theme(app: QApplication, icons: dict[tuple[str, str, float], QIcon]) -> Theme:
    """The light look, on the whole application."""
    made = Theme()
    made._icons = icons
    made.apply(app, "light")
    return made


@pytest.fixture
def window_state(tmp_path: Path) -> WindowState:
    """What the window remembers, in a file of the test's own."""
    return WindowState(tmp_path / "window.ini")


@pytest.fixture
def log_ring() -> Iterator[LogRing]:
    """The program's log, fed by the real loggers."""
    ring, root = LogRing(), logging.getLogger("authws_desktop")
    before = root.level
    root.setLevel(logging.DEBUG)
    root.addHandler(ring)
    yield ring
    root.removeHandler(ring)
    root.setLevel(before)


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    """A service on a free loopback port, its accounts open, its server stopped."""
    made = Service(loaded(tmp_path), DataPaths.under(tmp_path), password_cost=4)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def window(
    service: Service, theme: Theme, window_state: WindowState, log_ring: LogRing
) -> AsyncIterator[MainWindow]:
    """The window, shown."""
    made = MainWindow(service, theme, window_state, log_ring)
    made.show()
    await asyncio.sleep(0)
    yield made
    made.close_for_good()
    await deleted(made)
