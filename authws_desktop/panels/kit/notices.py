"""A note in the page itself: what happened and what to do, where a message box would be too much."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QWidget

from authws_desktop.panels.kit.boxes import horizontal_box
from authws_desktop.panels.kit.icon_button import icon_button
from authws_desktop.panels.kit.sentences import said
from authws_desktop.panels.kit.theme import GRID, Theme, set_variant

GOOD_NOTICE_MS = 6000
"""How long good news stays; everything else stays until it is closed or replaced."""

_ICONS = {"info": "info", "good": "circle-check", "warn": "triangle-alert", "bad": "circle-x"}


class NoticeKind(StrEnum):
    """How a note is meant; each has a colour and an icon."""

    INFO = "info"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


class NoticeBar(QFrame):
    """One line of note, hidden while there is none.

    Attributes:
        action_button: The one thing to do about it; hidden where there is none.
        close_button: Takes it away.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._kind = NoticeKind.INFO
        self._action: Callable[[], object] | None = None
        self._timer = QTimer(self, singleShot=True, interval=GOOD_NOTICE_MS)
        self._build()
        self._connect()
        self.hide()

    def _build(self) -> None:
        set_variant(self, "kind", "notice")
        self._icon = QLabel()
        self._text = QLabel(wordWrap=True, textInteractionFlags=Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self.action_button = QPushButton()
        self.action_button.setAutoDefault(False)  # in a dialog, Return is not for it
        self.close_button = icon_button(self._theme, "x", self.tr("Close this note"), self.tr("Close"))
        layout = horizontal_box(self, margins=(GRID + 4, 4, 4, 4), spacing=GRID)
        layout.addWidget(self._icon)
        layout.addWidget(self._text, 1)
        layout.addWidget(self.action_button)
        layout.addWidget(self.close_button)

    def _connect(self) -> None:
        self.close_button.clicked.connect(self.clear)
        self.action_button.clicked.connect(self._on_action)
        self._timer.timeout.connect(self.clear)
        self._theme.changed.connect(self._show_icon)

    @property
    def text(self) -> str:
        """The note shown, or empty."""
        return "" if self.isHidden() else self._text.text()

    @property
    def kind(self) -> NoticeKind | None:
        """How the note shown is meant; `None` while there is none."""
        return None if self.isHidden() else self._kind

    @property
    def is_passing(self) -> bool:
        """Whether the note goes away by itself."""
        return self._timer.isActive()

    def show_notice(
        self,
        text: str,
        kind: NoticeKind = NoticeKind.INFO,
        action_label: str = "",
        action: Callable[[], object] | None = None,
        *,
        is_lasting: bool = False,
    ) -> None:
        """Show a note in place of the one before.

        Args:
            text: One or two sentences, plain; English ones of modules without Qt are translated.
            kind: Its colour and icon; good news goes away by itself.
            action_label: What the button says; empty for none.
            action: What the button does. The note stays: the action clears it when it is done.
            is_lasting: Whether good news stays, too.
        """
        self._kind = kind
        self._action = action
        text = said(text)
        self._text.setText(text)
        self.setAccessibleName(text)
        self.action_button.setText(action_label)
        self.action_button.setVisible(bool(action_label))
        set_variant(self, "tone", str(self._kind))
        self._show_icon()
        self._timer.stop()
        if self._kind is NoticeKind.GOOD and not is_lasting:
            self._timer.start()
        self.show()

    @Slot()
    def clear(self) -> None:
        """Take the note away."""
        self._timer.stop()
        self._action = None
        self.hide()

    @Slot()
    def _show_icon(self) -> None:
        role = "accent" if self._kind is NoticeKind.INFO else str(self._kind)
        self._icon.setPixmap(self._theme.pixmap(_ICONS[self._kind], role, 16, self.devicePixelRatioF()))

    @Slot()
    def _on_action(self) -> None:
        if self._action is not None:
            self._action()
