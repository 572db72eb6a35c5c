"""What this is, in which version, and where it keeps its files."""

from __future__ import annotations

import importlib.metadata
import platform

import PySide6
import shiboken6
from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QIcon
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QPushButton, QWidget

from authws_desktop import __version__
from authws_desktop.compiled import is_compiled
from authws_desktop.desktop.updates import Release, homepage, newer_release
from authws_desktop.panels.kit.async_slot import async_slot
from authws_desktop.panels.kit.boxes import horizontal_box, vertical_box
from authws_desktop.panels.kit.copying import CopyButton
from authws_desktop.panels.kit.dialog import Dialog, text_label
from authws_desktop.panels.kit.sentences import said
from authws_desktop.panels.kit.theme import GRID, Theme, icon_file, set_variant
from authws_desktop.paths import DataPaths

_PARTS = ("websockets", "aiohttp", "SQLAlchemy", "PyJWT", "bcrypt", "qasync")


def versions(form: str) -> list[tuple[str, str]]:
    """Return the names and versions of what this program is made of.

    Args:
        form: Whether its hot modules are compiled, in words.
    """
    own = [("Authws Desktop", f"{__version__}, {form}"), ("Python", platform.python_version())]
    qt = [("PySide6 (Qt)", PySide6.__version__)]
    return own + qt + [(name, importlib.metadata.version(name)) for name in _PARTS]


class AboutDialog(Dialog):
    """Versions and folders, to read or to copy into a report.

    Attributes:
        copy_button: Copies all of it.
        look_button: Asks the program's page for a newer version, then leads to it; hidden without a page.
        newer_label: What the page said.

    Args:
        paths: Where the files are.
        theme: For the icons.
        parent: The window.
        page: The program's page; by the package's metadata.
    """

    def __init__(self, paths: DataPaths, theme: Theme, parent: QWidget, page: str | None = None) -> None:
        super().__init__(theme, parent.tr("About Authws Desktop"), parent, has_heading=False)
        form = self.tr("compiled") if is_compiled() else self.tr("pure Python")
        self._rows = [
            *versions(form),
            (self.tr("Settings"), str(paths.settings_file)),
            (self.tr("Accounts"), str(paths.database_file)),
            (self.tr("Log"), str(paths.log_file)),
        ]
        self._page = homepage() if page is None else page
        self._newer: Release | None = None
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self._build()

    def _build(self) -> None:
        self.content.addLayout(self._build_head())
        self.content.addLayout(self._build_rows())
        self.content.addLayout(self._build_look())
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
        words = vertical_box(spacing=2)
        words.addWidget(title)
        words.addWidget(line)
        row = horizontal_box(spacing=2 * GRID)
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

    def _build_look(self) -> QHBoxLayout:
        self.look_button = QPushButton(self.tr("Look for a newer version"))
        self.look_button.setToolTip(self.tr("Asks the page of this program, and sends nothing else."))
        self.look_button.clicked.connect(self._on_look)
        self.look_button.setVisible(bool(self._page))
        self.newer_label = text_label("", "muted")
        self.newer_label.setVisible(bool(self._page))
        row = horizontal_box(spacing=2 * GRID)
        row.addWidget(self.look_button)
        row.addWidget(self.newer_label, 1)
        return row

    @async_slot
    async def _on_look(self) -> None:
        if self._newer is not None:
            QDesktopServices.openUrl(QUrl(self._newer.page))
            return
        self.newer_label.setText(self.tr("Asking…"))
        newer = await newer_release(self._page)
        if not shiboken6.isValid(self):  # closed meanwhile
            return
        self._newer = newer
        if newer is None:
            self.newer_label.setText(self.tr("This is the newest version."))
            return
        self.newer_label.setText(self.tr("Version {version} is there.").format(version=newer.version))
        self.look_button.setText(self.tr("Open its page"))

    def show_error(self, text: str) -> None:
        """Say in place of an answer why there is none."""
        self.newer_label.setText(said(text))

    def text(self) -> str:
        """Return what is shown, as lines."""
        return "\n".join(f"{name}: {value}" for name, value in self._rows)
