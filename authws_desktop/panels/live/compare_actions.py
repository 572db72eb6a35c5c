"""Compares two runs: what is shown with a file, or the last two from Start to Stop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from authws_desktop.panels.kit.async_slot import async_slot
from authws_desktop.panels.kit.dialog import finished
from authws_desktop.panels.kit.files import choose_file_to_open
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.live.compare_dialog import CompareDialog
from authws_desktop.panels.live.comparison import compare, runs_of
from authws_desktop.panels.live.file_actions import FileActions
from authws_desktop.panels.live.traffic_model import TrafficModel
from authws_desktop.traffic.record import Record
from authws_desktop.traffic.rows import Job, open_file


class CompareActions(QObject):
    """Two entries of the files' menu, and what they show.

    Attributes:
        with_file_action, runs_action: Compare what is shown with a file; the last two runs with each other.

    Signals:
        row_asked: A row is wanted in the table; carries its number.

    Args:
        model: What is shown.
        files: Whose menu they stand in.
        theme: The look.
        parent: The page.
    """

    row_asked = Signal(int)

    def __init__(self, model: TrafficModel, files: FileActions, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self._files = files
        self._theme = theme
        self._page = parent
        self.with_file_action = QAction(self.tr("Compare with a file…"), self)
        self.with_file_action.triggered.connect(self._on_file_asked)
        self.runs_action = QAction(self.tr("Compare the last two runs"), self)
        self.runs_action.triggered.connect(self._on_runs_asked)
        files.more_actions += [self.with_file_action, self.runs_action]

    @async_slot
    async def _on_file_asked(self) -> None:
        title, kind = self.tr("Compare with exported traffic"), self.tr("JSON Lines (*.jsonl)")
        file = await choose_file_to_open(self._page.window(), title, kind)
        if file is not None:
            await self.compare_with(file)

    async def compare_with(self, file: Path) -> None:
        """Compare what is shown with a file; of the live traffic, its last run.

        Raises:
            ExportError: It cannot be read.
        """
        there = await asyncio.to_thread(open_file, file, Job())
        records = self._model.ring.after(0)
        name = self._files.file_name
        here = records if name else (runs_of(records) or [records])[-1]
        await self._show(here, there.after(0), name or self.tr("This run"), file.name)

    @async_slot
    async def _on_runs_asked(self) -> None:
        await self.compare_runs()

    async def compare_runs(self) -> None:
        """Compare the last run, from Start on, with the one before."""
        runs = runs_of(self._model.ring.after(0))
        if len(runs) < 2:
            self.show_error(
                self.tr("There are no two runs to compare: rows of at least two starts are needed.")
            )
            return
        await self._show(runs[-1], runs[-2], self.tr("Last run"), self.tr("The run before"))

    async def _show(self, here: Sequence[Record], there: Sequence[Record], name: str, other: str) -> None:
        comparison = await asyncio.to_thread(compare, here, there)
        dialog = CompareDialog(self._theme, comparison, name, other, self._page.window())
        dialog.row_asked.connect(self.row_asked)
        await finished(dialog, is_modal=False)

    def show_error(self, text: str) -> None:
        """Say what did not work."""
        self._files.show_error(text)
