"""Shows login cards as they will be printed, and saves them as PDF."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QLocale, QRectF, QSignalBlocker, Qt, QUrl
from PySide6.QtGui import QColor, QDesktopServices, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from authws_desktop.network.addresses import is_only_here
from authws_desktop.panels.accounts.addresses import Addresses
from authws_desktop.panels.accounts.login_cards import PAPERS, CardSheets, LoginCard
from authws_desktop.panels.kit.affected import account_count
from authws_desktop.panels.kit.async_slot import async_slot
from authws_desktop.panels.kit.boxes import horizontal_box
from authws_desktop.panels.kit.dialog import Dialog, text_label
from authws_desktop.panels.kit.files import choose_file_to_save, write_or_say
from authws_desktop.panels.kit.notices import NoticeKind
from authws_desktop.panels.kit.theme import CONTROL_HEIGHT, GRID, Theme, set_variant
from authws_desktop.panels.kit.words import grouped

_GAP_PX = 8


class SheetPreview(QWidget):
    """One sheet, as large as there is room."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._sheets: CardSheets | None = None
        self._sheet = 0
        self.setMinimumSize(44 * GRID, 44 * GRID)
        self.setAccessibleName(self.tr("Preview of the sheet"))

    def show_sheet(self, sheets: CardSheets, sheet: int) -> None:
        """Show a sheet, counted from 0."""
        self._sheets, self._sheet = sheets, sheet
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint paper and cards; overrides Qt's."""
        if self._sheets is None:
            return
        size = self._sheets.size_mm
        room = self.rect().adjusted(_GAP_PX, _GAP_PX, -_GAP_PX, -_GAP_PX)
        dots_per_mm = min(room.width() / size.width(), room.height() / size.height())
        width, height = size.width() * dots_per_mm, size.height() * dots_per_mm
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate((self.width() - width) / 2, (self.height() - height) / 2)
        painter.fillRect(QRectF(0, 0, width, height), QColor("#ffffff"))
        self._sheets.paint(painter, self._sheet, dots_per_mm)
        painter.end()


class CardsDialog(Dialog):
    """Preview, paper, address, and Save as PDF.

    Attributes:
        paper_choice, address_choice: What the sheets look like.
        network_button: Lets other devices in, where the address is of no use to them.
        preview: The sheet shown.
        sheet: Its number, from 0.
        save_button: Asks for a file and writes it.

    Args:
        cards: What is printed.
        addresses: Returns the addresses to choose from, best first.
        theme: The look.
        parent: What asks for the cards.
    """

    def __init__(
        self,
        cards: Sequence[LoginCard],
        addresses: Addresses,
        theme: Theme,
        parent: QWidget,
    ) -> None:
        accounts = account_count(len(cards))
        super().__init__(theme, parent.tr("Login cards for {accounts}").format(accounts=accounts), parent)
        self._cards = list(cards)
        self._addresses = addresses
        self.sheet = 0
        self._build(addresses())
        self._connect()
        self._show_sheets()

    # Building

    def _build(self, addresses: list[str]) -> None:
        self.set_size(96, 76)
        self.preview = SheetPreview(self)
        body = horizontal_box(spacing=3 * GRID)
        body.addWidget(self.preview, 1)
        body.addLayout(self._build_side(addresses))
        self.content.addLayout(body, 1)
        hint = self.tr("Print the PDF at its real size, then cut along the lines.")
        self.foot.addWidget(text_label(hint, "small", self), 1)
        self.close_button = self.add_button(self.tr("Close"))
        self.save_button = self.add_button(self.tr("Save as PDF…"), "primary", is_default=True)

    def _build_side(self, addresses: list[str]) -> QVBoxLayout:
        self.paper_choice = QComboBox(self)
        self.paper_choice.addItems(list(PAPERS))
        self.paper_choice.setAccessibleName(self.tr("Paper"))
        is_metric = QLocale().measurementSystem() is not QLocale.MeasurementSystem.ImperialUSSystem
        self.paper_choice.setCurrentText("A4" if is_metric else "Letter")
        self.address_choice = QComboBox(self)
        self.address_choice.addItems(addresses)
        self.address_choice.setAccessibleName(self.tr("Address on the cards"))
        self.address_choice.setMinimumWidth(27 * GRID)
        self.local_label = text_label("", "small-warn", self)
        self.local_label.setFixedWidth(27 * GRID)
        self.network_button = QPushButton(self.tr("Let my network in"), self)
        self.network_button.setAutoDefault(False)
        form = QFormLayout()
        form.setVerticalSpacing(GRID // 2)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        form.addRow(self.tr("Paper"), self.paper_choice)
        form.addRow(self.tr("Address on the cards"), self.address_choice)
        form.addRow(self.local_label)
        form.addRow(self.network_button)
        side = QVBoxLayout()
        side.addLayout(form)
        side.addStretch(1)
        side.addLayout(self._build_turner())
        return side

    def _build_turner(self) -> QHBoxLayout:
        self.back_button = self._turn_button(self.tr("Previous sheet"), Qt.ArrowType.LeftArrow)
        self.next_button = self._turn_button(self.tr("Next sheet"), Qt.ArrowType.RightArrow)
        self.sheet_label = QLabel(self)
        self.sheet_label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        set_variant(self.sheet_label, "role", "muted")
        row = QHBoxLayout()
        row.addWidget(self.back_button)
        row.addWidget(self.sheet_label, 1)
        row.addWidget(self.next_button)
        return row

    def _turn_button(self, name: str, arrow: Qt.ArrowType) -> QToolButton:
        button = QToolButton(self)
        button.setArrowType(arrow)
        button.setAccessibleName(name)
        button.setToolTip(name)
        button.setFixedSize(CONTROL_HEIGHT, CONTROL_HEIGHT)
        return button

    def _connect(self) -> None:
        self.paper_choice.currentIndexChanged.connect(self._show_sheets)
        self.address_choice.currentIndexChanged.connect(self._show_sheets)
        self.network_button.clicked.connect(self._on_network_wanted)
        self.back_button.clicked.connect(lambda: self._turn(-1))
        self.next_button.clicked.connect(lambda: self._turn(1))
        self.save_button.clicked.connect(self._on_save)
        self.close_button.clicked.connect(self.accept)

    @async_slot
    async def _on_network_wanted(self) -> None:
        if self._addresses.open_network is not None:
            await self._addresses.open_network()
            self._take_addresses()

    def _take_addresses(self) -> None:
        """Offer the addresses that count now, the best one chosen, and draw the cards anew."""
        with QSignalBlocker(self.address_choice):  # drawn once, not for each change of the list
            self.address_choice.clear()
            self.address_choice.addItems(self._addresses())
        self._show_sheets()

    # Showing

    def _show_sheets(self) -> None:
        self.sheets = CardSheets(
            self._cards,
            self.address_choice.currentText(),
            self.paper_choice.currentText(),
            QApplication.font(),
            self.theme.fixed_font(),
            self._addresses.scanned(self.address_choice.currentText()),
        )
        is_local = is_only_here(self.sheets.address)
        words = self.tr("This address works on this computer only.")
        self.local_label.setText(words if is_local else "")
        self.network_button.setVisible(is_local and self._addresses.open_network is not None)
        self._turn(0)

    def _sheet_words(self, words: str, sheet: int) -> str:
        return words.format(sheet=grouped(sheet), all=grouped(self.sheets.sheet_count))

    def _turn(self, steps: int) -> None:
        count = self.sheets.sheet_count
        self.sheet = min(max(self.sheet + steps, 0), count - 1)
        self.back_button.setEnabled(self.sheet > 0)
        self.next_button.setEnabled(self.sheet < count - 1)
        self.sheet_label.setText(self._sheet_words(self.tr("Sheet {sheet} of {all}"), self.sheet + 1))
        self.preview.show_sheet(self.sheets, self.sheet)

    # Acting

    @async_slot
    async def _on_save(self) -> None:
        file = await choose_file_to_save(
            self, self.tr("Save login cards"), [self.tr("PDF files (*.pdf)")], "login-cards.pdf"
        )
        if file is not None:
            await self.save_to(file)

    async def save_to(self, file: Path) -> None:
        """Write the PDF; only this user may read the file."""
        content = await self.sheets.to_pdf(self._pause)
        if not await write_or_say(file, content, self.show_error):
            return
        self.notice.show_notice(
            self.tr("Saved {file}. It holds passwords: delete it once the cards are printed.").format(
                file=file.name
            ),
            NoticeKind.GOOD,
            self.tr("Open"),
            lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(file))),
            is_lasting=True,
        )

    async def _pause(self, done: int) -> None:
        """Let the window and the server go on between two sheets, and say how far it is."""
        if done < self.sheets.sheet_count:
            self.notice.show_notice(self._sheet_words(self.tr("Sheet {sheet} of {all} is done."), done))
        await asyncio.sleep(0)
