"""The menu of remembered messages."""

from __future__ import annotations

import json
from collections.abc import Callable

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from authws_desktop.hub.redaction import redact_text
from authws_desktop.panels.live.escape import visible
from authws_desktop.panels.window_state import WindowState

_KEY = "live/send/templates"
MAX_TEMPLATES = 20
MAX_TEMPLATE_CHARS = 20_000
_SHOWN_CHARS = 48


class Templates(QPushButton):
    """Remembers messages and offers them.

    Signals:
        chosen: A remembered message was chosen; carries its text.

    Args:
        window_state: Where they are remembered.
        current: Returns the message being written.
        parent: Owner.
    """

    chosen = Signal(str)

    def __init__(
        self, window_state: WindowState, current: Callable[[], str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._state = window_state
        self._current = current
        self.setText(self.tr("Templates"))
        self.setAutoDefault(False)
        self.clicked.connect(self._on_clicked)

    def saved(self) -> list[str]:
        """Return the remembered messages, the newest first."""
        try:
            found = json.loads(self._state.text(_KEY, "[]"))
        except ValueError:
            return []
        return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []

    def save(self, text: str) -> None:
        """Remember a message, before the others; without a token or password in it."""
        text = redact_text(text)
        self._write([text, *(each for each in self.saved() if each != text)])

    def forget(self, text: str) -> None:
        """Forget a message."""
        self._write([each for each in self.saved() if each != text])

    def _write(self, texts: list[str]) -> None:
        self._state.set_text(_KEY, json.dumps(texts[:MAX_TEMPLATES]))

    def make_menu(self) -> QMenu:
        """Return the menu; the caller shows it."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        current, saved = self._current().strip(), self.saved()
        for text in saved:
            action = menu.addAction(_short(text))
            action.triggered.connect(lambda _checked=False, text=text: self.chosen.emit(text))
        if saved:
            menu.addSeparator()
        save = menu.addAction(self.tr("Remember this message"))
        save.setEnabled(bool(current) and current not in saved and len(current) <= MAX_TEMPLATE_CHARS)
        save.triggered.connect(lambda: self.save(current))
        forget = menu.addAction(self.tr("Forget this message"))
        forget.setEnabled(current in saved)
        forget.triggered.connect(lambda: self.forget(current))
        return menu

    @Slot()
    def _on_clicked(self) -> None:
        self.make_menu().popup(self.mapToGlobal(self.rect().bottomLeft()))


def _short(text: str) -> str:
    line = visible(" ".join(text.split()))
    shown = line if len(line) <= _SHOWN_CHARS else line[:_SHOWN_CHARS] + "…"
    return shown.replace("&", "&&")
