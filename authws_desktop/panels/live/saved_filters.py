"""The menu of remembered filters."""

from __future__ import annotations

import json
from collections.abc import Callable

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from authws_desktop.panels.theme import Theme
from authws_desktop.panels.window_state import WindowState

_KEY = "live/traffic/saved_filters"
MAX_SAVED = 30


class SavedFilters(QToolButton):
    """Remembers filters and offers them.

    Signals:
        chosen: A remembered filter was chosen; carries its text.

    Args:
        theme: Icons.
        window_state: Where they are remembered.
        current: Returns the filter in the box.
        parent: Owner.
    """

    chosen = Signal(str)

    def __init__(
        self,
        theme: Theme,
        window_state: WindowState,
        current: Callable[[], str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._state = window_state
        self._current = current
        self.setAccessibleName(self.tr("Saved filters"))
        self.setToolTip(self.tr("Saved filters"))
        theme.decorate(self, "chevron-down", "muted")
        self.clicked.connect(self._on_clicked)

    def saved(self) -> list[str]:
        """Return the remembered filters, the newest first."""
        try:
            found = json.loads(self._state.text(_KEY, "[]"))
        except ValueError:
            return []
        return [str(each) for each in found][:MAX_SAVED] if isinstance(found, list) else []

    def save(self, text: str) -> None:
        """Remember a filter, before the others."""
        self._write([text, *(each for each in self.saved() if each != text)])

    def forget(self, text: str) -> None:
        """Forget a filter."""
        self._write([each for each in self.saved() if each != text])

    def _write(self, texts: list[str]) -> None:
        self._state.set_text(_KEY, json.dumps(texts[:MAX_SAVED]))

    def make_menu(self) -> QMenu:
        """Return the menu; the caller shows it."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        current, saved = self._current().strip(), self.saved()
        for text in saved:
            action = menu.addAction(text.replace("&", "&&"))
            action.triggered.connect(lambda _checked=False, text=text: self.chosen.emit(text))
        if saved:
            menu.addSeparator()
        save = menu.addAction(self.tr("Save this filter"))
        save.setEnabled(bool(current) and current not in saved)
        save.triggered.connect(lambda: self.save(current))
        forget = menu.addAction(self.tr("Forget this filter"))
        forget.setEnabled(current in saved)
        forget.triggered.connect(lambda: self.forget(current))
        return menu

    @Slot()
    def _on_clicked(self) -> None:
        self.make_menu().popup(self.mapToGlobal(self.rect().bottomLeft()))
