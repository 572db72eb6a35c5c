"""The connect card: where others reach the server, to copy, to scan or to open."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QSize, Qt, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from authws_desktop.network.addresses import Address, is_only_here
from authws_desktop.panels.kit.async_slot import async_slot
from authws_desktop.panels.kit.boxes import horizontal_box, vertical_box
from authws_desktop.panels.kit.copying import CopyButton
from authws_desktop.panels.kit.dialog import Dialog, text_label
from authws_desktop.panels.kit.locked_settings import lock_words
from authws_desktop.panels.kit.notices import NoticeKind
from authws_desktop.panels.kit.qr import SIDE_PX, FullScreenCode, QrView
from authws_desktop.panels.kit.table import Table
from authws_desktop.panels.kit.table_model import ROW_ROLE, Column
from authws_desktop.panels.kit.theme import GRID, ROW_HEIGHT, Theme, set_variant
from authws_desktop.panels.window.scope_chooser import MY_NETWORK
from authws_desktop.panels.window.service_bridge import ServiceBridge
from authws_desktop.server.service import ServerState, Service

LIST_WIDTH_PX = 400
FIRST_SIZE = QSize(SIDE_PX + LIST_WIDTH_PX + 9 * GRID, SIDE_PX + 12 * GRID)


class ConnectCard(Dialog):
    """Address, QR code and what to do with them; stays open while the person works elsewhere.

    Attributes:
        view: The addresses; the chosen one drives everything else and is remembered.
        code: The QR code.
        copy_button, open_button, enlarge_button: What to do with the address.
        notice: Why others cannot use it, and the cure; what went wrong.

    Signals:
        scope_wanted: The person wants to be reachable under another value of the setting `host`.

    Args:
        service: The server.
        theme: Colours, fonts and icons.
        parent: The window.
    """

    refresh_every_s = 2.0  # adapters come and go with networks, and reading them takes time

    scope_wanted = Signal(str)

    def __init__(self, service: Service, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent.tr("Connect"), parent, has_heading=False)
        self._service = service
        self._location = service.location
        self._shown: tuple[list[Address], str, int] = ([], "", 0)
        self._build()
        self._connect()
        self.refresh()

    # Building

    def _build(self) -> None:
        self.notice.close_button.hide()
        columns = horizontal_box(spacing=3 * GRID)
        columns.addLayout(self._build_code())
        columns.addLayout(self._build_addresses(), 1)
        self.content.addLayout(columns, 1)
        self.resize(FIRST_SIZE)  # no least size of our own: the layout grows the card with its notices

    def _build_code(self) -> QVBoxLayout:
        self.code = QrView(self.theme, press_tip=self.tr("Show it on the whole screen"))
        self.enlarge_button = QPushButton(self.tr("Whole screen"), autoDefault=False)
        self.theme.decorate(self.enlarge_button, "maximize")
        column = vertical_box(spacing=GRID)
        column.addWidget(self.code)
        column.addWidget(self.enlarge_button)
        column.addStretch(1)
        return column

    def _build_addresses(self) -> QVBoxLayout:
        self._heading = QLabel(textFormat=Qt.TextFormat.PlainText, wordWrap=True)
        set_variant(self._heading, "role", "heading")
        self.address_label = QLabel(textFormat=Qt.TextFormat.PlainText)
        font = self.theme.fixed_font()
        font.setPointSizeF(font.pointSizeF() * 1.4)
        self.address_label.setFont(font)
        self.address_label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._list_label = QLabel(self.tr("Address to give out"))
        set_variant(self._list_label, "role", "muted")
        column = vertical_box(spacing=GRID)
        column.addWidget(self._heading)
        column.addWidget(self.address_label)
        column.addLayout(self._build_buttons())
        column.addSpacing(GRID)
        column.addWidget(self._list_label)
        column.addWidget(self._build_list(), 100)
        column.addStretch(1)  # takes the room while there is nothing to list
        self.certificate_label = text_label("", "small", is_selectable=True)
        column.addWidget(self.certificate_label)
        return column

    def _build_buttons(self) -> QHBoxLayout:
        self.copy_button = CopyButton(
            self.theme, self.tr("Copy the web address"), lambda: self._location.http_url
        )
        self.open_button = QPushButton(self.tr("Open in browser"), autoDefault=False)
        self.theme.decorate(self.open_button, "external-link")
        row = horizontal_box(spacing=GRID)
        row.addWidget(self.copy_button)
        row.addWidget(self.open_button)
        row.addStretch(1)
        return row

    def _build_list(self) -> Table[Address]:
        column = Column(self.tr("Address"), self._words_of, tip=self._words_of)
        self.view = Table(self.theme, self.tr("Address to give out"), [column], lambda each: each.host)
        self.view.horizontalHeader().hide()
        self.view.setSelectionMode(Table.SelectionMode.SingleSelection)
        self.view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.view.setMinimumSize(LIST_WIDTH_PX, 4 * ROW_HEIGHT)
        return self.view

    def _words_of(self, address: Address) -> str:
        parts = [self._location.url_of(address), address.adapter]
        if address.is_virtual:
            parts.append(self.tr("virtual or VPN"))
        if address.is_only_here:
            parts.append(self.tr("only this computer"))
        return "  ·  ".join(part for part in parts if part)

    def _connect(self) -> None:
        ServiceBridge(self._service, self).state_changed.connect(self.refresh)
        self.view.clicked.connect(self._on_chosen)
        self.view.activated.connect(self._on_chosen)
        self.code.clicked.connect(self.enlarge)
        self.enlarge_button.clicked.connect(self.enlarge)
        self.open_button.clicked.connect(self.open_in_browser)

    # Showing

    @Slot()
    def refresh(self) -> None:
        """Show the addresses as they are now."""
        addresses = self._location.addresses
        shown = (addresses, self._location.scheme, self._location.port)
        if shown != self._shown:
            self._shown = shown
            self.view.source.replace_rows(addresses)
        if addresses:
            self.view.selectRow(0)  # the one given out is always the first
        self._show_address(addresses)
        self._show_notice(addresses)
        self._show_certificate(addresses)

    def _show_address(self, addresses: list[Address]) -> None:
        url = self._location.http_url
        self.code.show_code(self._scanned_url)
        self.address_label.setText(url)
        for widget in (self.address_label, self.copy_button, self.open_button):
            widget.setVisible(bool(addresses))
        # A phone that scans "localhost" looks for the server on itself.
        can_scan = bool(url) and not is_only_here(url)
        self.code.setVisible(can_scan)
        self.enlarge_button.setVisible(can_scan)
        for part in (self._list_label, self.view):
            part.setVisible(len(addresses) > 1)
        set_by = lock_words(self._service.settings, "shown_address")
        self.view.setEnabled(not set_by)
        self.view.setToolTip(set_by)
        self._heading.setText(self._invitation(addresses))

    @property
    def _scanned_url(self) -> str:
        """What the code holds: without our own authority, a device would only meet its browser's warning."""
        return self._location.trust_url or self._location.http_url

    def _invitation(self, addresses: list[Address]) -> str:
        if not addresses:
            return self.tr("The server is not running. Press Start.")
        if all(each.is_only_here for each in addresses):
            return self.tr("Open this address in a browser on this computer.")
        return self.tr("Scan the code, or open this address in a browser.")

    def _show_notice(self, addresses: list[Address]) -> None:
        text = self.tr("Only this computer can open this address.")
        is_lonely = self._service.state is ServerState.RUNNING and all(
            each.is_only_here for each in addresses
        )
        if is_lonely and self.notice.text != text:
            is_locked = self._service.settings.is_locked("host")
            label = "" if is_locked else self.tr("Let my network in")
            self.notice.show_notice(text, NoticeKind.INFO, label, lambda: self.scope_wanted.emit(MY_NETWORK))
        elif not is_lonely and self.notice.text == text:
            self.notice.clear()

    def _show_certificate(self, addresses: list[Address]) -> None:
        tls = self._location.tls
        self.certificate_label.setVisible(tls is not None)
        if tls is None:
            return
        lines = [self.tr("Certificate until {date}, SHA-256 {code}")]
        if self._location.trust_url:
            lines = [
                self.tr("New devices first open {url}"),
                self.tr("Certificate until {date}. SHA-256 of its authority: {code}"),
            ]
        code = (tls.authority_fingerprint or tls.fingerprint).replace(":", " ")
        lines.append(tls.warning(addresses))
        text = "\n".join(line for line in lines if line)
        self.certificate_label.setText(
            text.format(url=self._location.trust_url, date=f"{tls.not_after:%Y-%m-%d}", code=code)
        )
        set_variant(self.certificate_label, "role", "small-warn" if lines[-1] else "small")

    # Acting

    @async_slot
    async def _on_chosen(self, index: QModelIndex) -> None:
        address = index.data(ROW_ROLE)
        shown = self._service.settings.saved.shown_address
        if isinstance(address, Address) and address.host != shown:
            await self._service.change(shown_address=address.host)

    @Slot()
    def enlarge(self) -> None:
        """Show the code on the whole screen."""
        FullScreenCode(self._scanned_url, self).showFullScreen()

    @Slot()
    def open_in_browser(self) -> None:
        """Open the address here."""
        QDesktopServices.openUrl(QUrl(self._location.http_url))

    # Qt

    def showEvent(self, event: QShowEvent) -> None:
        """Be true from the first moment; overrides Qt's."""
        super().showEvent(event)
        self.refresh()
