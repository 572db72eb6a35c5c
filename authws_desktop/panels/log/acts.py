"""Who did what: the administrative acts, newest first, searched and exported."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import QMenu, QPushButton

from authws_desktop.accounts.audit import DONE, AuditEntry, as_csv, as_json_lines
from authws_desktop.panels.kit.async_slot import async_slot
from authws_desktop.panels.kit.chips import Chip, ChipShape
from authws_desktop.panels.kit.columns import text_column
from authws_desktop.panels.kit.escape import visible
from authws_desktop.panels.kit.files import choose_file_to_save, write_or_say
from authws_desktop.panels.kit.language import tr
from authws_desktop.panels.kit.notices import NoticeKind
from authws_desktop.panels.kit.table import Table
from authws_desktop.panels.kit.table_model import Column
from authws_desktop.panels.kit.table_page import TablePage
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.kit.words import counted, exact_text
from authws_desktop.server.service import Service

TIME, ACTOR, ACT, TARGET, ADDRESS, OUTCOME = range(6)
PAGE_SIZE = 500
STATE_KEY = "audit"


@dataclass(frozen=True, slots=True)
class ActRow:
    """One row: an act, or a batch of equal acts that were done together.

    Attributes:
        newest: The last of them.
        targets: Whom or what they concern, oldest first.
    """

    newest: AuditEntry
    targets: tuple[str, ...]

    @property
    def target(self) -> str:
        """Whom or what it concerns, on one line."""
        names = ", ".join(self.targets)
        return names if len(self.targets) == 1 else f"{len(self.targets):,}: {names}"


def folded(entries: Iterable[AuditEntry]) -> list[ActRow]:
    """Return a row for each act; acts of one batch are one row.

    Args:
        entries: Newest first.
    """
    batches: list[list[AuditEntry]] = []
    for entry in entries:
        if batches and _is_of_batch(batches[-1][-1], entry):
            batches[-1].append(entry)
        else:
            batches.append([entry])
    return [ActRow(batch[0], tuple(each.target for each in reversed(batch))) for batch in batches]


def _is_of_batch(later: AuditEntry, entry: AuditEntry) -> bool:
    same = (later.actor, later.act, later.address, later.outcome)
    is_same = same == (entry.actor, entry.act, entry.address, entry.outcome)
    return is_same and later.time == entry.time  # written in one transaction, at one moment


def _columns() -> list[Column[ActRow]]:
    done = Chip(tr("done"), "good", ChipShape.PILL)
    return [
        Column(
            tr("Time"), lambda row: exact_text(row.newest.time)[:19], lambda row: row.newest.id, width_px=160
        ),
        text_column(tr("Who"), lambda row: row.newest.actor, 120),
        text_column(tr("What"), lambda row: row.newest.act, 136),
        text_column(tr("Whom or what"), lambda row: row.target),
        text_column(tr("From"), lambda row: row.newest.address, 120),
        Column(
            tr("Outcome"),
            lambda row: visible(row.newest.outcome),
            chip=lambda row: done if row.newest.outcome == DONE else None,
            tip=lambda row: row.newest.outcome,
            width_px=200,
        ),
    ]


class ActsPanel(TablePage[ActRow]):
    """Reads what is new when the audit's revision moves; older acts come on request.

    Attributes:
        older_button: Reads older ones.
        export_button: Writes all of them to a file.

    Args:
        service: Has the acts.
        theme: The look.
        window_state: Remembers the columns.
    """

    def __init__(self, service: Service, theme: Theme, window_state: WindowState) -> None:
        table = Table(
            theme,
            tr("Administrative acts"),
            _columns(),
            lambda row: row.newest.id,
            sorted_by=TIME,
            is_descending=True,
        )
        super().__init__(theme, table, "scroll-text")
        self._accounts = service.accounts
        self._entries: list[AuditEntry] = []
        self._seen_revision: int | None = None
        self._is_reading = False
        self._has_older = False
        self._build_tools()
        self.search.textChanged.connect(self.update_controls)
        self.older_button.clicked.connect(self._on_older)
        table.remember(window_state, STATE_KEY)

    def _build_tools(self) -> None:
        self.older_button = QPushButton(self.tr("Show older"), self)
        self.export_button = QPushButton(self.tr("Export all"), self)
        menu = QMenu(self)
        menu.addAction(self.tr("As CSV…")).triggered.connect(self._on_export_csv)
        menu.addAction(self.tr("As JSON Lines…")).triggered.connect(self._on_export_json)
        self.export_button.setMenu(menu)
        self.theme.decorate(self.export_button, "download", "muted")
        self.tool_row.addWidget(self.build_search(self.tr("Search  /"), self.tr("Search the acts")), 1)
        self.tool_row.addWidget(self.count_label)
        self.tool_row.addStretch(1)
        self.tool_row.addWidget(self.older_button)
        self.tool_row.addWidget(self.export_button)

    # Showing

    def refresh(self) -> None:
        """Read what is new, if anything is."""
        if not self._is_reading and self._accounts.audit.revision != self._seen_revision:
            self._is_reading = True
            self._read_new()

    @async_slot
    async def _read_new(self) -> None:
        revision = self._accounts.audit.revision
        try:
            newest = await self._accounts.audit.entries(limit=PAGE_SIZE)
        finally:
            # A failure is said once and tried again at the next change.
            self._seen_revision = revision
            self._is_reading = False
        self._entries, self._has_older = self._merged(newest)
        self.table.show_rows(folded(self._entries))
        self.update_controls()

    def _merged(self, newest: list[AuditEntry]) -> tuple[list[AuditEntry], bool]:
        """Return the newest acts with the older ones that are known, and whether there are more."""
        if len(newest) < PAGE_SIZE:
            return newest, False
        oldest_id = newest[-1].id
        known = self._entries
        if not any(entry.id >= oldest_id for entry in known):
            return newest, True  # the first look, or so much came that there is a gap
        return [*newest, *(entry for entry in known if entry.id < oldest_id)], self._has_older

    @async_slot
    async def _on_older(self) -> None:
        before_id = min(entry.id for entry in self._entries)
        older = await self._accounts.audit.entries(before_id=before_id, limit=PAGE_SIZE)
        self._has_older = len(older) == PAGE_SIZE
        self._entries = [*self._entries, *older]
        self.table.show_rows(folded(self._entries))
        self.update_controls()

    def update_controls(self) -> None:
        """Say how many acts are shown, and enable what can be done."""
        has_acts = bool(self.table.source.rows())
        self.count_label.setText(self.counted_rows("%n act", "%n acts"))
        self.older_button.setVisible(self._has_older)
        self.export_button.setEnabled(has_acts)
        if has_acts:
            self.show_rows_or(self.tr("No act matches"), "", (self.tr("Clear search"), self.search.clear))
        else:
            self.show_rows_or(
                self.tr("Nothing was done yet"),
                self.tr("What hosts do is noted here: start and stop, settings, accounts, bans."),
            )

    # Export

    @async_slot
    async def _on_export_csv(self) -> None:
        await self._ask_and_export(self.tr("CSV files (*.csv)"), "audit.csv")

    @async_slot
    async def _on_export_json(self) -> None:
        await self._ask_and_export(self.tr("JSON Lines (*.jsonl)"), "audit.jsonl")

    async def _ask_and_export(self, name_filter: str, name: str) -> None:
        file = await choose_file_to_save(self.window(), self.tr("Export all acts"), [name_filter], name)
        if file is not None:
            await self.export_to(file)

    async def export_to(self, file: Path) -> None:
        """Write all acts, oldest first: JSON Lines where the name ends so, else CSV."""
        entries = await self._accounts.audit.all()
        is_json = file.suffix in (".jsonl", ".json")
        content = await asyncio.to_thread(_content, entries, is_json=is_json)
        if not await write_or_say(file, content, self.show_error):
            return
        words = self.tr("Exported {acts} to {file}.")
        acts = counted(len(entries), "%n act", "%n acts")
        self.notice.show_notice(words.format(acts=acts, file=file.name), NoticeKind.GOOD)


def _content(entries: list[AuditEntry], *, is_json: bool) -> bytes:
    return as_json_lines(entries).encode("utf-8") if is_json else as_csv(entries).encode("utf-8-sig")
