"""What the program does unasked: keeps the computer awake, and tells what happens out of sight or is new."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from authws_desktop.desktop.keep_awake import KeepAwake
from authws_desktop.desktop.updates import UpdateError, homepage, newer_release
from authws_desktop.panels.kit.words import counted
from authws_desktop.server.service import Service
from authws_desktop.tasks import start_task

AT_MOST_EVERY_S = 30.0
"""Shortest time between two messages of one kind: a flood of refused logins is one message."""
LOOK_EVERY_S = 24 * 3600.0
log = logging.getLogger(__name__)


class Notifications(QObject):
    """Looks when the window's timer says so; nothing is drawn, so a hidden window costs next to nothing.

    Attributes:
        keep_awake: The system's way; replaced in tests.
        page: Where newer versions are, by the package's metadata; empty while the project has none.

    Args:
        service: What is watched.
        notify: Shows a message of the system's kind: title and text.
        window: Nothing is told while it has the keyboard: the person sees it there.
        monotonic: The clock.
    """

    def __init__(
        self,
        service: Service,
        notify: Callable[[str, str], None],
        window: QWidget,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(window)
        self._service = service
        self._notify = notify
        self._window = window
        self._monotonic = monotonic
        self._told_s: dict[str, float] = {}
        self._seen = self._counts()
        self.keep_awake = KeepAwake()
        self.page = homepage()
        self._next_look_s = monotonic()
        self._look: asyncio.Task[None] | None = None

    def _counts(self) -> dict[str, int]:
        """Return the totals whose growth is told, by the setting that switches the message on."""
        return {
            "notify_newcomer": len(self._service.accounts.registration.pending()),
            "notify_first_client": min(1, len(self._service.hub.clients)),
            "notify_refused_login": self._service.hub.counters.refused_logins,
        }

    def refresh(self) -> None:
        """Take in what changed since the last look."""
        self._keep_awake()
        self._look_for_update()
        now = self._counts()
        for name, count in now.items():
            if count < self._seen[name]:
                self._seen[name] = count
            elif count > self._seen[name] and self._may_tell(name):
                self._tell(name, count - self._seen[name])
                self._seen[name] = count

    def end(self) -> None:
        """Let the computer sleep; nothing is looked at any more."""
        self.keep_awake.end()
        if self._look is not None:
            self._look.cancel()

    def _keep_awake(self) -> None:
        is_wanted = self._service.settings.values.keep_awake == "on"
        if is_wanted and self._service.hub.clients:
            self.keep_awake.hold()
        else:
            self.keep_awake.release()

    def _look_for_update(self) -> None:
        is_wanted = self.page and self._service.settings.values.notify_update == "on"
        if is_wanted and self._monotonic() >= self._next_look_s:
            self._next_look_s = self._monotonic() + LOOK_EVERY_S
            self._look = start_task(self._tell_of_update(), "updates")

    async def _tell_of_update(self) -> None:
        try:
            release = await newer_release(self.page)
        except UpdateError as error:
            log.info("Whether there is a newer version is not known: %s", error)
            return
        if release is not None:
            text = self.tr("Version {version} is there. About Authws Desktop, in the menu Help, leads to it.")
            self._notify(self.tr("A newer version"), text.format(version=release.version))

    def _may_tell(self, name: str) -> bool:
        """Return whether the last message is long enough ago; what comes earlier is told later, together."""
        return self._monotonic() - self._told_s.get(name, -AT_MOST_EVERY_S) >= AT_MOST_EVERY_S

    def _tell(self, name: str, count: int) -> None:
        if getattr(self._service.settings.values, name) == "off" or self._window.isActiveWindow():
            return
        self._told_s[name] = self._monotonic()
        self._notify(*self._words(name, count))

    def _words(self, name: str, count: int) -> tuple[str, str]:
        if name == "notify_newcomer":
            one, many = "%n person waits for your approval.", "%n people wait for your approval."
            return self.tr("Somebody new"), counted(count, one, many)
        if name == "notify_refused_login":
            logins = counted(count, "%n login was refused.", "%n logins were refused.")
            return self.tr("Login refused"), f"{logins} {self.tr('The Live page tells more.')}"
        return self.tr("First client"), self.tr("Somebody connected to your server.")
