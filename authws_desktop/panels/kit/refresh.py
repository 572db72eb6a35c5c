"""The window's one refresh timer, and the list of what it refreshes, how often, and whether out of sight.

The server never calls the window; the window looks. What is in sight is looked at ten times a second at most,
what works out of sight once a second, and what is neither not at all.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from authws_desktop.panels.kit.dialog import Dialog

SEEN_INTERVAL_MS = 100
UNSEEN_INTERVAL_MS = 1000


class Refreshed(Protocol):
    """Something that shows changing state, and is refreshed by the window's timer."""

    def refresh(self) -> None:
        """Show what is true now; cheap where nothing changed."""


def open_dialogs() -> list[Dialog]:
    """Return the dialogs that can be seen."""
    return [each for each in QApplication.topLevelWidgets() if isinstance(each, Dialog) and each.isVisible()]


@dataclass(slots=True)
class _Watch:
    refreshed: Refreshed
    every_s: float
    is_for_unseen: bool
    due_s: float = 0.0


class RefreshTimer(QObject):
    """Refreshes what it was given, and every open `Dialog`, each at its own pace.

    Args:
        window: The main window: every 100 ms while it is visible, every second while hidden or minimized.
        monotonic: Returns the time in seconds from a clock that is never set back.
    """

    def __init__(self, window: QWidget, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__(window)
        self._window = window
        self._monotonic = monotonic
        self._watches: list[_Watch] = []
        # Weak: a dialog is gone when it was closed, whoever has seen it.
        self._dialogs_due_s: weakref.WeakKeyDictionary[Dialog, float] = weakref.WeakKeyDictionary()
        self._timer = QTimer(self, interval=UNSEEN_INTERVAL_MS)
        self._timer.timeout.connect(self.turn)

    def watch(self, refreshed: Refreshed, every_s: float = 0.0, *, is_for_unseen: bool = False) -> None:
        """Refresh something from now on.

        Args:
            refreshed: The object whose `refresh` is called; it is never released, so it must live as long as
            the window.
            every_s: How often at most; 0 for each turn.
            is_for_unseen: Whether also while the window cannot be seen.
        """
        self._watches.append(_Watch(refreshed, every_s, is_for_unseen))

    @property
    def is_window_seen(self) -> bool:
        """Whether there is somebody to draw for."""
        return self._window.isVisible() and not self._window.isMinimized()

    def start(self) -> None:
        """Go on at the pace that the window's visibility asks for."""
        is_seen = self.is_window_seen
        self._timer.start(SEEN_INTERVAL_MS if is_seen else UNSEEN_INTERVAL_MS)
        if is_seen:
            self.turn()

    def stop(self) -> None:
        """Refresh nothing more."""
        self._timer.stop()

    def turn(self) -> None:
        """Refresh what is due."""
        now_s, is_seen = self._monotonic(), self.is_window_seen
        for watch in self._watches:
            if (is_seen or watch.is_for_unseen) and now_s >= watch.due_s:
                # From now, not from when it was due: a stall is not followed by a burst of refreshes.
                watch.due_s = now_s + watch.every_s
                watch.refreshed.refresh()
        for dialog in open_dialogs():
            if now_s >= self._dialogs_due_s.get(dialog, 0.0):
                self._dialogs_due_s[dialog] = now_s + dialog.refresh_every_s
                dialog.refresh()
