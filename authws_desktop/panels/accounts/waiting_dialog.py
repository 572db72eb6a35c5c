"""Who waits for the host's approval, and the answer to one or many."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QStackedWidget, QWidget

from authws_desktop.accounts.errors import UnknownAccount
from authws_desktop.accounts.records import PendingAccount
from authws_desktop.panels.accounts.accounts_model import ROW_ROLE, natural_key
from authws_desktop.panels.accounts.column_model import Column, ColumnFilter, ColumnModel
from authws_desktop.panels.accounts.reach import names_text
from authws_desktop.panels.accounts.reach_dialog import ReachDialog
from authws_desktop.panels.accounts.table_view import RowsTable
from authws_desktop.panels.accounts.times import ago_text, exact_text
from authws_desktop.panels.confirm import finished
from authws_desktop.panels.dialog_frame import headed_column
from authws_desktop.panels.notices import NoticeBar
from authws_desktop.panels.slots import async_slot
from authws_desktop.panels.theme import GRID, Theme, set_variant
from authws_desktop.server.service import Service

NAME, ASKED, ADDRESS, APP = range(4)
_WIDTHS = {ASKED: 120, ADDRESS: 140, APP: 160}


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """Somebody who waits, as the table shows it: the words move with time."""

    pending: PendingAccount
    ago: str


class WaitingDialog(QDialog):
    """The list, with Accept and Deny. The page calls `refresh` while it is open.

    Attributes:
        table: Who waits.
        accept_button, deny_button: For the chosen ones.
        question: The open question before denying, if there is one.
    """

    def __init__(
        self, service: Service, theme: Theme, parent: QWidget, now: Callable[[], float] = time.time
    ) -> None:
        super().__init__(parent)
        self._service = service
        self._accounts = service.accounts
        self._theme = theme
        self._now = now
        self.question: ReachDialog | None = None
        self._build()
        self._connect()
        self.refresh()

    # Building

    def _build(self) -> None:
        title = self.tr("Waiting for your approval")
        self.resize(88 * GRID, 52 * GRID)
        self.note = NoticeBar(self._theme, self)
        self.empty_label = QLabel(self)
        self.empty_label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty_label.setWordWrap(True)
        set_variant(self.empty_label, "role", "muted")
        layout = headed_column(self, title)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self._build_table())
        self._stack.addWidget(self.empty_label)
        for widget in (self.note, self._stack):
            layout.addWidget(widget)
        layout.setStretchFactor(self._stack, 1)
        layout.addLayout(self._build_foot())

    def _build_table(self) -> RowsTable:
        columns = [
            Column[WaitingRow](
                self.tr("Name"),
                lambda row: row.pending.username,
                lambda row: natural_key(row.pending.username),
            ),
            Column[WaitingRow](
                self.tr("Asked"),
                lambda row: row.ago,
                lambda row: row.pending.asked_at,
                tip=lambda row: exact_text(row.pending.asked_at),
            ),
            Column[WaitingRow](self.tr("Address"), lambda row: row.pending.address),
            Column[WaitingRow](self.tr("App"), lambda row: row.pending.app, tip=lambda row: row.pending.app),
        ]
        self.model = ColumnModel[WaitingRow](columns, lambda row: row.pending.id, self)
        self._shown = ColumnFilter(self.model, self)
        self.table = RowsTable(self._theme, self._shown, _WIDTHS, NAME, self)
        self.table.setAccessibleName(self.tr("Who waits"))
        self.table.sortByColumn(ASKED, Qt.SortOrder.AscendingOrder)
        return self.table

    def _build_foot(self) -> QHBoxLayout:
        self.choice_label = QLabel(self)
        set_variant(self.choice_label, "role", "muted")
        self.close_button = QPushButton(self.tr("Close"), self)
        self.deny_button = QPushButton(self.tr("Deny…"), self)
        self.accept_button = QPushButton(self.tr("Accept"), self)
        set_variant(self.accept_button, "kind", "primary")
        foot = QHBoxLayout()
        foot.setSpacing(GRID)
        foot.addWidget(self.choice_label, 1)
        for button in (self.close_button, self.deny_button, self.accept_button):
            button.setAutoDefault(False)
            foot.addWidget(button)
        return foot

    def _connect(self) -> None:
        self.table.selectionModel().selectionChanged.connect(self.update_controls)
        self.accept_button.clicked.connect(self._on_accept)
        self.deny_button.clicked.connect(self._on_deny)
        self.close_button.clicked.connect(self.accept)
        delete = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), self)
        delete.activated.connect(self.deny_button.click)

    # Showing

    def refresh(self) -> None:
        """Show who waits now."""
        now_s = self._now()
        pending = self._accounts.pending()
        self.model.set_rows([WaitingRow(each, ago_text(each.asked_at, now_s)) for each in pending])
        self._stack.setCurrentIndex(0 if pending else 1)
        needs = self._service.settings.values.registration == "approval"
        self.empty_label.setText(
            self.tr("Nobody waits.")
            if needs
            else self.tr("Nobody waits: registration does not ask for your approval now.")
        )
        if not needs and not pending and self.note.isHidden() and not self._is_locked():
            words = self.tr("Newcomers wait here once registration needs your approval.")
            self.note.show_notice(words, "info", self.tr("Require approval"), self._on_require)
        elif (needs or pending) and self.note.property("tone") == "info":
            self.note.clear()
        self.update_controls()
        if self.question is not None:
            self.question.refresh()

    def _is_locked(self) -> bool:
        return self._service.settings.is_locked("registration")

    def update_controls(self) -> None:
        """Name the chosen ones, and enable what can be used now."""
        chosen = self.chosen()
        names = names_text([pending.username for pending in chosen])
        idle = self.tr("Choose one or many; Ctrl+A chooses all.") if self.model.rows() else ""
        self.choice_label.setText(names or idle)
        self.accept_button.setEnabled(bool(chosen))
        self.deny_button.setEnabled(bool(chosen))

    def chosen(self) -> list[PendingAccount]:
        """Return the chosen ones, as shown."""
        indexes = sorted(self.table.selectionModel().selectedRows(), key=lambda index: index.row())
        return [index.data(ROW_ROLE).pending for index in indexes]

    def show_error(self, text: str) -> None:
        """Say in the dialog what went wrong."""
        self.note.show_notice(text, "bad")

    # Acting

    @async_slot
    async def _on_accept(self) -> None:
        chosen = self.chosen()
        await self._each(chosen, self._accounts.approve)
        names = names_text([pending.username for pending in chosen])
        self.note.show_notice(self.tr("Accepted {}. They can log in now.").format(names), "good")
        self.refresh()

    async def _each(self, chosen: list[PendingAccount], act: Callable[[str], Awaitable[object]]) -> None:
        for pending in chosen:
            try:
                await act(pending.id)
            except UnknownAccount:  # somebody else answered meanwhile
                continue

    @async_slot
    async def _on_deny(self) -> None:
        chosen = self.chosen()
        ids = {pending.id for pending in chosen}

        def describe() -> str:
            left = [pending.username for pending in self._accounts.pending() if pending.id in ids]
            return self.tr("Denies {}.").format(names_text(left)) if left else ""

        title = self.tr("Deny {}?").format(names_text([pending.username for pending in chosen]))
        more = self.tr("The request is deleted with its password. The name is free again.")
        self.question = ReachDialog(
            self._theme,
            title,
            self.tr("Deny"),
            describe,
            lambda: self._each(chosen, self._accounts.deny),
            more,
            self,
        )
        try:
            await self.question.ask()
        finally:
            self.question = None
        self.refresh()

    @async_slot
    async def _on_require(self) -> None:
        saved = self._service.settings.saved
        await self._service.apply(msgspec.structs.replace(saved, registration="approval"))
        self.refresh()

    async def show_until_closed(self) -> None:
        """Open the dialog and wait until it is closed; it is gone afterwards."""
        await finished(self)
