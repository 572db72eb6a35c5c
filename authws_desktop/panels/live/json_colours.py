"""Colours JSON as it is typed."""

from __future__ import annotations

import re

from PySide6.QtCore import Slot
from PySide6.QtGui import QSyntaxHighlighter, QTextCharFormat, QTextDocument

from authws_desktop.panels.kit.theme import Theme

MOST_CHARS = 4000
"""How much of a line is coloured: Qt colours a line as a whole, and more of it is not in view."""
_PART = re.compile(
    r'(?P<key>"(?:[^"\\]|\\.)*"(?=\s*:))|(?P<string>"(?:[^"\\]|\\.)*"?)'
    r"|(?P<number>-?\d[\d.eE+-]*)|(?P<word>true|false|null)"
)
_ROLES = {"key": "text", "string": "good", "number": "warn", "word": "accent"}


class JsonColours(QSyntaxHighlighter):
    """Keys, strings, numbers and words, each in the colour that the pretty view has for it.

    Args:
        theme: The colours.
        document: What is coloured.
    """

    def __init__(self, theme: Theme, document: QTextDocument) -> None:
        super().__init__(document)
        self._theme = theme
        self._looks: dict[str, QTextCharFormat] = {}
        self._dress()
        theme.changed.connect(self._dress)

    @Slot()
    def _dress(self) -> None:
        for part, role in _ROLES.items():
            look = QTextCharFormat()
            look.setForeground(self._theme.colour(role))
            self._looks[part] = look
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        """Colour one line; overrides Qt's."""
        shown = text[:MOST_CHARS]
        # Qt counts in UTF-16 units; only text beyond the first plane makes a difference.
        is_plain = shown.isascii() or max(map(ord, shown), default=0) <= 0xFFFF
        for part in _PART.finditer(shown):
            start, end = part.span()
            if not is_plain:
                start, end = _units(shown[:start]), _units(shown[:end])
            self.setFormat(start, end - start, self._looks[part.lastgroup or "string"])


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
