"""What this is, in which version, and where it keeps its files."""

from __future__ import annotations

import importlib.metadata
import platform

import PySide6
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QDialog, QFormLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from authws_desktop import __version__
from authws_desktop.panels.copy_button import CopyButton
from authws_desktop.panels.theme import GRID, Theme, icon_file
from authws_desktop.paths import DataPaths

_PARTS = ("websockets", "aiohttp", "SQLAlchemy", "PyJWT", "bcrypt", "qasync")


def versions() -> list[tuple[str, str]]:
    """Return the names and versions of what this program is made of."""
    own = [("Authws Desktop", __version__), ("Python", platform.python_version())]
    qt = [("PySide6 (Qt)", PySide6.__version__)]
    return own + qt + [(name, importlib.metadata.version(name)) for name in _PARTS]


class AboutDialog(QDialog):
    """Versions and folders, to read or to copy into a report.

    Attributes:
        copy_button: Copies all of it.

    Args:
        paths: Where the files are.
        theme: For the icons.
        parent: The window.
    """

    def __init__(self, paths: DataPaths, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows = [
            *versions(),
            (self.tr("Settings"), str(paths.settings_file)),
            (self.tr("Accounts"), str(paths.database_file)),
            (self.tr("Log"), str(paths.log_file)),
        ]
        self.setWindowTitle(self.tr("About Authws Desktop"))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self._build()

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID)
        layout.setSpacing(2 * GRID)
        layout.addLayout(self._build_head())
        layout.addLayout(self._build_rows())
        layout.addLayout(self._build_foot())
        layout.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)
        self._close.setFocus()

    def _build_head(self) -> QHBoxLayout:
        picture = QLabel()
        icon = QIcon(str(icon_file("authws-desktop")))
        picture.setPixmap(icon.pixmap(QSize(48, 48), self.devicePixelRatioF()))
        title = QLabel(self.tr("Authws Desktop"))
        title.setProperty("role", "title")
        line = QLabel(self.tr("A real-time WebSocket server with real logins. MIT licence."))
        line.setProperty("role", "muted")
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
            label.setProperty("role", "muted")
            text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            form.addRow(label, text)
        return form

    def _build_foot(self) -> QHBoxLayout:
        close = self._close = QPushButton(self.tr("Close"), default=True)
        close.clicked.connect(self.accept)
        row = QHBoxLayout()
        self.copy_button = CopyButton(self._theme, self.tr("Copy the versions"), self.text)
        row.addWidget(self.copy_button)
        row.addStretch(1)
        row.addWidget(close)
        return row

    def text(self) -> str:
        """Return what is shown, as lines."""
        return "\n".join(f"{name}: {value}" for name, value in self._rows)
