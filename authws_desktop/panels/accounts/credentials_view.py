"""New names and passwords, shown this once, with the ways to hand them on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from authws_desktop.files import write_atomically
from authws_desktop.panels.accounts.accounts_csv import credentials_csv
from authws_desktop.panels.accounts.cards_dialog import CardsDialog
from authws_desktop.panels.accounts.file_choice import choose_file_to_save
from authws_desktop.panels.accounts.login_cards import LoginCard
from authws_desktop.panels.notices import NoticeBar
from authws_desktop.panels.slots import async_slot
from authws_desktop.panels.theme import GRID, Theme

Addresses = Callable[[], list[str]]
"""Returns the addresses people may use, best first; never empty."""
SLICE_LINES = 5_000
"""How many lines are shown at once."""


class CredentialsView(QWidget):
    """A list of names and passwords with Print cards, Copy and Save CSV.

    Attributes:
        list_view: One account a line.
        print_button, copy_button, save_button: The ways to hand them on.
        cards: The open dialog of cards, if there is one.

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
        self._rest = QTimer(self, singleShot=True, interval=0)
        self.cards: CardsDialog | None = None
        self._is_handed_on = False
        self._build()
        self._connect()
        self.update_controls()

    def _build(self) -> None:
        self.note = NoticeBar(self._theme, self)
        self.list_view = QPlainTextEdit(self)
        self.list_view.setReadOnly(True)
        self.list_view.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.list_view.setFont(self._theme.fixed_font())
        self.list_view.setAccessibleName(self.tr("Names and passwords"))
        self.list_view.setPlaceholderText(self.tr("The new passwords appear here. They are shown only once."))
        self.list_view.setMinimumHeight(22 * GRID)
        row = QHBoxLayout()
        row.setSpacing(GRID)
        self.print_button = self._button(self.tr("Print cards…"), "printer")
        self.copy_button = self._button(self.tr("Copy list"), "copy")
        self.save_button = self._button(self.tr("Save CSV…"), "download")
        for button in (self.print_button, self.copy_button, self.save_button):
            row.addWidget(button)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self.note)
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
        self.list_view.appendPlainText(_lines(more))
        if self._shown_count < len(self._credentials):
            self._rest.start()

    def _align(self, names: list[str]) -> None:
        """Have the passwords begin behind the longest name."""
        widest = self.list_view.fontMetrics().horizontalAdvance(max(names, key=len)) + 3 * GRID
        self.list_view.setTabStopDistance(max(self.list_view.tabStopDistance(), widest))

    def credentials(self) -> list[LoginCard]:
        """Return what is shown."""
        return list(self._credentials)

    def may_close(self) -> bool:
        """Tell whether the list may go; the first time it was not handed on, says so instead."""
        if self._is_handed_on or not self._credentials:
            return True
        self._is_handed_on = True
        words = self.tr("Nobody has these passwords yet. Print, copy or save them, or close all the same.")
        self.note.show_notice(words, "warn")
        return False

    def update_controls(self) -> None:
        """Enable what can be used now."""
        for button in (self.print_button, self.copy_button, self.save_button):
            button.setEnabled(bool(self._credentials))

    def show_error(self, text: str) -> None:
        """Say what went wrong."""
        self.note.show_notice(text, "bad")

    @async_slot
    async def _on_print(self) -> None:
        self.cards = CardsDialog(self._credentials, self._addresses, self._theme, self.window())
        try:
            await self.cards.show_until_closed()
            self._is_handed_on |= self.cards.is_saved
        finally:
            self.cards = None

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(_lines(self._credentials))
        self.copy_button.setText(self.tr("Copied"))
        self._is_handed_on = True

    @async_slot
    async def _on_save(self) -> None:
        file = await choose_file_to_save(
            self.window(), self.tr("Save names and passwords"), self.tr("CSV files (*.csv)"), "passwords.csv"
        )
        if file is not None:
            await self.save_to(file)

    async def save_to(self, file: Path) -> None:
        """Write names and passwords as CSV; only this user may read the file."""
        try:
            await asyncio.to_thread(write_atomically, file, credentials_csv(self._credentials))
        except OSError as error:
            text = self.tr("{} cannot be written ({}). Choose another folder.")
            self.show_error(text.format(file.name, error.strerror))
            return
        self._is_handed_on = True
        words = self.tr("Saved {}. It holds passwords: delete it once they are handed on.")
        self.note.show_notice(words.format(file.name), "good", is_lasting=True)


def _lines(credentials: Sequence[LoginCard]) -> str:
    return "\n".join(f"{each.name}\t{each.password}" for each in credentials)
