"""Who has to wait after too many wrong passwords, and how the host ends it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QPushButton

from authws_desktop.accounts.growing_waits import Lockout, LockoutKind
from authws_desktop.panels.kit.affected import names_text
from authws_desktop.panels.kit.async_slot import async_slot
from authws_desktop.panels.kit.chips import Chip, ChipShape
from authws_desktop.panels.kit.columns import chip_column, count_column, moment_column, text_column
from authws_desktop.panels.kit.dialog import text_label
from authws_desktop.panels.kit.escape import visible
from authws_desktop.panels.kit.language import tr
from authws_desktop.panels.kit.notices import NoticeKind
from authws_desktop.panels.kit.table import Table
from authws_desktop.panels.kit.table_model import Column
from authws_desktop.panels.kit.table_page import TablePage
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.words import left_text
from authws_desktop.server.service import Service

KIND, WHO, FAILURES, SINCE, ENDS = range(5)


@dataclass(frozen=True, slots=True)
class LockoutRow:
    """A lock-out as the table shows it: the words move with time."""

    lockout: Lockout
    left: str


def _columns() -> list[Column[LockoutRow]]:
    chips = {
        LockoutKind.ACCOUNT: Chip(tr("account"), "info", ChipShape.PILL),
        LockoutKind.PAIR: Chip(tr("account"), "info", ChipShape.PILL),
        LockoutKind.PASSWORD_CHANGE: Chip(tr("password"), "info", ChipShape.PILL),
        LockoutKind.ADDRESS: Chip(tr("address"), "special", ChipShape.TAG),
    }
    return [
        chip_column(tr("What"), lambda row: chips[row.lockout.kind], 96),
        text_column(tr("Who"), lambda row: row.lockout.key),
        count_column(tr("Failures"), lambda row: row.lockout.failures, 88),
        moment_column(tr("Since"), lambda row: row.lockout.since, 144),
        moment_column(tr("Ends"), lambda row: row.lockout.until, 144, lambda row: row.left),
    ]


class LockoutsPanel(TablePage[LockoutRow]):
    """The list, with Lift.

    Attributes:
        hint_label: What Lift would do.
        lift_button: Ends the chosen waits.
    """

    def __init__(self, service: Service, theme: Theme) -> None:
        table = Table(
            theme,
            tr("Lock-outs"),
            _columns(),
            lambda row: (row.lockout.kind, row.lockout.key),
            sorted_by=ENDS,
            is_descending=True,
        )
        super().__init__(theme, table, "lock")
        self._accounts = service.accounts
        self.hint_label = text_label("", "muted", self)
        self.lift_button = QPushButton(self.tr("Lift"), self)
        self.lift_button.setToolTip(self.tr("Let them try again now"))
        self.tool_row.addWidget(self.hint_label, 1)
        self.tool_row.addWidget(self.lift_button)
        table.selectionModel().selectionChanged.connect(self.update_controls)
        self.lift_button.clicked.connect(self._on_lift)
        self.refresh()

    # Showing

    def refresh(self) -> None:
        """Show who has to wait now."""
        self.show_lockouts(self._accounts.logins.lockouts())

    def show_lockouts(self, lockouts: Sequence[Lockout]) -> None:
        """Show these."""
        now_s = time.time()
        self.table.show_rows([LockoutRow(each, left_text(each.until, now_s)) for each in lockouts])
        self.show_rows_or(
            self.tr("Nobody has to wait"), self.tr("After too many wrong passwords, people are listed here.")
        )
        self.update_controls()

    def update_controls(self) -> None:
        """Say whom Lift lets in, and enable it."""
        chosen = self.chosen()
        words = self.tr("Lets {names} try again now.").format(names=_names(chosen)) if chosen else ""
        idle = self.tr("Choose a line to lift it.") if self.table.source.rows() else ""
        self.hint_label.setText(words or idle)
        self.lift_button.setEnabled(bool(chosen))

    def chosen(self) -> list[Lockout]:
        """Return the chosen lock-outs."""
        return [row.lockout for row in self.table.chosen()]

    @async_slot
    async def _on_lift(self) -> None:
        chosen = self.chosen()
        lifted = [lockout for lockout in chosen if await self._accounts.logins.lift(lockout)]
        self.refresh()
        if lifted:
            words = self.tr("{names} may try again now.").format(names=_names(lifted))
            self.notice.show_notice(words, NoticeKind.GOOD)


def _names(lockouts: list[Lockout]) -> str:
    return names_text([visible(lockout.key) for lockout in lockouts])
