"""The stretches of time that the history holds, to choose one."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from authws_desktop.panels.kit.dialog import text_label
from authws_desktop.panels.kit.language import tr
from authws_desktop.panels.kit.list_dialog import ListDialog
from authws_desktop.panels.kit.table import Table
from authws_desktop.panels.kit.table_model import Column
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.words import age_text, grouped, when_text
from authws_desktop.server.service import Service
from authws_desktop.traffic.history_file import Run

FROM, UNTIL, LENGTH, ROWS = range(4)


def _rows(run: Run) -> str:
    if not run.missing:
        return grouped(run.rows)
    return tr("{rows} ({missing} passed too fast)").format(
        rows=grouped(run.rows), missing=grouped(run.missing)
    )


def _columns() -> list[Column[Run]]:
    return [
        Column(tr("From"), lambda run: when_text(run.first_at, time.time()), width_px=168),
        Column(tr("Until"), lambda run: when_text(run.last_at, time.time()), width_px=168),
        Column(tr("For"), lambda run: age_text(run.last_at - run.first_at), is_number=True, width_px=72),
        Column(tr("Rows"), _rows, is_number=True),
    ]


class HistoryDialog(ListDialog[Run]):
    """Asks which stretch of the history to show, newest first.

    Attributes:
        show_button: Shows the chosen one.
        chosen: What the person chose; `None` before and if nothing.
    """

    def __init__(self, runs: Sequence[Run], service: Service, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, tr("History"), parent)
        self._service = service
        self.chosen: Run | None = None
        self._build(runs)
        self.table.doubleClicked.connect(self._on_show)
        self.show_button.clicked.connect(self._on_show)
        self.close_button.clicked.connect(self.reject)
        self.show_rows(runs)
        if runs:
            self.table.selectRow(0)

    def _build(self, runs: Sequence[Run]) -> None:
        self.set_size(80, 46)
        table = Table(self.theme, self.tr("History"), _columns(), lambda run: run.id, self)
        self.content.addWidget(self.build_list(table, self._empty_text()), 1)
        kept = self.tr("Kept in {file}").format(file=self._service.history.file)
        file_label = text_label(kept, "small", self, is_selectable=True)
        file_label.setVisible(bool(runs))
        self.content.addWidget(file_label)
        self.close_button = self.add_button(self.tr("Close"))
        self.show_button = self.add_button(self.tr("Show"), "primary", is_default=True)

    def _empty_text(self) -> str:
        if self._service.history.is_on:
            return self.tr("Nothing is kept yet. What passes from now on shows up here.")
        return self.tr("The history is off. Give it a size in the settings, group Traffic: History file.")

    def update_controls(self) -> None:
        """Enable Show while one stretch is chosen."""
        self.show_button.setEnabled(len(self.table.chosen()) == 1)

    def _on_show(self) -> None:
        rows = self.table.chosen()
        if len(rows) == 1:
            self.chosen = rows[0]
            self.accept()
