"""Export to a file, and opening one in the same view."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from authws_desktop.panels.kit.async_slot import async_slot
from authws_desktop.panels.kit.files import choose_file_to_open, choose_file_to_save
from authws_desktop.panels.kit.icon_button import icon_button
from authws_desktop.panels.kit.notices import NoticeBar, NoticeKind
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.words import counted
from authws_desktop.panels.live.replay_files import rows_of_test, write_test
from authws_desktop.panels.live.traffic_model import TrafficModel
from authws_desktop.panels.live.traffic_view import TrafficView
from authws_desktop.traffic.record import Record
from authws_desktop.traffic.ring import TrafficRing
from authws_desktop.traffic.rows import FileFormat, Job, export, open_file

T = TypeVar("T")
COLLECTED_AT_ONCE = 2000
SHOW_PROGRESS_AFTER_S = 0.2
PROGRESS_EVERY_S = 0.1


class ExportScope(StrEnum):
    """Which rows are exported."""

    SELECTED = "selected"
    FILTERED = "filtered"
    ALL = "all"


class FileActions(QObject):
    """Exports rows, opens files, and says how far it is.

    Attributes:
        button: Opens the menu.
        notice: Progress, results, and which file is shown.
        file_name: Of the file shown; empty while the traffic is live.
        more_actions: What else the menu offers below opening.

    Signals:
        file_shown: A file is shown instead of the live traffic, or no longer; carries its name.

    Args:
        model, view: The rows.
        theme: Colours and icons.
        parent: The page.
    """

    file_shown = Signal(str)

    def __init__(self, model: TrafficModel, view: TrafficView, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self._view = view
        self._theme = theme
        self._page = parent
        self._job: Job | None = None
        self.file_name = ""
        self.more_actions: list[QAction] = []
        self.notice = NoticeBar(theme)
        self.button = icon_button(theme, "download", self.tr("Export and open"))
        self.button.clicked.connect(self._on_clicked)

    def make_menu(self) -> QMenu:
        """Return the menu; the caller shows it."""
        menu = QMenu(self.button)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.fill(menu)
        return menu

    def fill(self, menu: QMenu) -> None:
        """Put what can be done now into a menu."""
        chosen = self._view.selectionModel().selection().count()
        for scope, text, count in (
            (ExportScope.SELECTED, self.tr("Export selected…"), chosen),
            (ExportScope.FILTERED, self.tr("Export filtered…"), self._model.rowCount()),
            (ExportScope.ALL, self.tr("Export all…"), self._model.total),
        ):
            action = menu.addAction(text)
            action.setEnabled(bool(count) and self._job is None)
            action.triggered.connect(lambda _checked=False, scope=scope: self.ask_export(scope))
        menu.addSeparator()
        opening = menu.addAction(self._theme.icon("external-link", "muted"), self.tr("Open a file…"))
        opening.setEnabled(self._job is None)
        opening.triggered.connect(self.ask_open)
        menu.addActions(self.more_actions)
        if self.file_name:
            menu.addAction(self.tr("Back to the live traffic")).triggered.connect(self.show_live)

    @Slot()
    def _on_clicked(self) -> None:
        self.make_menu().popup(self.button.mapToGlobal(self.button.rect().bottomLeft()))

    # Exporting

    @async_slot
    async def ask_export(self, scope: ExportScope) -> None:
        """Ask for a file and write the rows to it."""
        numbers = self.numbers_of(scope)
        title = self.tr("Export {rows}").format(rows=self._rows(len(numbers)))
        kinds = [self.tr("JSON Lines, can be opened again (*.jsonl)"), self.tr("CSV (*.csv)")]
        file = await choose_file_to_save(self._page.window(), title, kinds, "traffic.jsonl")
        if file is not None:
            await self.export_to(file, numbers)

    @async_slot
    async def ask_test(self, record: Record) -> None:
        """Ask for a file, write what the row's connection went through to it, and a test beside it."""
        title = self.tr("Make it a test")
        kinds = [self.tr("JSON Lines, can be replayed (*.jsonl)")]
        file = await choose_file_to_save(self._page.window(), title, kinds, "recording.jsonl")
        if file is not None:
            await self.make_test(file, record)

    async def make_test(self, file: Path, record: Record) -> None:
        """Write a recording and the test around it.

        Args:
            file: Of the recording; the test is written beside it.
            record: The row that the test is made of.

        Raises:
            ExportError: The recording cannot be written.
        """
        numbers = rows_of_test(record, self._model.all_numbers(), self._model.record)
        await self.export_to(file, numbers)
        try:
            test = await asyncio.to_thread(write_test, file)
        except OSError as error:
            self.show_error(self.tr("The test cannot be written ({why}).").format(why=error.strerror))
            return
        text = self.tr("Wrote {rows} to {file}, and {test}, which replays them.")
        shown = text.format(rows=self._rows(len(numbers)), file=file.name, test=test.name)
        self.notice.show_notice(shown, NoticeKind.GOOD)

    def numbers_of(self, scope: ExportScope) -> Sequence[int]:
        """Return the record numbers of these rows as they are now, oldest first."""
        if scope is ExportScope.ALL:
            return self._model.all_numbers()
        # A file is read as what happened, one thing after the other, however the table is sorted.
        is_selected = scope is ExportScope.SELECTED
        return sorted(self._view.selected_numbers() if is_selected else self._model.numbers())

    async def export_to(self, file: Path, numbers: Sequence[int]) -> None:
        """Write records to a file; CSV if it is called so.

        Raises:
            ExportError: It cannot be written.
        """
        file_format = FileFormat.CSV if file.suffix.lower() == ".csv" else FileFormat.JSON_LINES
        job, paths = Job(len(numbers)), tuple(self._model.columns.paths)
        self._job = job  # the menu offers nothing else meanwhile
        try:
            records = await self._collect(numbers)
            job.total = len(records)
            work = functools.partial(export, file, records, file_format, job, paths)
            await self._watch(work, job, self.tr("Exporting to {file}").format(file=file.name))
        finally:
            self._job = None
        if job.is_cancelled:
            self.notice.show_notice(self.tr("The export was called off; no file was written."))
            return
        text = self.tr("Exported {rows} to {file}.").format(rows=self._rows(job.done), file=file.name)
        if gone := len(numbers) - job.done:
            text += " " + self.tr("Meanwhile {rows} made room for new ones.").format(rows=self._rows(gone))
        self.notice.show_notice(text, NoticeKind.WARN if gone else NoticeKind.GOOD)

    def _rows(self, count: int) -> str:
        return counted(count, "%n row", "%n rows")

    async def _collect(self, numbers: Sequence[int]) -> list[Record]:
        """Take hold of the records before the ring lets go of them, without stopping the window."""
        found: list[Record] = []
        for start in range(0, len(numbers), COLLECTED_AT_ONCE):
            records = (self._model.record(number) for number in numbers[start : start + COLLECTED_AT_ONCE])
            found += [record for record in records if record is not None]
            await asyncio.sleep(0)
        return found

    async def _watch(self, act: Callable[[], T], job: Job, what: str) -> T:
        """Let another thread do something, and return its result; show how far it is if it takes a while."""
        work = asyncio.ensure_future(asyncio.to_thread(act))  # noqa: TID251 - awaited at once
        try:
            done, _ = await asyncio.wait({work}, timeout=SHOW_PROGRESS_AFTER_S)
            while not done:
                text = f"{what}: {job.percent} %"
                self.notice.show_notice(text, NoticeKind.INFO, self.tr("Cancel"), job.cancel)
                done, _ = await asyncio.wait({work}, timeout=PROGRESS_EVERY_S)
        finally:
            if not work.done():
                job.cancel()
        return await work

    # Opening

    @async_slot
    async def ask_open(self) -> None:
        """Ask for a file and show it."""
        file = await choose_file_to_open(
            self._page.window(), self.tr("Open exported traffic"), self.tr("JSON Lines (*.jsonl)")
        )
        if file is not None:
            await self.open(file)

    async def open(self, file: Path) -> None:
        """Show a file in place of the live traffic.

        Raises:
            ExportError: It cannot be read.
        """
        job = self._job = Job()
        try:
            work = functools.partial(open_file, file, job)
            ring = await self._watch(work, job, self.tr("Opening {file}").format(file=file.name))
        finally:
            self._job = None
        if job.is_cancelled:
            self.show_live()
            return
        text = self.tr("This is {file}: {rows}, read-only.").format(
            file=file.name, rows=self._rows(len(ring))
        )
        self.show_ring(ring, file.name, text)

    def show_ring(self, ring: TrafficRing, name: str, text: str) -> None:
        """Show records in place of the live traffic, until the person goes back.

        Args:
            ring: The records.
            name: Of the file they are from.
            text: Says what they are.
        """
        self._model.show_ring(ring)
        self.file_name = name
        self.say_shown(text)
        self.file_shown.emit(name)

    def say_shown(self, text: str) -> None:
        """Say what is shown in place of the live traffic, and offer the way back."""
        self.notice.show_notice(text, NoticeKind.INFO, self.tr("Back to live"), self.show_live)
        self.notice.close_button.hide()

    @Slot()
    def show_live(self) -> None:
        """Show what passes now."""
        self.notice.clear()
        self.notice.close_button.show()
        if self.file_name:
            self.file_name = ""
            self._model.show_ring(None)
            self.file_shown.emit("")

    def show_error(self, text: str) -> None:
        """Say what did not work."""
        self.notice.show_notice(text, NoticeKind.BAD)
