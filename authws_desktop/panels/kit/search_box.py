"""The search box of a page."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon, QKeySequence, QShortcut
from PySide6.QtWidgets import QLineEdit, QWidget

from authws_desktop.panels.kit.theme import Theme


class SearchBox(QLineEdit):
    """A line that `/` and Ctrl+F go to from anywhere on its page, and Escape empties.

    Args:
        theme: Its icon.
        hint: Shown while it is empty.
        name: For screen readers.
        page: Where the keys hold.
    """

    def __init__(self, theme: Theme, hint: str, name: str, page: QWidget) -> None:
        super().__init__(page, placeholderText=hint, clearButtonEnabled=True)
        self.setAccessibleName(name)
        self._icon = self.addAction(QIcon(), QLineEdit.ActionPosition.LeadingPosition)
        theme.decorate(self._icon, "search", "muted")
        for keys in (QKeySequence("/"), QKeySequence(QKeySequence.StandardKey.Find)):
            QShortcut(keys, page).activated.connect(self._on_find)
        clear = QShortcut(QKeySequence(Qt.Key.Key_Escape), self, self.clear)
        clear.setContext(Qt.ShortcutContext.WidgetShortcut)

    def _on_find(self) -> None:
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()
