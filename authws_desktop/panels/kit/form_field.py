"""One field of a form: label, editor, and one place below it for help or for what is wrong."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QSizePolicy, QWidget

from authws_desktop.accounts.errors import InvalidField
from authws_desktop.panels.kit.boxes import NO_MARGINS, horizontal_box, vertical_box
from authws_desktop.panels.kit.sentences import said
from authws_desktop.panels.kit.theme import GRID, Theme, set_variant

_MESSAGE_LINES = 2
_ICON_PX = 14


def rule(check: Callable[[str], object]) -> Callable[[str], str]:
    """Turn a check that raises `InvalidField` into one that returns what is wrong, empty if nothing."""

    def explain(text: str) -> str:
        try:
            check(text)
        except InvalidField as error:
            return error.message
        return ""

    return explain


class FormField(QWidget):
    """A labelled editor that says at once what is wrong with its content.

    What a person has not touched yet is never called wrong; it only keeps the form from being sent.
    The place for the message has a fixed height, so nothing jumps.

    Attributes:
        line: The text input that is judged (of a compound editor: the one inside).

    Signals:
        edited: The content changed.

    Args:
        theme: Colours and icons.
        label: The field's name.
        editor: What is shown for editing.
        line: The text input in it.
        check: Returns what is wrong with a text, empty if nothing.
        hint: Help, shown while nothing is wrong.
    """

    edited = Signal()

    def __init__(
        self,
        theme: Theme,
        label: str,
        editor: QWidget,
        line: QLineEdit,
        check: Callable[[str], str],
        hint: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.line = line
        self._theme = theme
        self._check = check
        self._hint = hint
        self._is_touched = False
        self._refusal = ""
        self._build(label, editor)
        line.textChanged.connect(self._on_text_changed)
        theme.changed.connect(self._show_message)
        self._show_message()

    def _build(self, label: str, editor: QWidget) -> None:
        caption = QLabel(label, self)
        caption.setBuddy(self.line)
        self.line.setAccessibleName(label)
        self._mark = QLabel(self)
        self._mark.setFixedSize(_ICON_PX + 6, _ICON_PX + 2)
        self._mark.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom)
        self._message = message_label(self)
        below = horizontal_box(spacing=0)
        below.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        below.addWidget(self._message, 1)
        layout = vertical_box(self, margins=NO_MARGINS, spacing=GRID // 2)
        layout.addWidget(caption)
        layout.addWidget(editor)
        layout.addLayout(below)

    def error(self) -> str:
        """Return what is wrong with the content now, empty if nothing; shown or not."""
        return self._check(self.line.text()) or self._refusal

    def message(self) -> str:
        """Return what is written under the field."""
        return self._message.text()

    def refuse(self, text: str) -> None:
        """Show what the server said about this content; it stands until the content changes."""
        self._refusal = text
        self._is_touched = True
        self._show_message()
        self.edited.emit()
        self.line.setFocus()

    def set_hint(self, text: str) -> None:
        """Say something else while nothing is wrong."""
        self._hint = text
        self._show_message()

    def review(self) -> None:
        """Judge the content anew, as something it depends on changed."""
        self._show_message()

    def _on_text_changed(self) -> None:
        self._is_touched = True
        self._refusal = ""
        self._show_message()
        self.edited.emit()

    def _show_message(self) -> None:
        error = said(self.error()) if self._is_touched else ""
        self._message.setText(error or self._hint)
        set_variant(self._message, "role", "bad" if error else "small")
        set_variant(self.line, "is_wrong", "true" if error else "false")
        self._mark.setVisible(bool(error))
        if error:
            ratio = self.devicePixelRatioF()
            self._mark.setPixmap(self._theme.pixmap("circle-x", "bad", _ICON_PX, ratio))
        self.line.setAccessibleDescription(error or self._hint)


def message_label(parent: QWidget, lines: int = _MESSAGE_LINES) -> QLabel:
    """Return a label of fixed height for words that come and go."""
    label = QLabel(parent)
    label.setWordWrap(True)
    label.setMinimumHeight(label.fontMetrics().lineSpacing() * lines)
    label.setAlignment(label.alignment().AlignTop | label.alignment().AlignLeft)
    label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
    return label


def labelled_choice(label: str, choice: QComboBox, hint: str, parent: QWidget) -> QWidget:
    """Return a choice under its label, with a line of help below."""
    holder = QWidget(parent)
    caption = QLabel(label, holder)
    caption.setBuddy(choice)
    choice.setAccessibleName(label)
    choice.setAccessibleDescription(hint)
    small = QLabel(hint, holder)
    small.setWordWrap(True)
    set_variant(small, "role", "small")
    layout = vertical_box(holder, margins=NO_MARGINS, spacing=GRID // 2)
    for widget in (caption, choice, small):
        layout.addWidget(widget)
    return holder
