"""A payload as text and as bytes."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QObject, Qt
from PySide6.QtGui import QTextCursor, QTextDocument
from PySide6.QtWidgets import QPlainTextEdit, QTableView

from authws_desktop.panels.kit.escape import visible_lines
from authws_desktop.panels.kit.indexes import ROOT, Index
from authws_desktop.panels.kit.table import show_whole_rows
from authws_desktop.panels.kit.theme import Theme, set_variant
from authws_desktop.panels.kit.words import grouped

LINE_CHARS = 1000
"""Longer lines are broken for showing: Qt lays out a line as a whole, which takes seconds for a megabyte."""
SHOWN_BYTES = 256 * 1024
"""How much of a payload is shown as text; Copy gives all of it."""
BYTES_A_ROW = 16
_HEX_LINE_HEIGHT = 20


class RawView(QPlainTextEdit):
    """A payload as text, read-only, with what cannot be seen written out.

    Args:
        theme: Fonts.
        name: For screen readers.
    """

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setAccessibleName(name)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.setFont(theme.fixed_font())
        set_variant(self, "kind", "pane")
        self.setUndoRedoEnabled(False)

    def load(self, payload: bytes) -> None:
        """Show a payload.

        Args:
            payload: Text or not.
        """
        shown = _in_short_lines(visible_lines(payload[:SHOWN_BYTES].decode("utf-8", "backslashreplace")))
        if len(payload) > SHOWN_BYTES:
            shown += "\n" + self.tr("… {count} more bytes").format(count=grouped(len(payload) - SHOWN_BYTES))
        self.setPlainText(shown)

    def find_words(self, words: str, step: int) -> bool:
        """Go to the next place with these words, or with -1 to the one before; goes round at the end."""
        flags = QTextDocument.FindFlag(0) if step > 0 else QTextDocument.FindFlag.FindBackward
        if self.find(words, flags):
            return True
        before = self.textCursor()
        moves = QTextCursor.MoveOperation
        self.moveCursor(moves.Start if step > 0 else moves.End)
        if self.find(words, flags):
            return True
        self.setTextCursor(before)
        return False


class HttpView(RawView):
    """Head and body of a request or an answer; a body of JSON is set out in lines."""

    def show_message(self, message: str) -> None:
        """Show an HTTP message.

        Args:
            message: Head, an empty line, body.
        """
        head, _, body = message.partition("\n\n")
        with contextlib.suppress(ValueError, RecursionError):
            body = json.dumps(json.loads(body), indent=2, ensure_ascii=False)
        self.setPlainText(_in_short_lines(visible_lines(f"{head}\n\n{body}".strip())))


def _in_short_lines(text: str) -> str:
    return "\n".join(
        line[start : start + LINE_CHARS]
        for line in text.split("\n")
        for start in range(0, max(1, len(line)), LINE_CHARS)
    )


class HexModel(QAbstractTableModel):
    """Sixteen bytes a row, written out when they are painted.

    Args:
        parent: Owner.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._payload = b""

    def set_payload(self, payload: bytes) -> None:
        """Show other bytes."""
        self.beginResetModel()
        self._payload = payload
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return the number of rows."""
        return 0 if parent.isValid() else -(-len(self._payload) // BYTES_A_ROW)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Return 1."""
        return 0 if parent.isValid() else 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a row: offset, bytes, characters."""
        if role == Qt.ItemDataRole.DisplayRole:
            return hex_line(self._payload, index.row() * BYTES_A_ROW)
        return None


def hex_line(payload: bytes, offset: int) -> str:
    """Return sixteen bytes as offset, two groups of eight, and ASCII."""
    part = payload[offset : offset + BYTES_A_ROW]
    left, right = part[:8].hex(" "), part[8:].hex(" ")
    characters = "".join(chr(byte) if 0x20 <= byte < 0x7F else "·" for byte in part)
    return f"{offset:08x}  {left:<23}  {right:<23}  {characters}"


class HexView(QTableView):
    """A payload as bytes."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._model = HexModel(self)
        self.setModel(self._model)
        self.setAccessibleName(self.tr("Payload as bytes"))
        show_whole_rows(self, _HEX_LINE_HEIGHT)
        self.setFont(theme.fixed_font())
        self.horizontalHeader().hide()
        self.horizontalHeader().setStretchLastSection(True)

    def load(self, payload: bytes) -> None:
        """Show a payload."""
        self._model.set_payload(payload)
        self.scrollToTop()
