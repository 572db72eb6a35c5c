"""One timer for all that follows reality: what is seen, what is not, and each at its own pace."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from authws_desktop.panels.kit.dialog import Dialog
from authws_desktop.panels.kit.refresh import RefreshTimer
from authws_desktop.panels.kit.theme import Theme


class Counted:
    """Counts how often it was refreshed."""

    def __init__(self) -> None:
        self.count = 0

    def refresh(self) -> None:
        self.count += 1


class Slow(Dialog):
    """Is refreshed twice a second."""

    refresh_every_s = 0.5
    count = 0

    def refresh(self) -> None:
        self.count += 1


@pytest.fixture
def window(theme: Theme, qtbot: QtBot) -> Iterator[QWidget]:
    """A window that is seen."""
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    yield made
    made.hide()


def turns(timer: RefreshTimer, clock: list[float], seconds: float) -> None:
    """Let time pass in turns of 100 ms."""
    for _ in range(round(seconds * 10)):
        timer.turn()
        clock[0] += 0.1


def test_each_has_its_pace(window: QWidget) -> None:
    """Every turn, or as often as it wants."""
    clock = [0.0]
    timer = RefreshTimer(window, lambda: clock[0])
    page, rare = Counted(), Counted()
    timer.watch(page)
    timer.watch(rare, 1.0)
    turns(timer, clock, 3.05)
    assert (page.count, rare.count) == (30, 3)


def test_out_of_sight_only_what_works_there(window: QWidget) -> None:
    """A hidden window draws nothing; what it does unasked goes on."""
    timer = RefreshTimer(window)
    page, unseen = Counted(), Counted()
    timer.watch(page)
    timer.watch(unseen, is_for_unseen=True)
    window.hide()
    timer.turn()
    assert (page.count, unseen.count) == (0, 1)


def test_open_dialogs_are_refreshed_without_being_told_of(window: QWidget, theme: Theme) -> None:
    """From when they are shown until they are closed, at their own pace."""
    clock = [0.0]
    timer = RefreshTimer(window, lambda: clock[0])
    dialog = Slow(theme, "Slow", window)
    turns(timer, clock, 1)
    assert dialog.count == 0
    dialog.show()
    turns(timer, clock, 1)
    assert dialog.count == 2
    dialog.hide()
    turns(timer, clock, 1)
    assert dialog.count == 2


def test_it_goes_by_itself_until_stopped(window: QWidget, qtbot: QtBot) -> None:
    """Started, it turns; stopped, it does not."""
    timer, page = RefreshTimer(window), Counted()
    timer.watch(page)
    timer.start()
    qtbot.waitUntil(lambda: page.count >= 3)
    timer.stop()
    assert not timer._timer.isActive()
