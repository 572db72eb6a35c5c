"""The network check: one button, what it found, and a code for another device to prove it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from authws_desktop.panels.copy_button import CopyButton
from authws_desktop.panels.dialog_frame import headed_column
from authws_desktop.panels.finding_row import FindingRow
from authws_desktop.panels.qr_view import QrView
from authws_desktop.panels.slots import async_slot
from authws_desktop.panels.theme import GRID, Theme, set_variant
from authws_desktop.panels.wording import span_words
from authws_desktop.server.addresses import is_only_here
from authws_desktop.server.firewalls import Finding, Grade
from authws_desktop.server.network_check import check_network
from authws_desktop.server.service import Service

WIDTH_PX = 560
LOOK_EVERY_MS = 300

Check = Callable[..., Awaitable[list[Finding]]]


class NetworkCheckDialog(QDialog):
    """Findings, and the probe.

    Attributes:
        check_button: Looks anew.
        rows: What was found.
        code: The probe's address as a code; pressing it makes a new one once it is used up.

    Args:
        service: The server.
        theme: Colours, fonts and icons.
        parent: The window.
        check: Looks; `check_network` but in tests.
    """

    def __init__(self, service: Service, theme: Theme, parent: QWidget, check: Check = check_network) -> None:
        super().__init__(parent)
        self._service = service
        self._theme = theme
        self._check = check
        self._url = ""
        self.rows: list[FindingRow] = []
        self._timer = QTimer(self, interval=LOOK_EVERY_MS)
        self._build()
        self._connect()

    # Building

    def _build(self) -> None:
        layout = headed_column(self, self.tr("Check the network"))
        self._findings = QVBoxLayout()
        self._findings.setSpacing(GRID + 4)
        layout.addLayout(self._findings)
        self._probe = self._build_probe()
        layout.addWidget(self._probe)
        layout.addStretch(1)
        layout.addLayout(self._build_foot())
        self.setMinimumWidth(WIDTH_PX)

    def _build_probe(self) -> QFrame:
        card = QFrame()
        card.setProperty("kind", "card")
        self.code = QrView(self._theme)
        self.code.setToolTip(self.tr("Make a new code"))
        heading = QLabel(self.tr("Try it from another device"))
        heading.setProperty("role", "heading")
        help_ = self.tr("Scan the code with a phone in the same network. It proves more than any setting.")
        words = QLabel(help_, wordWrap=True)
        words.setProperty("role", "muted")
        self._copy = CopyButton(self._theme, self.tr("Copy the address to try"), lambda: self._url)
        self.result_label = QLabel(textFormat=Qt.TextFormat.PlainText, wordWrap=True)
        column = QVBoxLayout()
        column.setSpacing(GRID)
        for widget in (heading, words, self.result_label, self._copy):
            column.addWidget(widget)
        column.addStretch(1)
        row = QHBoxLayout(card)
        row.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        row.setSpacing(2 * GRID)
        row.addWidget(self.code)
        row.addLayout(column, 1)
        return card

    def _build_foot(self) -> QHBoxLayout:
        self.check_button = QPushButton(self.tr("Check again"), autoDefault=False)
        self._theme.decorate(self.check_button, "refresh-cw")
        close = QPushButton(self.tr("Close"), default=True)
        close.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.addWidget(self.check_button)
        row.addStretch(1)
        row.addWidget(close)
        return row

    def _connect(self) -> None:
        self.check_button.clicked.connect(self.check)
        self.code.clicked.connect(self._open_probe)
        self._timer.timeout.connect(self.refresh)

    # Looking

    @async_slot
    async def check(self) -> None:
        """Look, and show what was found."""
        self.check_button.setText(self.tr("Checking…"))
        try:
            found = await self._check(
                self._service.listening_at, self._service.addresses, scheme=self._service.scheme
            )
        finally:
            self.check_button.setText(self.tr("Check again"))
        self._show_findings(found)
        self._open_probe()

    def _show_findings(self, found: list[Finding]) -> None:
        for row in self.rows:
            self._findings.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = [FindingRow(each, self._theme) for each in found]
        for row in self.rows:
            self._findings.addWidget(row)

    def show_error(self, text: str) -> None:
        """Say what did not work, as a finding."""
        self._show_findings([Finding(Grade.BAD, text)])

    # The probe

    @Slot()
    def _open_probe(self) -> None:
        url = self._service.http_url
        self._url = f"{url}/probe/{self._service.probes.open()}" if url and not is_only_here(url) else ""
        self._probe.setVisible(bool(self._url))
        self.code.show_code(self._url)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show what became of the probe."""
        if not self._url:
            return
        probes, role = self._service.probes, "muted"
        found = probes.result
        if found is not None and not found.is_own:
            text = self.tr("Reached from {address} in {time} ms")
            text, role = text.format(address=found.address, time=max(1, round(found.took_s * 1000))), "good"
        elif not probes.remaining_s:
            text = self.tr("The code has ended. Press it for a new one.")
        elif found is not None:
            text, role = self.tr("Reached from this computer. Now try it from another one."), "warn"
        else:
            left = span_words(60 * max(1, round(probes.remaining_s / 60)))
            text = self.tr("Waiting for a device. The code holds for {time}.").format(time=left)
        self.result_label.setText(text)
        set_variant(self.result_label, "role", role)

    # Only while it can be seen

    def showEvent(self, event: QShowEvent) -> None:
        """Check at once; overrides Qt's."""
        super().showEvent(event)
        self._probe.setVisible(bool(self._url))
        self._timer.start()
        self.check()

    def hideEvent(self, event: QHideEvent) -> None:
        """End the probe; overrides Qt's."""
        super().hideEvent(event)
        self._timer.stop()
        self._service.probes.close()
