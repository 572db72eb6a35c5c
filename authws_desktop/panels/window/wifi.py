"""The code that lets a phone join the Wi-Fi by scanning, and the dialog that asks for what it needs."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QWidget

from authws_desktop.panels.kit.dialog import text_label
from authws_desktop.panels.kit.form_dialog import FormDialog
from authws_desktop.panels.kit.form_field import FormField
from authws_desktop.panels.kit.language import tr
from authws_desktop.panels.kit.theme import Theme

MOST_NAME_BYTES = 32
"""Longest name of a network (IEEE 802.11)."""
LEAST_PASSWORD, MOST_PASSWORD = 8, 63
"""Length of a WPA password, characters (IEEE 802.11)."""


def wifi_code(name: str, password: str) -> str:
    """Return what phones take for a network to join; without a password, an open one."""
    kind = f"T:WPA;P:{_escaped(password)};" if password else "T:nopass;"
    return f"WIFI:S:{_escaped(name)};{kind};"


def _escaped(text: str) -> str:
    return "".join(f"\\{each}" if each in '\\;,":' else each for each in text)


class WifiDialog(FormDialog):
    """Asks for the name and the password of the room's Wi-Fi.

    Attributes:
        name_field, password_field: What is typed.
    """

    def __init__(self, theme: Theme, name: str, parent: QWidget) -> None:
        super().__init__(theme, parent.tr("Wi-Fi of the room"), parent.tr("Show its code"), None, parent)
        text = self.tr("Phones join by scanning the code. The password is not kept when the program ends.")
        self.content.addWidget(text_label(text, "muted", self))
        line = QLineEdit(name)
        self.name_field = self.add_field("name", FormField(theme, self.tr("Name"), line, "", _name_problem))
        line, hint = QLineEdit(), self.tr("Empty for an open network.")
        field = FormField(theme, self.tr("Password"), line, hint, _password_problem)
        self.password_field = self.add_field("password", field)

    @property
    def name(self) -> str:
        """What was typed; empty for none: no code is shown then."""
        return self.name_field.line.text()

    @property
    def password(self) -> str:
        """What was typed; empty for an open network."""
        return self.password_field.line.text()


def _name_problem(text: str) -> str:
    return "" if len(text.encode()) <= MOST_NAME_BYTES else tr("A Wi-Fi's name has at most 32 bytes.")


def _password_problem(text: str) -> str:
    is_good = not text or LEAST_PASSWORD <= len(text) <= MOST_PASSWORD
    return "" if is_good else tr("A Wi-Fi's password has 8 to 63 characters.")
