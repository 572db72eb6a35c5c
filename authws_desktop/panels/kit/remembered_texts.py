"""A menu of texts that the person keeps: filters, messages."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QAbstractButton, QMenu

from authws_desktop.panels.kit.escape import visible
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.traffic.redaction import redact_text

_SHOWN_CHARS = 48


@dataclass(frozen=True)
class Memory:
    """What is remembered, and how the menu calls it.

    Attributes:
        key: Where in the remembered state.
        save_label, forget_label: The menu's last two entries.
        most: How many texts are kept; the oldest go.
        most_chars: Longer texts cannot be kept.
    """

    key: str
    save_label: str
    forget_label: str
    most: int
    most_chars: int = 20_000


class RememberedTexts(QObject):
    """Offers texts in the menu of a button, the newest first; none of them holds a token or password.

    Signals:
        chosen: A remembered text was chosen; carries it.

    Args:
        button: Opens the menu; owns this.
        window_state: Where they are kept.
        memory: Which, and how many.
        current: Returns the text that could be kept now.
    """

    chosen = Signal(str)

    def __init__(
        self,
        button: QAbstractButton,
        window_state: WindowState,
        memory: Memory,
        current: Callable[[], str],
    ) -> None:
        super().__init__(button)
        self._button = button
        self._state = window_state
        self._memory = memory
        self._current = current
        button.clicked.connect(self._on_clicked)

    def saved(self) -> list[str]:
        """Return the remembered texts, the newest first; a damaged memory holds none."""
        try:
            found = json.loads(self._state.text(self._memory.key, "[]"))
        except ValueError:
            return []
        texts = [each for each in found if isinstance(each, str)] if isinstance(found, list) else []
        return texts[: self._memory.most]

    def save(self, text: str) -> None:
        """Remember a text, before the others; without a token or password in it."""
        # Before it is compared: the stored texts are redacted, too, and one with a token is found again.
        text = redact_text(text)
        self._write([text, *(each for each in self.saved() if each != text)])

    def forget(self, text: str) -> None:
        """Forget a text."""
        self._write([each for each in self.saved() if each != text])

    def _write(self, texts: list[str]) -> None:
        self._state.set_text(self._memory.key, json.dumps(texts[: self._memory.most]))

    def make_menu(self) -> QMenu:
        """Return the menu; the caller shows it."""
        menu = QMenu(self._button)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        current, saved = self._current().strip(), self.saved()
        for text in saved:
            action = menu.addAction(_short(text))
            action.triggered.connect(lambda _checked=False, text=text: self.chosen.emit(text))
        if saved:
            menu.addSeparator()
        save = menu.addAction(self._memory.save_label)
        is_new = bool(current) and redact_text(current) not in saved
        save.setEnabled(is_new and len(current) <= self._memory.most_chars)
        save.triggered.connect(lambda: self.save(current))
        forget = menu.addAction(self._memory.forget_label)
        forget.setEnabled(redact_text(current) in saved)
        forget.triggered.connect(lambda: self.forget(redact_text(current)))
        return menu

    def _on_clicked(self) -> None:
        self.make_menu().popup(self._button.mapToGlobal(self._button.rect().bottomLeft()))


def _short(text: str) -> str:
    line = visible(" ".join(text.split()))
    shown = line if len(line) <= _SHOWN_CHARS else line[:_SHOWN_CHARS] + "…"
    return shown.replace("&", "&&")
