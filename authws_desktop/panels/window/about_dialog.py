"""What this is, in which version, and where it keeps its files."""

from __future__ import annotations

import importlib.metadata
import platform

import PySide6
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from authws_desktop import __version__
from authws_desktop.panels.kit.copying import CopyButton
from authws_desktop.panels.kit.dialog import Dialog, text_label
from authws_desktop.panels.kit.theme import GRID, Theme, icon_file, set_variant
from authws_desktop.paths import DataPaths

_PARTS = ("websockets", "aiohttp", "SQLAlchemy", "PyJWT", "bcrypt", "qasync")


def versions() -> list[tuple[str, str]]:
    """Return the names and versions of what this program is made of."""
    own = [("Authws Desktop", __version__), ("Python", platform.python_version())]
    qt = [("PySide6 (Qt)", PySide6.__version__)]
    return own + qt + [(name, importlib.metadata.version(name)) for name in _PARTS]


class AboutDialog(Dialog):
    """Versions and folders, to read or to copy into a report.

    Attributes:
        copy_button: Copies all of it.

    Args:
        paths: Where the files are.
        theme: For the icons.
        parent: The window.
    """

    def __init__(self, paths: DataPaths, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent.tr("About Authws Desktop"), parent, has_heading=False)
        self._rows = [
            *versions(),
            (self.tr("Settings"), str(paths.settings_file)),
            (self.tr("Accounts"), str(paths.database_file)),
            (self.tr("Log"), str(paths.log_file)),
        ]
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self._build()

    def _build(self) -> None:
        self.content.addLayout(self._build_head())
        self.content.addLayout(self._build_rows())
        self.copy_button = CopyButton(self.theme, self.tr("Copy the versions"), self.text)
        close = self.add_button(self.tr("Close"), is_default=True)
        close.clicked.connect(self.accept)
        self.foot.insertWidget(0, self.copy_button)
        self.fit_content()
        close.setFocus()

    def _build_head(self) -> QHBoxLayout:
        picture = QLabel()
        icon = QIcon(str(icon_file("authws-desktop")))
        picture.setPixmap(icon.pixmap(QSize(48, 48), self.devicePixelRatioF()))
        title = text_label(self.tr("Authws Desktop"), "title")
        line = QLabel(self.tr("A real-time WebSocket server with real logins. MIT licence."))
        set_variant(line, "role", "muted")
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(title)
        words.addWidget(line)
        row = QHBoxLayout()
        row.setSpacing(2 * GRID)
        row.addWidget(picture)
        row.addLayout(words, 1)
        return row

    def _build_rows(self) -> QFormLayout:
        form = QFormLayout(labelAlignment=Qt.AlignmentFlag.AlignLeft)
        form.setHorizontalSpacing(3 * GRID)
        form.setVerticalSpacing(4)
        for name, value in self._rows:
            label, text = QLabel(name), QLabel(value, textFormat=Qt.TextFormat.PlainText)
            set_variant(label, "role", "muted")
            text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            form.addRow(label, text)
        return form

    def text(self) -> str:
        """Return what is shown, as lines."""
        return "\n".join(f"{name}: {value}" for name, value in self._rows)
