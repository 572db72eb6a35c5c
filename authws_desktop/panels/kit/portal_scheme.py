"""Light or dark, as the desktop portal says it (Linux).

Qt asks the portal with some of its platform themes only: not under Sway, i3, Xfce and others.
https://flatpak.github.io/xdg-desktop-portal/docs/doc-org.freedesktop.portal.Settings.html
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from PySide6.QtCore import SLOT, QObject, Signal, Slot
from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusPendingCallWatcher, QDBusVariant

SERVICE = "org.freedesktop.portal.Desktop"
PATH = "/org/freedesktop/portal/desktop"
INTERFACE = "org.freedesktop.portal.Settings"
NAMESPACE = "org.freedesktop.appearance"
KEY = "color-scheme"
_ANSWERS = {1: True, 2: False}


def session_bus() -> QDBusConnection | None:
    """Return the person's bus; `None` where there is none, rather than have one started."""
    socket = Path(os.environ.get("XDG_RUNTIME_DIR", "/nowhere")) / "bus"
    if not os.environ.get("DBUS_SESSION_BUS_ADDRESS") and not socket.exists():
        return None
    bus = QDBusConnection.sessionBus()
    return bus if bus.isConnected() else None


class PortalScheme(QObject):
    """Asks the portal once, and listens from then on.

    Args:
        bus: The bus on which the portal is.
        parent: Owns this object.

    Attributes:
        is_dark: `None` until the portal answers, where it is missing, and where the person has no preference.

    Signals:
        changed: `is_dark` is another one.
    """

    changed = Signal()

    def __init__(self, bus: QDBusConnection, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.is_dark: bool | None = None
        slot: Any = SLOT("on_setting_changed(QDBusMessage)")  # not bytes, as the stubs say
        bus.connect(SERVICE, PATH, INTERFACE, "SettingChanged", self, slot)
        # `Read` is in every version of the portal; never waited for: a portal may have to be started first.
        question = QDBusMessage.createMethodCall(SERVICE, PATH, INTERFACE, "Read")
        question.setArguments([NAMESPACE, KEY])
        self._question = QDBusPendingCallWatcher(bus.asyncCall(question), self)
        self._question.finished.connect(self._on_answer)

    @Slot(QDBusMessage)
    def on_setting_changed(self, message: QDBusMessage) -> None:
        """Take over a setting that the portal tells of."""
        namespace, key, value = message.arguments()
        if (namespace, key) == (NAMESPACE, KEY):
            self._use(value)

    @Slot()
    def _on_answer(self) -> None:
        if not self._question.isError():
            self._use(self._question.reply().arguments()[0])

    def _use(self, value: object) -> None:
        while isinstance(value, QDBusVariant):  # one in another, in an answer to `Read`
            value = value.variant()
        is_dark = _ANSWERS.get(value) if isinstance(value, int) else None
        if is_dark != self.is_dark:
            self.is_dark = is_dark
            self.changed.emit()
