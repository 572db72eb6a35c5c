"""Texts with a count: their widget grows with the text and never shrinks."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QWidget
from pytestqt.qtbot import QtBot

from authws_desktop.panels.kit.counting_text import set_counting_text


def test_what_stands_behind_keeps_its_place(qtbot: QtBot) -> None:
    """A count may change in any digit, and become shorter; only one with more letters needs more room."""
    box, label, behind = QWidget(), QLabel(), QLabel("behind")
    qtbot.addWidget(box)
    row = QHBoxLayout(box)
    for widget in (label, behind):
        row.addWidget(widget)
    row.addStretch()
    box.show()
    places = []
    for text in ("Errors 11", "Errors 88", "Errors 7", "Errors 23", "Errors 9,999"):
        set_counting_text(label, text)
        QApplication.processEvents()
        assert label.text() == text
        assert label.sizeHint().width() <= label.width()
        places.append(behind.x())
    assert places[0] == places[1] == places[2] == places[3] < places[4]
