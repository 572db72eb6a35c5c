"""What stands above the traffic's table: filter, highlight, Follow, Pause, Clear."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QToolButton, QWidget

from authws_desktop.panels.kit.boxes import horizontal_box
from authws_desktop.panels.kit.icon_button import icon_button
from authws_desktop.panels.kit.remembered_texts import Memory, RememberedTexts
from authws_desktop.panels.kit.theme import GRID, Theme
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.live.filter_box import FilterBox

MOST_FILTERS = 30


class TrafficTools(QWidget):
    """One line of boxes and buttons; what they do is the panel's.

    Attributes:
        filter_box, highlight_box: What narrows and what marks.
        saved_button, saved_filters: Filters that were kept.
        users_button: Folds the users away.
        follow_button, pause_button, clear_button: As named.

    Args:
        theme: The look.
        window_state: Keeps the saved filters.
        names: Who is connected, and the nodes, for the boxes' suggestions.
        key: Begins the names of what is kept.
    """

    def __init__(
        self, theme: Theme, window_state: WindowState, names: Callable[[str], list[str]], key: str
    ) -> None:
        super().__init__()
        self._theme = theme
        self._build_boxes(names)
        self._build_saved(window_state, key)
        self._build_buttons()
        self._line = horizontal_box(self, margins=(GRID, 0, GRID, 0), spacing=GRID // 2)
        self._line.addWidget(self.users_button)
        self._line.addWidget(self.filter_box, 1)
        self._line.addWidget(self.saved_button)
        self._line.addWidget(self.highlight_box)
        self._line.addSpacing(GRID // 2)
        for button in (self.follow_button, self.pause_button, self.clear_button):
            self._line.addWidget(button)

    def add(self, button: QWidget) -> None:
        """Put a button behind the others."""
        self._line.addWidget(button)
        self.setTabOrder(self.clear_button, button)

    def show_paused(self, is_paused: bool) -> None:
        """Let the button say what its next click does."""
        self._theme.decorate(self.pause_button, "play" if is_paused else "pause", "muted")
        self.pause_button.setText(self.tr("Resume") if is_paused else self.tr("Pause"))

    def _build_boxes(self, names: Callable[[str], list[str]]) -> None:
        self.filter_box = FilterBox(self._theme, names)
        self.filter_box.setPlaceholderText(self.tr("Filter: words user: type: code: size>1k /regex/ !not"))
        self.filter_box.setAccessibleName(self.tr("Filter"))
        self.filter_box.setToolTip(
            self.tr(
                "Words are searched in the content.\n"
                "user: type: dir: ip: conn: code: to: node: compare a field, with * for any characters\n"
                "is:error   content.path:value   size>1k   took>100ms   time>20:41   or\n"
                '/regular expression/   !not this   "several words"\n'
                "Press / to come here, Return to go back, Escape to show everything."
            )
        )
        self.highlight_box = FilterBox(self._theme, names, "pencil")
        self.highlight_box.setPlaceholderText(self.tr("Highlight"))
        self.highlight_box.setAccessibleName(self.tr("Highlight"))
        self.highlight_box.setToolTip(
            self.tr("Marks rows without hiding the others; same language as the filter.")
        )
        self.highlight_box.setFixedWidth(132)

    def _build_saved(self, window_state: WindowState, key: str) -> None:
        self.saved_button = icon_button(self._theme, "chevron-down", self.tr("Saved filters"))
        memory = Memory(
            f"{key}/saved_filters",
            self.tr("Save this filter"),
            self.tr("Forget this filter"),
            MOST_FILTERS,
        )
        self.saved_filters = RememberedTexts(self.saved_button, window_state, memory, self.filter_box.text)

    def _build_buttons(self) -> None:
        tip = self.tr("Show or hide the connected users (Ctrl+B)")
        self.users_button = icon_button(self._theme, "users", self.tr("Connected users"), tip)
        self.users_button.setCheckable(True)
        self.users_button.setChecked(True)
        theme, tr = self._theme, self.tr
        tip = tr("Keep the newest row in view (F)")
        self.follow_button = icon_button(theme, "arrow-down", tr("Follow"), tip, has_text=True)
        self.follow_button.setCheckable(True)
        self.follow_button.setChecked(True)
        tip = tr("Freeze the view; nothing is lost (Space)")
        self.pause_button = icon_button(theme, "pause", tr("Pause"), tip, has_text=True)
        self.pause_button.setCheckable(True)
        self._hold_width(self.pause_button, tr("Resume"))
        tip = tr("Empty the view; can be undone for 10 s (Ctrl+L)")
        self.clear_button = icon_button(theme, "trash-2", tr("Clear"), tip, has_text=True)
        self.clear_button.setShortcut(QKeySequence("Ctrl+L"))

    @staticmethod
    def _hold_width(button: QToolButton, other_text: str) -> None:
        """Give a button the width that its other word needs, so that its neighbours stay where they are."""
        text = button.text()
        button.setText(other_text)
        widest = button.sizeHint().width()
        button.setText(text)
        button.setMinimumWidth(max(widest, button.sizeHint().width()))
