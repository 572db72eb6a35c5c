"""New names and passwords, shown this once, with the ways to hand them on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QPushButton, QWidget

from authws_desktop.panels.accounts.accounts_csv import credentials_csv
from authws_desktop.panels.accounts.addresses import Addresses
from authws_desktop.panels.accounts.cards_dialog import CardsDialog
from authws_desktop.panels.accounts.login_cards import LoginCard
from authws_desktop.panels.kit.async_slot import async_slot
from authws_desktop.panels.kit.boxes import NO_MARGINS, horizontal_box, vertical_box
from authws_desktop.panels.kit.files import choose_file_to_save, write_or_say
from authws_desktop.panels.kit.language import tr
from authws_desktop.panels.kit.notices import NoticeBar, NoticeKind
from authws_desktop.panels.kit.theme import GRID, Theme

SLICE_LINES = 5_000
"""How many lines are shown at once."""


class CredentialsView(QWidget):
    """A list of names and passwords with Login cards, Copy and Save CSV.

    Attributes:
        list_view: One account a line.
        print_button, copy_button, save_button: The ways to hand them on.

    Args:
        theme: Fonts and icons.
        addresses: For the cards.
        parent: Qt parent.
    """

    def __init__(self, theme: Theme, addresses: Addresses, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._addresses = addresses
        self._credentials: list[LoginCard] = []
        self._shown_count = 0
        self._rest = QTimer(self, singleShot=True, interval=0)  # the next lines, after what waits in the loop
        self._build()
        self._connect()
        self.update_controls()

    def _build(self) -> None:
        self.notice = NoticeBar(self._theme, self)
        self.list_view = QPlainTextEdit(self)
        self.list_view.setReadOnly(True)
        self.list_view.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.list_view.setFont(self._theme.fixed_font())
        self.list_view.setAccessibleName(self.tr("Names and passwords"))
        self.list_view.setPlaceholderText(self.tr("The new passwords appear here."))
        self.list_view.setMinimumHeight(22 * GRID)
        row = horizontal_box(spacing=GRID)
        self.print_button = self._button(self.tr("Login cards…"), "printer")
        self.copy_button = self._button(self.tr("Copy list"), "copy")
        self.save_button = self._button(self.tr("Save CSV…"), "download")
        for button in (self.print_button, self.copy_button, self.save_button):
            row.addWidget(button)
        row.addStretch(1)
        layout = vertical_box(self, margins=NO_MARGINS, spacing=GRID)
        layout.addWidget(self.notice)
        layout.addWidget(self.list_view, 1)
        layout.addLayout(row)

    def _button(self, label: str, icon: str) -> QPushButton:
        button = QPushButton(label, self)
        button.setAutoDefault(False)
        self._theme.decorate(button, icon)
        return button

    def _connect(self) -> None:
        self._rest.timeout.connect(self._show_lines)
        self.print_button.clicked.connect(self._on_print)
        self.copy_button.clicked.connect(self._on_copy)
        self.save_button.clicked.connect(self._on_save)

    def add(self, credentials: Sequence[LoginCard]) -> None:
        """Show more accounts."""
        self._credentials += credentials
        if credentials:
            self._align([each.name for each in credentials])
            self._show_lines()
        self.update_controls()

    def _show_lines(self) -> None:
        """Show the next lines, and the rest later: a document grows slowly when it is long."""
        more = self._credentials[self._shown_count : self._shown_count + SLICE_LINES]
        self._shown_count += len(more)
        bar = self.list_view.verticalScrollBar()
        place = bar.value()
        self.list_view.appendPlainText(credential_lines(more))
        bar.setValue(place)  # Qt follows what is added, but a list is read from its beginning
        if self._shown_count < len(self._credentials):
            self._rest.start()

    def _align(self, names: list[str]) -> None:
        """Have the passwords begin behind the longest name."""
        widest = self.list_view.fontMetrics().horizontalAdvance(max(names, key=len)) + 3 * GRID
        self.list_view.setTabStopDistance(max(self.list_view.tabStopDistance(), widest))

    def credentials(self) -> list[LoginCard]:
        """Return what is shown."""
        return list(self._credentials)

    def update_controls(self) -> None:
        """Enable what can be used now."""
        for button in (self.print_button, self.copy_button, self.save_button):
            button.setEnabled(bool(self._credentials))

    def show_error(self, text: str) -> None:
        """Say what went wrong."""
        self.notice.show_notice(text, NoticeKind.BAD)

    @async_slot
    async def _on_print(self) -> None:
        await CardsDialog(self._credentials, self._addresses, self._theme, self.window()).run()

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(credential_lines(self._credentials))
        self.copy_button.setText(self.tr("Copied"))

    @async_slot
    async def _on_save(self) -> None:
        if (file := await choose_credentials_file(self.window())) is not None:
            await self.save_to(file)

    async def save_to(self, file: Path) -> None:
        """Write names and passwords as CSV; only this user may read the file."""
        if words := await save_credentials(file, self._credentials, self.show_error):
            self.notice.show_notice(words, NoticeKind.GOOD, is_lasting=True)


async def choose_credentials_file(window: QWidget) -> Path | None:
    """Ask where names and passwords are to be saved; `None` if the person cancels."""
    kinds = [tr("CSV files (*.csv)")]
    return await choose_file_to_save(window, tr("Save names and passwords"), kinds, "passwords.csv")


async def save_credentials(
    file: Path, credentials: Sequence[LoginCard], show_error: Callable[[str], object]
) -> str:
    """Write names and passwords as CSV; return what is to be said then, empty where it failed."""
    if not await write_or_say(file, credentials_csv(credentials), show_error):
        return ""
    words = tr("Saved {file}. It holds passwords: delete it once they are handed on.")
    return words.format(file=file.name)


def credential_lines(credentials: Sequence[LoginCard]) -> str:
    """Return names and passwords, one account a line, a tab between them."""
    return "\n".join(f"{each.name}\t{each.password}" for each in credentials)
