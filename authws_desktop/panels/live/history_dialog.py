"""The stretches of time that the history holds, to choose one."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QWidget

from authws_desktop.panels.accounts.times import when_text
from authws_desktop.panels.dialog_frame import headed_column
from authws_desktop.panels.live import formats
from authws_desktop.panels.live.detail_tables import Cell, DetailModel, DetailTable
from authws_desktop.panels.theme import GRID, Theme, set_variant
from authws_desktop.server.history_file import Run
from authws_desktop.server.service import Service


class RunsModel(DetailModel):
    """Stretches of the history, one a row, newest first."""

    numbers = (2, 3)

    def __init__(self, runs: Sequence[Run]) -> None:
        super().__init__([])
        self._titles = [self.tr("From"), self.tr("Until"), self.tr("For"), self.tr("Rows")]
        self.runs = list(runs)
        self._reset(len(self.runs))

    def cells(self, row: int) -> Sequence[Cell]:
        """Return from when until when, how long that is, and how many rows."""
        run, now_s = self.runs[row], time.time()
        rows = f"{run.rows:,}"
        if run.missing:
            rows = self.tr("{0} ({1:,} passed too fast)").format(rows, run.missing)
        length = formats.age(run.last_at - run.first_at)
        return [when_text(run.first_at, now_s), when_text(run.last_at, now_s), length, rows]


class HistoryDialog(QDialog):
    """Asks which stretch of the history to show.

    Attributes:
        model, table: The stretches.
        show_button: Shows the chosen one.
        chosen: What the person chose; `None` before and if nothing.
    """

    def __init__(self, runs: Sequence[Run], service: Service, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._service = service
        self._theme = theme
        self.chosen: Run | None = None
        self.model = RunsModel(runs)
        self.model.setParent(self)
        self._build()
        self._connect()
        if runs:
            self.table.selectRow(0)
        self.update_controls()

    def _build(self) -> None:
        self.resize(80 * GRID, 46 * GRID)
        self.table = DetailTable(self.model, [168, 168, 72], self._theme, self)
        self.table.setAccessibleName(self.tr("History"))
        self.empty_label = QLabel(self._empty_text(), self, wordWrap=True)
        self.empty_label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        set_variant(self.empty_label, "role", "muted")
        self.table.setVisible(bool(self.model.runs))
        self.empty_label.setVisible(not self.model.runs)
        layout = headed_column(self, self.tr("History"))
        layout.addWidget(self.table, 1)
        layout.addWidget(self.empty_label, 1)
        layout.addWidget(self._build_note())
        layout.addLayout(self._build_foot())

    def _empty_text(self) -> str:
        if self._service.history.is_on:
            return self.tr("Nothing is kept yet. What passes from now on shows up here.")
        return self.tr("The history is off. Give it a size in the settings, group Traffic: History file.")

    def _build_note(self) -> QLabel:
        file = self._service.history.file
        note = QLabel(self.tr("Kept in {0}").format(file), self, wordWrap=True)
        note.setTextFormat(Qt.TextFormat.PlainText)
        note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        set_variant(note, "role", "small")
        note.setVisible(bool(self.model.runs))
        return note

    def _build_foot(self) -> QHBoxLayout:
        self.show_button = QPushButton(self.tr("Show"), self)
        set_variant(self.show_button, "kind", "primary")
        self.close_button = QPushButton(self.tr("Close"), self)
        self.show_button.setDefault(True)
        self.close_button.setAutoDefault(False)
        foot = QHBoxLayout()
        foot.setSpacing(GRID)
        foot.addStretch(1)
        foot.addWidget(self.close_button)
        foot.addWidget(self.show_button)
        return foot

    def _connect(self) -> None:
        self.table.selectionModel().selectionChanged.connect(self.update_controls)
        self.table.doubleClicked.connect(self._on_show)
        self.show_button.clicked.connect(self._on_show)
        self.close_button.clicked.connect(self.reject)

    @Slot()
    def update_controls(self) -> None:
        """Enable Show while one stretch is chosen."""
        self.show_button.setEnabled(len(self.table.selectionModel().selectedRows()) == 1)

    @Slot()
    def _on_show(self) -> None:
        rows = self.table.selectionModel().selectedRows()
        if len(rows) == 1:
            self.chosen = self.model.runs[rows[0].row()]
            self.accept()
