"""The filter box: completes words, and says what is wrong while it is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QEvent, QObject, QRect, QStringListModel, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QCompleter, QLineEdit

from authws_desktop.panels.kit.sentences import said
from authws_desktop.panels.kit.theme import GRID, Theme, set_variant
from authws_desktop.panels.live.filter_words import candidates, word_at
from authws_desktop.traffic.filter import FilterError, TrafficFilter

MIN_CHOICES_PX = 20 * GRID
CHOICES_ROOM_PX = 5 * GRID
"""Room beside the longest word, for padding and a scroll bar."""
TYPING_PAUSE_MS = 180
"""The filter is applied when nothing was typed for this long."""


class FilterBox(QLineEdit):
    """One line of the filter language.

    Attributes:
        error: What is wrong with the text, or nothing.

    Signals:
        filter_changed: Another filter without mistakes was typed; carries a `TrafficFilter`.
        error_changed: A mistake was made, or mended; carries its sentence.
        left: Escape or Return: the keyboard goes back to the table.

    Args:
        theme: Icons.
        names: Returns what to offer after a field.
        icon: Name of the icon in the box.
    """

    filter_changed = Signal(object)
    error_changed = Signal(str)
    left = Signal()

    def __init__(self, theme: Theme, names: Callable[[str], Iterable[str]], icon: str = "filter") -> None:
        super().__init__()
        self.error = ""
        self._names = names
        self._applied = ""
        self._word_start = 0
        self._timer = QTimer(self, singleShot=True, interval=TYPING_PAUSE_MS)
        self._timer.timeout.connect(self._on_paused)
        self._icon = self.addAction(QIcon(), QLineEdit.ActionPosition.LeadingPosition)
        theme.decorate(self._icon, icon, "muted")
        self.setClearButtonEnabled(True)
        self._build_completer()
        self.textChanged.connect(self._on_text_changed)
        self.textEdited.connect(self._on_text_edited)

    def _build_completer(self) -> None:
        self._words = QStringListModel(self)
        self._completer = QCompleter(self._words, self)
        self._completer.setWidget(self)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.activated.connect(self._on_completed)
        popup = self._popup()
        set_variant(popup, "kind", "choices")
        popup.installEventFilter(self)

    def _popup(self) -> QAbstractItemView:
        popup = self._completer.popup()
        assert popup is not None  # noqa: S101 - Qt makes one where there is none
        return popup

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Judge the text once the list of words is gone; overrides Qt's."""
        if event.type() is QEvent.Type.Hide and watched is self._completer.popup():
            self._timer.start()
        return super().eventFilter(watched, event)

    def _offer(self, words: list[str], typed: str) -> None:
        """Show the list of words below the word being written."""
        self._words.setStringList(words)
        if not words:
            self._popup().hide()
            return
        width = max(MIN_CHOICES_PX, self._popup().sizeHintForColumn(0) + CHOICES_ROOM_PX)
        left = self.cursorRect().center().x() - self.fontMetrics().horizontalAdvance(typed) - GRID
        self._completer.complete(QRect(max(0, min(left, self.width() - width)), 0, width, self.height()))

    def set_filter_text(self, text: str) -> None:
        """Put in another filter and apply it at once."""
        self.setText(text)
        if not self.hasFocus():
            self.setCursorPosition(0)  # a text that is longer than the box shows its beginning
        self.apply()

    @Slot()
    def _on_paused(self) -> None:
        # A word that is still being chosen is not wrong yet.
        if not self._popup().isVisible():
            self.apply()

    @Slot()
    def apply(self) -> None:
        """Try the text: announce a filter, or what is wrong with it; then the filter before stays."""
        self._timer.stop()
        text = self.text()
        try:
            compiled = TrafficFilter(text)
        except FilterError as error:
            self._set_error(
                self.tr("{problem} (character {place})").format(
                    problem=said(error.sentence), place=error.position + 1
                )
            )
            return
        self._set_error("")
        if text.strip() != self._applied:
            self._applied = text.strip()
            self.filter_changed.emit(compiled)

    def _set_error(self, sentence: str) -> None:
        if sentence != self.error:
            self.error = sentence
            set_variant(self, "is_wrong", "true" if sentence else "false")
            self.setAccessibleDescription(sentence)
            self.error_changed.emit(sentence)

    @Slot(str)
    def _on_text_changed(self, _text: str) -> None:
        self._timer.start()

    @Slot(str)
    def _on_text_edited(self, text: str) -> None:
        self._word_start, field, typed = word_at(text, self.cursorPosition())
        self._offer(candidates(field, typed, self._names(field))[:200], typed)

    @Slot(str)
    def _on_completed(self, word: str) -> None:
        cursor = self.cursorPosition()
        text = self.text()
        self.setText(text[: self._word_start] + word + text[cursor:])
        self.setCursorPosition(self._word_start + len(word))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave by Return and Escape; overrides Qt's."""
        is_choosing = self._popup().isVisible()
        if is_choosing and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
            event.ignore()  # The list of words takes it.
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.apply()
            self.left.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.set_filter_text("")
            self.left.emit()
        else:
            super().keyPressEvent(event)
