"""The dialog that lets virtual users talk, and reports what became of what they said."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QProgressBar, QWidget

from authws_desktop.panels.kit.async_slot import async_slot
from authws_desktop.panels.kit.boxes import horizontal_box
from authws_desktop.panels.kit.dialog import Dialog, text_label
from authws_desktop.panels.kit.files import choose_file_to_open
from authws_desktop.panels.kit.form_field import labelled
from authws_desktop.panels.kit.language import tr
from authws_desktop.panels.kit.notices import NoticeKind
from authws_desktop.panels.kit.theme import GRID, Theme, set_variant
from authws_desktop.panels.kit.words import duration_text, grouped
from authws_desktop.panels.lab.bots_run import BotsOrder, BotsRun
from authws_desktop.panels.lab.number_box import number_box
from authws_desktop.server.service import ServerState, Service
from authws_desktop.testing.bots import MAX_COUNT, Report

RECORDING = "recording"
_MOST_RATE = 1000
_MOST_DURATION_S = 86_400


class BotsDialog(Dialog):
    """Asks how many, what and how long, runs them in a process of their own, and shows the report.

    Attributes:
        count_box, rate_box, duration_box: How many, messages of each a second, seconds.
        script_choice: What they say: chatter, echo, or a recording.
        start_button: Starts them, and stops them.
        figures: Labels of the report, by its fields.
        run_now: The run; `None` while there is none.

    Args:
        service: Where they go.
        theme: Colours and icons.
        parent: The window; it stays usable meanwhile.
    """

    refresh_every_s = 0.5
    is_modal = False

    def __init__(self, service: Service, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, tr("Add virtual users"), parent)
        self._service = service
        self._file: Path | None = None
        self._started_s = 0.0
        self.run_now: BotsRun | None = None
        self._running: asyncio.Task[None] | None = None
        self._build()
        self._connect()
        self.refresh()

    # Building

    def _build(self) -> None:
        self.setMinimumWidth(56 * GRID)
        about = self.tr(
            "Real accounts with real connections, in a process of their own. Their names begin with "
            "bot-, and they are removed at the end."
        )
        self.content.addWidget(text_label(about, "muted"))
        self.count_box = number_box(self.tr("How many"), 1, MAX_COUNT, "", self)
        self.rate_box = number_box(self.tr("Messages of each"), 1, _MOST_RATE, self.tr(" a second"), self)
        self.duration_box = number_box(self.tr("How long"), 1, _MOST_DURATION_S, " s", self)
        row = horizontal_box(spacing=2 * GRID)
        for box, value in ((self.count_box, 10), (self.rate_box, 1), (self.duration_box, 30)):
            box.setValue(value)
            row.addWidget(labelled(box.accessibleName(), box, "", self), 1)
        self.content.addLayout(row)
        self.script_choice = QComboBox(self)
        self.script_choice.addItem(self.tr("Chatter: each talks to everyone"), "chatter")
        self.script_choice.addItem(self.tr("Echo: each writes to the next one, who writes back"), "echo")
        self.script_choice.addItem(self.tr("A recording…"), RECORDING)
        hint = self.tr("Of a recording, each says what its first user said, over and over.")
        self.content.addWidget(labelled(self.tr("What they say"), self.script_choice, hint, self))
        self.progress = QProgressBar(self)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(self.tr("Time that has passed"))
        self.content.addWidget(self.progress)
        self.content.addWidget(self._build_report())
        self.content.addStretch(1)
        self.close_button = self.add_button(self.tr("Close"))
        self.start_button = self.add_button(self.tr("Start"), "primary", is_default=True)

    def _build_report(self) -> QWidget:
        self._report = QWidget(self)
        grid = QGridLayout(self._report)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(3 * GRID)
        self.figures: dict[str, QLabel] = {}
        for column, (name, label) in enumerate(
            (
                ("sent", self.tr("Sent")),
                ("refused", self.tr("Refused")),
                ("received", self.tr("Received")),
                ("lost", self.tr("Lost")),
                ("median_ms", self.tr("Median")),
                ("p99_ms", self.tr("99 % within")),
            )
        ):
            figure = self.figures[name] = text_label("", "heading", self._report)
            figure.setAccessibleName(label)
            grid.addWidget(text_label(label, "small", self._report), 0, column)
            grid.addWidget(figure, 1, column)
        self._report.hide()
        return self._report

    def _connect(self) -> None:
        self.script_choice.activated.connect(self._on_script_chosen)
        self.start_button.clicked.connect(self._on_start)
        self.close_button.clicked.connect(self.reject)

    # What is true now

    def refresh(self) -> None:
        """Show how far they are; a server that stops takes them along."""
        if self.run_now is not None:
            self.progress.setValue(round(1000 * (time.monotonic() - self._started_s)))
            if self._service.state is not ServerState.RUNNING:
                self.run_now.stop()
        self.update_controls()

    def update_controls(self) -> None:
        """Enable what can be done now."""
        is_on, is_running = self.run_now is not None, self._service.state is ServerState.RUNNING
        for box in (self.count_box, self.rate_box, self.duration_box, self.script_choice):
            box.setEnabled(not is_on)
        self.progress.setVisible(is_on)
        self.start_button.setText(self.tr("Stop") if is_on else self.tr("Start"))
        self.start_button.setEnabled(is_on or is_running)
        self.start_button.setToolTip("" if is_running else self.tr("Start the server first"))

    # Acting

    @async_slot
    async def _on_script_chosen(self) -> None:
        if self.script_choice.currentData() != RECORDING:
            self._file = None
            return
        title, kinds = self.tr("What they say"), self.tr("Exported rows (*.jsonl)")
        self._file = await choose_file_to_open(self, title, kinds)
        place = self.script_choice.findData(RECORDING)
        if self._file is None:
            self.script_choice.setCurrentIndex(0)
        else:
            self.script_choice.setItemText(place, self.tr("Recording {file}").format(file=self._file.name))

    def _on_start(self) -> None:
        if self.run_now is not None:
            self.run_now.stop()
            self.start_button.setEnabled(False)
        else:
            self._running = self._run()

    @async_slot
    async def _run(self) -> None:
        script = str(self._file or self.script_choice.currentData())
        order = BotsOrder(self.count_box.value(), script, self.rate_box.value(), self.duration_box.value())
        self.notice.clear()
        self._report.hide()
        self._started_s = time.monotonic()
        self.progress.setMaximum(1000 * order.duration_s)
        self.run_now = BotsRun(self._service, order, self)
        self.update_controls()
        try:
            report = await self.run_now.run()
        finally:
            self.run_now = None
        if report is None:
            self.notice.show_notice(self.tr("Stopped; the virtual users are removed."), NoticeKind.INFO)
        else:
            self._show_report(report)

    def _show_report(self, report: Report) -> None:
        for name in ("sent", "refused", "received", "lost"):
            self.figures[name].setText(grouped(getattr(report, name)))
        for name in ("median_ms", "p99_ms"):
            self.figures[name].setText(duration_text(getattr(report, name) / 1000))
        for name in ("refused", "lost"):
            set_variant(self.figures[name], "role", "bad" if getattr(report, name) else "heading")
        self._report.show()
        # Qt would squeeze what is there to make room; grow instead.
        self.resize(self.width(), max(self.height(), self.sizeHint().height()))

    def reject(self) -> None:
        """Close, which stops them."""
        if self.run_now is not None:
            self.run_now.stop()
        super().reject()

    async def finish(self) -> None:
        """Stop them, and wait until their process and accounts are gone."""
        if self.run_now is not None and self._running is not None:
            self.run_now.stop()
            await self._running
