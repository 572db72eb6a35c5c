"""The network check: one button, what it found, and a code for another device to prove it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QPushButton, QWidget

from authws_desktop.network.addresses import is_only_here
from authws_desktop.network.firewalls import Finding, Grade
from authws_desktop.network.network_check import check_network
from authws_desktop.panels.kit.async_slot import async_slot
from authws_desktop.panels.kit.boxes import horizontal_box, vertical_box
from authws_desktop.panels.kit.copying import CopyButton
from authws_desktop.panels.kit.dialog import Dialog, text_label
from authws_desktop.panels.kit.qr import QrView
from authws_desktop.panels.kit.theme import GRID, Theme, set_variant
from authws_desktop.panels.kit.words import duration_words
from authws_desktop.panels.window.finding_row import FindingRow
from authws_desktop.server.service import Service

WIDTH_PX = 560

Check = Callable[..., Awaitable[list[Finding]]]


class NetworkCheckDialog(Dialog):
    """Findings, and the probe.

    Attributes:
        check_button: Looks anew.
        rows: What was found.
        code: The probe's address as a code; pressing it makes a new one once it is used up.
        open_button: Lets the network in; hidden where it is in, or may not be let in here.

    Signals:
        network_asked: The person wants other devices to reach the server.

    Args:
        service: The server.
        theme: Colours, fonts and icons.
        parent: The window.
        check: Looks; `check_network` but in tests.
    """

    is_modal = False

    network_asked = Signal()

    def __init__(self, service: Service, theme: Theme, parent: QWidget, check: Check = check_network) -> None:
        super().__init__(theme, parent.tr("Check the network"), parent)
        self._service = service
        self._check = check
        self._url = ""
        self.rows: list[FindingRow] = []
        self._build()
        self._connect()

    # Building

    def _build(self) -> None:
        self._findings = vertical_box(spacing=GRID + 4)
        self._probe = self._build_probe()
        self.open_button = QPushButton(self.tr("Let my network in"), autoDefault=False)
        self.open_button.hide()
        self.content.addLayout(self._findings)
        self.content.addWidget(self.open_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.content.addWidget(self._probe)
        self.content.addStretch(1)
        self.check_button = self.add_button(self.tr("Check again"), is_left=True)
        self.theme.decorate(self.check_button, "refresh-cw")
        self.add_button(self.tr("Close"), is_default=True).clicked.connect(self.accept)
        self.setMinimumWidth(WIDTH_PX)

    def _build_probe(self) -> QFrame:
        card = QFrame()
        set_variant(card, "kind", "card")
        self.code = QrView(self.theme, press_tip=self.tr("Make a new code"))
        heading = text_label(self.tr("Try it from another device"), "heading")
        help_ = self.tr("Scan the code with a phone in the same network. It proves more than any setting.")
        words = text_label(help_, "muted")
        self._copy = CopyButton(self.theme, self.tr("Copy the address to try"), lambda: self._url)
        self.result_label = text_label("", "")
        column = vertical_box(spacing=GRID)
        for widget in (heading, words, self.result_label, self._copy):
            column.addWidget(widget)
        column.addStretch(1)
        row = horizontal_box(card, margins=(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID), spacing=2 * GRID)
        row.addWidget(self.code)
        row.addLayout(column, 1)
        return card

    def _connect(self) -> None:
        self.check_button.clicked.connect(self.check)
        self.code.clicked.connect(self._open_probe)
        self.open_button.clicked.connect(self.network_asked)

    # Looking

    @async_slot
    async def check(self) -> None:
        """Look, and show what was found."""
        self.check_button.setText(self.tr("Checking…"))
        try:
            here = self._service.location
            found = await self._check(here.listening_at, here.addresses, scheme=here.scheme)
        finally:
            self.check_button.setText(self.tr("Check again"))
        self._show_findings(found)
        is_lonely = bool(here.addresses) and all(each.is_only_here for each in here.addresses)
        self.open_button.setVisible(is_lonely and not self._service.settings.is_locked("host"))
        self._open_probe()

    def _show_findings(self, found: list[Finding]) -> None:
        for row in self.rows:
            self._findings.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = [FindingRow(each, self.theme) for each in found]
        for row in self.rows:
            self._findings.addWidget(row)

    def show_error(self, text: str) -> None:
        """Say what did not work, as a finding."""
        self._show_findings([Finding(Grade.BAD, text)])

    # The probe

    @Slot()
    def _open_probe(self) -> None:
        url = self._service.location.http_url
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
            left = duration_words(60 * max(1, round(probes.remaining_s / 60)))
            text = self.tr("Waiting for a device. The code holds for {time}.").format(time=left)
        self.result_label.setText(text)
        set_variant(self.result_label, "role", role)

    # Only while it can be seen

    def showEvent(self, event: QShowEvent) -> None:
        """Check at once; overrides Qt's."""
        super().showEvent(event)
        self._probe.setVisible(bool(self._url))
        self.check()

    def hideEvent(self, event: QHideEvent) -> None:
        """End the probe; overrides Qt's."""
        super().hideEvent(event)
        self._service.probes.close()
