"""Who did what: the administrative acts, newest first, searched and exported."""

from __future__ import annotations

import asyncio
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QPalette, QShortcut
from PySide6.QtWidgets import (
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from authws_desktop.accounts.audit import DONE, AuditEntry, as_csv, as_json_lines
from authws_desktop.files import write_atomically
from authws_desktop.panels.accounts.bars import bar, below_table, under_bar
from authws_desktop.panels.accounts.column_model import Column, ColumnFilter, ColumnModel
from authws_desktop.panels.accounts.file_choice import choose_file_to_save
from authws_desktop.panels.accounts.table_view import RowsTable
from authws_desktop.panels.accounts.times import exact_text
from authws_desktop.panels.chips import Chip, ChipDelegate, ChipShape
from authws_desktop.panels.empty_state import EmptyState
from authws_desktop.panels.live.escape import visible
from authws_desktop.panels.notices import NoticeBar
from authws_desktop.panels.slots import async_slot
from authws_desktop.panels.theme import GRID, Theme, set_variant
from authws_desktop.panels.window_state import WindowState
from authws_desktop.panels.wording import counted, grouped
from authws_desktop.server.service import Service

TIME, ACTOR, ACT, TARGET, ADDRESS, OUTCOME = range(6)
_WIDTHS = {TIME: 160, ACTOR: 120, ACT: 136, TARGET: 248, ADDRESS: 120}
PAGE_SIZE = 500
STATE_KEY = "audit"


class AuditPanel(QWidget):
    """The table reads what is new when the audit's revision moves; older acts come on request.

    Attributes:
        table: The acts.
        search: Narrows them.
        older_button: Reads older ones.
        export_button: Writes all of them to a file.

    Args:
        service: Has the acts.
        theme: The look.
        window_state: Remembers the columns.
        parent: The page.
    """

    def __init__(
        self, service: Service, theme: Theme, window_state: WindowState, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._accounts = service.accounts
        self._theme = theme
        self._window_state = window_state
        self._seen_revision: int | None = None
        self._is_reading = False
        self._has_older = False
        self._build()
        self._connect()
        self._window_state.restore_header(STATE_KEY, self.table.horizontalHeader())

    # Building

    def _build(self) -> None:
        self.note = NoticeBar(self._theme, self)
        self._build_table()
        self._empty = EmptyState(self._theme, "scroll-text", self)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self.table)
        self._stack.addWidget(self._empty)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._build_tools())
        layout.addLayout(under_bar(self._stack), 1)
        layout.addLayout(below_table(self.note))

    def _build_table(self) -> None:
        self.model = ColumnModel[AuditEntry](self._columns(), lambda entry: entry.id, self)
        self._shown = ColumnFilter(self.model, self)
        self.table = RowsTable(self._theme, self._shown, _WIDTHS, OUTCOME, self)
        self.table.setAccessibleName(self.tr("Administrative acts"))
        self.table.setItemDelegateForColumn(OUTCOME, ChipDelegate(self._theme, self.table))
        self.table.sortByColumn(TIME, Qt.SortOrder.DescendingOrder)

    def _columns(self) -> list[Column[AuditEntry]]:
        done = Chip(self.tr("done"), "good", ChipShape.PILL)
        return [
            Column(self.tr("Time"), lambda entry: exact_text(entry.time)[:19], lambda entry: entry.id),
            Column(self.tr("Who"), lambda entry: visible(entry.actor), tip=lambda entry: entry.actor),
            Column(self.tr("What"), lambda entry: entry.act),
            Column(self.tr("Whom"), lambda entry: visible(entry.target), tip=lambda entry: entry.target),
            Column(self.tr("From"), lambda entry: entry.address),
            Column(
                self.tr("Outcome"),
                lambda entry: visible(entry.outcome),
                chip=lambda entry: done if entry.outcome == DONE else None,
                tip=lambda entry: entry.outcome,
            ),
        ]

    def _build_tools(self) -> QWidget:
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(self.tr("Search  /"))
        self.search.setAccessibleName(self.tr("Search the acts"))
        self.search.setClearButtonEnabled(True)
        self.search.setMaximumWidth(45 * GRID)
        self._count = QLabel(self)
        set_variant(self._count, "role", "muted")
        self.older_button = QPushButton(self.tr("Show older"), self)
        self.export_button = QPushButton(self.tr("Export all"), self)
        menu = QMenu(self)
        menu.addAction(self.tr("As CSV…")).triggered.connect(self._on_export_csv)
        menu.addAction(self.tr("As JSON Lines…")).triggered.connect(self._on_export_json)
        self.export_button.setMenu(menu)
        self._theme.decorate(self.export_button, "download", "muted")
        frame, row = bar("bar", self)
        row.addWidget(self.search, 1)
        row.addWidget(self._count)
        row.addStretch(1)
        row.addWidget(self.older_button)
        row.addWidget(self.export_button)
        return frame

    def _connect(self) -> None:
        self.search.textChanged.connect(self._on_search_changed)
        self.older_button.clicked.connect(self._on_older)
        self.table.horizontalHeader().sectionResized.connect(self._on_section_resized)
        find = QShortcut(QKeySequence("/"), self)
        find.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(self.search.setFocus)

    # Showing

    def refresh(self) -> None:
        """Read what is new, if anything is."""
        if not self._is_reading and self._accounts.audit_revision != self._seen_revision:
            self._is_reading = True
            self._read_new()

    @async_slot
    async def _read_new(self) -> None:
        revision = self._accounts.audit_revision
        try:
            newest = await self._accounts.audit(limit=PAGE_SIZE)
        finally:
            # A failure is said once and tried again at the next change.
            self._seen_revision = revision
            self._is_reading = False
        rows, self._has_older = self._merged(newest)
        self.model.set_rows(rows)
        self.update_controls()

    def _merged(self, newest: list[AuditEntry]) -> tuple[list[AuditEntry], bool]:
        """Return the newest acts with the older ones that are known, and whether there are more."""
        if len(newest) < PAGE_SIZE:
            return newest, False
        oldest_id = newest[-1].id
        known = self.model.rows()
        if not any(entry.id >= oldest_id for entry in known):
            return newest, True  # the first look, or so much came that there is a gap
        return [*newest, *(entry for entry in known if entry.id < oldest_id)], self._has_older

    @async_slot
    async def _on_older(self) -> None:
        before_id = min(entry.id for entry in self.model.rows())
        older = await self._accounts.audit(before_id=before_id, limit=PAGE_SIZE)
        self._has_older = len(older) == PAGE_SIZE
        self.model.set_rows([*self.model.rows(), *older])
        self.update_controls()

    def update_controls(self) -> None:
        """Say how many acts are shown, and enable what can be done."""
        total, shown = len(self.model.rows()), self._shown.rowCount()
        words = counted(total, self.tr("act"), self.tr("acts"))
        if shown != total:
            words = self.tr("{} of {}").format(grouped(shown), words)
        self._count.setText(words)
        self.older_button.setVisible(self._has_older)
        self.export_button.setEnabled(total > 0)
        if total:
            self._empty.say(self.tr("No act matches"), "", (self.tr("Clear search"), self.search.clear))
        else:
            self._empty.say(self.tr("No account was changed yet"), self.tr("What hosts do is noted here."))
        self._stack.setCurrentIndex(0 if shown else 1)

    @property
    def count_text(self) -> str:
        """How many acts are shown."""
        return self._count.text()

    @property
    def empty_text(self) -> str:
        """What is said in place of the table; empty while there are acts."""
        return self._empty.text if self._stack.currentIndex() == 1 else ""

    def show_error(self, text: str) -> None:
        """Say what went wrong."""
        self.note.show_notice(text, "bad")

    def _on_search_changed(self, text: str) -> None:
        self._shown.search(text)
        self.update_controls()

    def _on_section_resized(self) -> None:
        self._window_state.save_header(STATE_KEY, self.table.horizontalHeader())

    # Export

    @async_slot
    async def _on_export_csv(self) -> None:
        await self._ask_and_export(self.tr("CSV files (*.csv)"), "audit.csv")

    @async_slot
    async def _on_export_json(self) -> None:
        await self._ask_and_export(self.tr("JSON Lines (*.jsonl)"), "audit.jsonl")

    async def _ask_and_export(self, name_filter: str, name: str) -> None:
        file = await choose_file_to_save(self.window(), self.tr("Export all acts"), name_filter, name)
        if file is not None:
            await self.export_to(file)

    async def export_to(self, file: Path) -> None:
        """Write all acts, oldest first: JSON Lines where the name ends so, else CSV."""
        entries = await self._accounts.audit_all()
        is_json = file.suffix in (".jsonl", ".json")
        try:
            await asyncio.to_thread(_write, file, entries, is_json=is_json)
        except OSError as error:
            text = self.tr("{} cannot be written ({}). Choose another folder.")
            self.show_error(text.format(file.name, error.strerror))
            return
        words = counted(len(entries), self.tr("act"), self.tr("acts"))
        self.note.show_notice(self.tr("Exported {} to {}.").format(words, file.name), "good")


def _write(file: Path, entries: list[AuditEntry], *, is_json: bool) -> None:
    if is_json:
        write_atomically(file, as_json_lines(entries).encode("utf-8"))
    else:
        write_atomically(file, as_csv(entries).encode("utf-8-sig"))
