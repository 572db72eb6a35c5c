"""Who has to wait after too many wrong passwords, and how the host ends it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from authws_desktop.accounts.waits import Lockout, LockoutKind
from authws_desktop.panels.accounts.accounts_model import ROW_ROLE
from authws_desktop.panels.accounts.bars import bar, below_table, under_bar
from authws_desktop.panels.accounts.column_model import Column, ColumnFilter, ColumnModel
from authws_desktop.panels.accounts.reach import names_text
from authws_desktop.panels.accounts.table_view import RowsTable
from authws_desktop.panels.accounts.times import exact_text, left_text, when_text
from authws_desktop.panels.chips import Chip, ChipDelegate, ChipShape
from authws_desktop.panels.empty_state import EmptyState
from authws_desktop.panels.live.escape import visible
from authws_desktop.panels.notices import NoticeBar
from authws_desktop.panels.slots import async_slot
from authws_desktop.panels.theme import Theme, set_variant
from authws_desktop.server.service import Service

KIND, WHO, FAILURES, SINCE, ENDS = range(5)
_WIDTHS = {KIND: 96, FAILURES: 88, SINCE: 144, ENDS: 144}


@dataclass(frozen=True, slots=True)
class LockoutRow:
    """A lock-out as the table shows it: the words move with time."""

    lockout: Lockout
    left: str


class LockoutsPanel(QWidget):
    """The list, with Lift.

    Attributes:
        table: Who has to wait.
        lift_button: Ends the chosen waits.
    """

    def __init__(
        self,
        service: Service,
        theme: Theme,
        parent: QWidget | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(parent)
        self._accounts = service.accounts
        self._theme = theme
        self._now = now
        self._build()
        self.table.selectionModel().selectionChanged.connect(self.update_controls)
        self.lift_button.clicked.connect(self._on_lift)
        self.refresh()

    def _build(self) -> None:
        self.note = NoticeBar(self._theme, self)
        self._build_table()
        self._empty = EmptyState(self._theme, "lock", self)
        self._empty.say(
            self.tr("Nobody has to wait"), self.tr("After too many wrong passwords, people are listed here.")
        )
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self.table)
        self._stack.addWidget(self._empty)
        self._hint = QLabel(self)
        set_variant(self._hint, "role", "muted")
        self.lift_button = QPushButton(self.tr("Lift"), self)
        self.lift_button.setToolTip(self.tr("Let them try again now"))
        frame, row = bar("bar", self)
        row.addWidget(self._hint, 1)
        row.addWidget(self.lift_button)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(frame)
        layout.addLayout(under_bar(self._stack), 1)
        layout.addLayout(below_table(self.note))

    def _build_table(self) -> None:
        self.model = ColumnModel[LockoutRow](
            self._columns(), lambda row: (row.lockout.kind, row.lockout.key), self
        )
        self._shown = ColumnFilter(self.model, self)
        self.table = RowsTable(self._theme, self._shown, _WIDTHS, WHO, self)
        self.table.setAccessibleName(self.tr("Lock-outs"))
        self.table.setItemDelegateForColumn(KIND, ChipDelegate(self._theme, self.table))
        self.table.sortByColumn(ENDS, Qt.SortOrder.DescendingOrder)

    def _columns(self) -> list[Column[LockoutRow]]:
        chips = {
            LockoutKind.ACCOUNT: Chip(self.tr("account"), "info", ChipShape.PILL),
            LockoutKind.ADDRESS: Chip(self.tr("address"), "special", ChipShape.TAG),
        }
        return [
            Column(
                self.tr("What"),
                lambda row: chips[row.lockout.kind].text,
                chip=lambda row: chips[row.lockout.kind],
            ),
            Column(self.tr("Who"), lambda row: visible(row.lockout.key), tip=lambda row: row.lockout.key),
            Column(
                self.tr("Failures"),
                lambda row: str(row.lockout.failures),
                lambda row: row.lockout.failures,
                is_number=True,
            ),
            Column(
                self.tr("Since"),
                lambda row: when_text(row.lockout.since, self._now()),
                lambda row: row.lockout.since,
                tip=lambda row: exact_text(row.lockout.since),
            ),
            Column(
                self.tr("Ends"),
                lambda row: row.left,
                lambda row: row.lockout.until,
                tip=lambda row: exact_text(row.lockout.until),
            ),
        ]

    # Showing

    def refresh(self) -> None:
        """Show who has to wait now."""
        self.show_lockouts(self._accounts.lockouts())

    def show_lockouts(self, lockouts: Sequence[Lockout]) -> None:
        """Show these."""
        now_s = self._now()
        rows = [LockoutRow(each, left_text(each.until, now_s)) for each in lockouts]
        self.model.set_rows(rows)
        self._stack.setCurrentIndex(0 if rows else 1)
        self.update_controls()

    def update_controls(self) -> None:
        """Say whom Lift lets in, and enable it."""
        chosen = self.chosen()
        words = self.tr("Lets {} try again now.").format(_names(chosen)) if chosen else ""
        idle = self.tr("Choose a line to lift it.") if self.model.rows() else ""
        self._hint.setText(words or idle)
        self.lift_button.setEnabled(bool(chosen))

    @property
    def hint(self) -> str:
        """What Lift would do."""
        return self._hint.text()

    def chosen(self) -> list[Lockout]:
        """Return the chosen lock-outs."""
        return [index.data(ROW_ROLE).lockout for index in self.table.selectionModel().selectedRows()]

    def show_error(self, text: str) -> None:
        """Say what went wrong."""
        self.note.show_notice(text, "bad")

    @async_slot
    async def _on_lift(self) -> None:
        chosen = self.chosen()
        lifted = [lockout for lockout in chosen if await self._accounts.lift(lockout)]
        self.refresh()
        if lifted:
            self.note.show_notice(self.tr("{} may try again now.").format(_names(lifted)), "good")


def _names(lockouts: list[Lockout]) -> str:
    return names_text([visible(lockout.key) for lockout in lockouts])
