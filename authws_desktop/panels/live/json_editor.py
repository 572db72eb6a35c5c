"""A small editor for JSON that shows where it is wrong as it is typed."""

from __future__ import annotations

import json

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.live.json_colours import JsonColours
from authws_desktop.server.host_messages import JsonProblem, json_problem


class JsonEditor(QPlainTextEdit):
    """A text that should be JSON.

    Attributes:
        problem: What is wrong with it; `None` if nothing is.

    Signals:
        judged: The text changed and was looked at.
    """

    judged = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.problem: JsonProblem | None = None
        self.setFont(theme.fixed_font())
        self.setTabChangesFocus(True)
        self.setAccessibleName(self.tr("Message as JSON"))
        self._colours = JsonColours(theme, self.document())
        self.textChanged.connect(self.judge)
        theme.changed.connect(self._mark)
        self.judge()

    @Slot()
    def judge(self) -> None:
        """Look at the text and mark the place where it is wrong."""
        self.problem = json_problem(self.toPlainText())
        self._mark()
        self.judged.emit()

    @Slot()
    def _mark(self) -> None:
        if self.problem is None or not self.toPlainText().strip():
            self.setExtraSelections([])
            return
        look = QTextCharFormat()
        look.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        look.setUnderlineColor(self._theme.colour("bad"))
        mark = QTextEdit.ExtraSelection()
        mark.format = look
        # Qt counts in UTF-16 units.
        before = self.toPlainText()[: self.problem.position]
        position = sum(2 if ord(character) > 0xFFFF else 1 for character in before)
        cursor = QTextCursor(self.document())
        cursor.setPosition(min(position, max(0, self.document().characterCount() - 2)))
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
        mark.cursor = cursor
        self.setExtraSelections([mark])

    @Slot()
    def tidy(self) -> None:
        """Indent the text, if it is JSON."""
        if self.problem is None:
            self.setPlainText(json.dumps(json.loads(self.toPlainText()), indent=2, ensure_ascii=False))
