"""JSON in colours as it is typed."""

from __future__ import annotations

from PySide6.QtGui import QColor, QTextDocument
from PySide6.QtWidgets import QApplication, QPlainTextEdit
from pytestqt.qtbot import QtBot

from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.live.json_colours import MOST_CHARS, JsonColours


def colours(document: QTextDocument) -> dict[str, QColor]:
    """Return the coloured parts of the first line."""
    block = document.firstBlock()
    encoded = block.text().encode("utf-16-le")
    return {
        encoded[2 * each.start : 2 * (each.start + each.length)].decode(
            "utf-16-le"
        ): each.format.foreground().color()
        for each in block.layout().formats()
    }


def test_each_part_has_its_colour(theme: Theme, app: QApplication, qtbot: QtBot) -> None:
    """Also behind an emoji, which takes two of Qt's units; the other look has its own colours."""
    editor = QPlainTextEdit()
    qtbot.addWidget(editor)
    document = editor.document()
    JsonColours(theme, document)
    document.setPlainText('{"😀": "😀x", "n": -1.5e3, "ok": true}')
    found = colours(document)
    assert found['"😀x"'] == theme.colour("good")
    assert found["-1.5e3"] == theme.colour("warn")
    assert found["true"] == theme.colour("accent")
    assert found['"n"'] == theme.colour("text")
    theme.apply(app, "dark")
    assert colours(document)["true"] == theme.colour("accent")


def test_a_long_line_is_coloured_at_its_beginning(theme: Theme, qtbot: QtBot) -> None:
    """A megabyte on one line costs what is seen of it."""
    editor = QPlainTextEdit()
    qtbot.addWidget(editor)
    document = editor.document()
    JsonColours(theme, document)
    document.setPlainText("1," * 500_000)
    assert len(document.firstBlock().layout().formats()) <= MOST_CHARS
