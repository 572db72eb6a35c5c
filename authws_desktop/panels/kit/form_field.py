"""One field of a form: label, editor, and one place below it for help or for what is wrong."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QSizePolicy, QWidget

from authws_desktop.accounts.errors import InvalidField
from authws_desktop.panels.kit.boxes import NO_MARGINS, horizontal_box, vertical_box
from authws_desktop.panels.kit.dialog import text_label
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
        line: The text input that is judged.

    Signals:
        edited: The content changed.

    Args:
        theme: Colours and icons.
        label: The field's name.
        line: The text input.
        hint: Help, shown while nothing is wrong.
        check: Returns what is wrong with a text, empty if nothing; any text is good without it.
        editor: What is shown for editing, where the line is only a part of that.
    """

    edited = Signal()

    def __init__(
        self,
        theme: Theme,
        label: str,
        line: QLineEdit,
        hint: str = "",
        check: Callable[[str], str] = lambda _text: "",
        editor: QWidget | None = None,
    ) -> None:
        super().__init__()
        self.line = line
        self._theme = theme
        self._check = check
        self._hint = hint
        self._is_touched = False
        self._refusal = ""
        self._build(label, editor or line)
        line.textChanged.connect(self._on_text_changed)
        theme.changed.connect(self.review)
        self.review()

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
        self.review()
        self.edited.emit()
        self.line.setFocus()

    def set_hint(self, text: str) -> None:
        """Say something else while nothing is wrong."""
        self._hint = text
        self.review()

    def _on_text_changed(self) -> None:
        self._is_touched = True
        self._refusal = ""
        self.review()
        self.edited.emit()

    def review(self) -> None:
        """Judge the content, and show what is wrong with it; called again when what it depends on changes."""
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
    label = text_label("", "", parent)
    label.setMinimumHeight(label.fontMetrics().lineSpacing() * lines)
    label.setAlignment(label.alignment().AlignTop | label.alignment().AlignLeft)
    label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
    return label


def labelled(label: str, editor: QWidget, hint: str, parent: QWidget) -> QWidget:
    """Return an editor under its label, with a line of help below if there is any."""
    holder = QWidget(parent)
    caption = QLabel(label, holder)
    caption.setBuddy(editor)
    editor.setAccessibleName(label)
    editor.setAccessibleDescription(hint)
    layout = vertical_box(holder, margins=NO_MARGINS, spacing=GRID // 2)
    layout.addWidget(caption)
    layout.addWidget(editor)
    if hint:
        layout.addWidget(text_label(hint, "small", holder))
    return holder
