"""Texts with a count that changes many times a second: what shows them keeps its place."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractButton, QLabel


def set_counting_text(widget: QLabel | QAbstractButton, text: str) -> None:
    """Set a text; its widget is as wide as the text with any digits needs, and never narrower than it was.

    Else every count has Qt lay out the whole page anew, and what stands behind it moves under the pointer.
    """
    if text == widget.text():
        return
    if len(text) > len(widget.text()):
        widget.ensurePolished()
        widget.setText("".join("0" if letter.isdigit() else letter for letter in text))
        widget.setFixedSize(widget.sizeHint().expandedTo(widget.minimumSize()))
    widget.setText(text)
