"""Asks for a comment on a row."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QWidget

from authws_desktop.panels.kit.form_dialog import FormDialog
from authws_desktop.panels.kit.form_field import FormField
from authws_desktop.panels.kit.theme import Theme

MOST_CHARS = 200


class NoteDialog(FormDialog):
    """One line.

    Attributes:
        field: What is typed.
    """

    def __init__(self, theme: Theme, text: str, parent: QWidget) -> None:
        super().__init__(theme, parent.tr("Comment this row"), parent.tr("Comment"), None, parent)
        line = QLineEdit(text, self)
        line.setMaxLength(MOST_CHARS)
        hint = self.tr("It stands before the content, as long as the program runs.")
        self.field = self.add_field("comment", FormField(theme, self.tr("Comment"), line, hint))
        line.setFocus()
