"""Hand-over cards: what was made and is shown once stays on the page until the person puts it away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPushButton, QWidget

from authws_desktop.network.addresses import is_only_here
from authws_desktop.panels.accounts.addresses import Addresses
from authws_desktop.panels.accounts.cards_dialog import CardsDialog
from authws_desktop.panels.accounts.credentials_view import (
    choose_credentials_file,
    credential_lines,
    save_credentials,
)
from authws_desktop.panels.accounts.login_cards import LoginCard
from authws_desktop.panels.kit.affected import account_count
from authws_desktop.panels.kit.async_slot import async_slot
from authws_desktop.panels.kit.boxes import horizontal_box, vertical_box
from authws_desktop.panels.kit.confirm import confirm
from authws_desktop.panels.kit.copying import CopyButton
from authws_desktop.panels.kit.dialog import text_label
from authws_desktop.panels.kit.icon_button import RevealButton, icon_button
from authws_desktop.panels.kit.qr import FullScreenCode
from authws_desktop.panels.kit.theme import GRID, Theme, set_variant

_PASSWORD_WIDTH_PX = 24 * GRID


class HandOverCard(QFrame):
    """Names and passwords of one act, with the ways to hand them on.

    Attributes:
        cards: What it holds.
        password_line: The password, hidden until Show; for one account only.
        show_button, copy_button, code_button, print_button, save_button, more_button, put_away_button: What
            can be done.

    Signals:
        put_away: The person is done with it.
        done: Something was done; a sentence.
        failed: Something did not work; a sentence.

    Args:
        cards: What was made; at least one.
        addresses: For the printed cards.
        theme: The look.
        parent: The place for cards.
        more_label, more: One thing more that can be done, such as showing the token; nothing if empty.
    """

    put_away = Signal()
    done = Signal(str)
    failed = Signal(str)

    def __init__(
        self,
        cards: Sequence[LoginCard],
        addresses: Addresses,
        theme: Theme,
        parent: QWidget,
        more_label: str = "",
        more: Callable[[], object] | None = None,
    ) -> None:
        super().__init__(parent)
        self.cards = list(cards)
        self._addresses = addresses
        self._theme = theme
        set_variant(self, "kind", "notice")
        self._build(more_label)
        if more is not None:
            self.more_button.clicked.connect(lambda: more())
        self.print_button.clicked.connect(self._on_print)
        self.save_button.clicked.connect(self._on_save)
        self.code_button.clicked.connect(self._on_code)
        self.put_away_button.clicked.connect(self.put_away)

    def _build(self, more_label: str) -> None:
        is_one = len(self.cards) == 1
        row = horizontal_box(self, margins=(GRID + GRID // 2, GRID // 2, GRID // 2, GRID // 2), spacing=GRID)
        whom = self.cards[0].name if is_one else account_count(len(self.cards))
        row.addWidget(text_label(whom, "heading", self))
        if is_one:
            self._build_password(row)
        words = "" if is_one else self.tr("New passwords; nobody else knows them.")
        row.addWidget(text_label(words, "muted", self), 1)
        label = self.tr("Copy both") if is_one else self.tr("Copy list")
        self.copy_button = CopyButton(
            self._theme, self.tr("Copy name and password"), self._lines, self, label=label
        )
        self.print_button = QPushButton(self.tr("Login cards…"), self)
        self._theme.decorate(self.print_button, "printer")
        self.save_button = QPushButton(self.tr("Save CSV…"), self)
        self._theme.decorate(self.save_button, "download")
        self.save_button.setVisible(not is_one)
        tip = self.tr("Show the code of the address on the whole screen")
        self.code_button = icon_button(self._theme, "qr-code", self.tr("Show the code"), tip, self)
        self.more_button = QPushButton(more_label, self)
        self.more_button.setVisible(bool(more_label))
        tip = self.tr("Put away: the password is not kept anywhere")
        self.put_away_button = icon_button(self._theme, "x", self.tr("Put away"), tip, self)
        for button in (
            self.copy_button,
            self.code_button,
            self.print_button,
            self.save_button,
            self.more_button,
            self.put_away_button,
        ):
            row.addWidget(button)

    def _build_password(self, row: QHBoxLayout) -> None:
        self.password_line = QLineEdit(self.cards[0].password, self)
        self.password_line.setReadOnly(True)
        self.password_line.setEchoMode(QLineEdit.EchoMode.Password)
        self.password_line.setFont(self._theme.fixed_font())
        self.password_line.setAccessibleName(self.tr("Password"))
        self.password_line.setFixedWidth(_PASSWORD_WIDTH_PX)
        self.show_button = RevealButton(self._theme, self.tr("Show password"), self.tr("Hide password"), self)
        self.show_button.toggled.connect(self._on_show_toggled)
        row.addWidget(self.password_line)
        row.addWidget(self.show_button)

    def _on_show_toggled(self, is_shown: bool) -> None:
        modes = QLineEdit.EchoMode
        self.password_line.setEchoMode(modes.Normal if is_shown else modes.Password)

    def _lines(self) -> str:
        return credential_lines(self.cards)

    def show_error(self, text: str) -> None:
        """Let the page say what did not work."""
        self.failed.emit(text)

    @async_slot
    async def _on_code(self) -> None:
        """Show the code; where only this computer could use it, the network is let in first, if asked."""
        if is_only_here(self._addresses()[0]):
            text = self.tr("Only this computer can open the address now. Others need it to find the login.")
            title, label = self.tr("Let your network in?"), self.tr("Let my network in")
            if self._addresses.open_network is None or not await confirm(
                self._theme, self, title, text, label
            ):
                return
            await self._addresses.open_network()
        FullScreenCode(self._addresses.scanned(self._addresses()[0]), self.window()).showFullScreen()

    @async_slot
    async def _on_print(self) -> None:
        await CardsDialog(self.cards, self._addresses, self._theme, self.window()).run()

    @async_slot
    async def _on_save(self) -> None:
        if (file := await choose_credentials_file(self.window())) is not None:
            await self.save_to(file)

    async def save_to(self, file: Path) -> None:
        """Write names and passwords as CSV; only this user may read the file."""
        if words := await save_credentials(file, self.cards, self.show_error):
            self.done.emit(words)


class HandOver(QWidget):
    """The place for cards: the newest first, nothing while there are none.

    Attributes:
        cards: Those that are not put away.

    Signals:
        done: Something was done; a sentence.
        failed: Something did not work; a sentence.

    Args:
        addresses: For the printed cards.
        theme: The look.
        parent: The page.
    """

    done = Signal(str)
    failed = Signal(str)

    def __init__(self, addresses: Addresses, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._addresses = addresses
        self._theme = theme
        self.cards: list[HandOverCard] = []
        self._column = vertical_box(self, margins=(2 * GRID, GRID // 2, 2 * GRID, GRID), spacing=GRID // 2)
        self.hide()

    def add(
        self, cards: Sequence[LoginCard], more_label: str = "", more: Callable[[], object] | None = None
    ) -> None:
        """Keep what was made in sight; see `HandOverCard`."""
        if not cards:
            return
        card = HandOverCard(cards, self._addresses, self._theme, self, more_label, more)
        card.put_away.connect(lambda: self._remove(card))
        card.done.connect(self.done)
        card.failed.connect(self.failed)
        self.cards.insert(0, card)
        self._column.insertWidget(0, card)
        self.show()

    def has(self, name: str) -> bool:
        """Whether there is a card of one account by this name."""
        return any([one.name for one in card.cards] == [name] for card in self.cards)

    def put_away(self, name: str) -> None:
        """Put away the card of one account, if there is one."""
        for card in [each for each in self.cards if [one.name for one in each.cards] == [name]]:
            self._remove(card)

    def _remove(self, card: HandOverCard) -> None:
        self.cards.remove(card)
        self._column.removeWidget(card)
        card.hide()
        card.deleteLater()
        self.setVisible(bool(self.cards))
