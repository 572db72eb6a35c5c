"""Who waits for the host's approval, and the answer to one or many."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from authws_desktop.accounts.errors import UnknownAccount
from authws_desktop.accounts.models import PendingAccount
from authws_desktop.panels.kit.affected import names_text
from authws_desktop.panels.kit.affected_dialog import AffectedDialog
from authws_desktop.panels.kit.async_slot import async_slot
from authws_desktop.panels.kit.columns import moment_column, text_column
from authws_desktop.panels.kit.dialog import text_label
from authws_desktop.panels.kit.language import tr
from authws_desktop.panels.kit.list_dialog import ListPanel
from authws_desktop.panels.kit.notices import NoticeKind
from authws_desktop.panels.kit.table import Table
from authws_desktop.panels.kit.table_model import Column
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.words import ago_text
from authws_desktop.server.service import Service

NAME, ASKED, ADDRESS, APP = range(4)


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """Somebody who waits, as the table shows it: the words move with time."""

    pending: PendingAccount
    ago: str


def _columns() -> list[Column[WaitingRow]]:
    return [
        text_column(tr("Name"), lambda row: row.pending.username),
        moment_column(tr("Asked"), lambda row: row.pending.asked_at, 120, lambda row: row.ago),
        text_column(tr("Address"), lambda row: row.pending.address, 140),
        text_column(tr("App"), lambda row: row.pending.app, 160),
    ]


class WaitingPanel(ListPanel[WaitingRow]):
    """The list, with Accept and Deny.

    Attributes:
        accept_button, deny_button: For the chosen ones.
    """

    def __init__(self, service: Service, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self._service = service
        self._accounts = service.accounts
        self._build()
        self._connect()
        self.refresh()

    # Building

    def _build(self) -> None:
        table = Table(
            self.theme,
            self.tr("Who waits"),
            _columns(),
            lambda row: row.pending.id,
            self,
            sorted_by=ASKED,
        )
        self.content.addWidget(self.build_list(table, ""), 1)
        self.choice_label = text_label("", "muted", self)
        self.foot.addWidget(self.choice_label, 1)
        self.deny_button = self.add_button(self.tr("Deny…"))
        self.accept_button = self.add_button(self.tr("Accept"), "primary")

    def _connect(self) -> None:
        self.accept_button.clicked.connect(self._on_accept)
        self.deny_button.clicked.connect(self._on_deny)
        delete, within = QKeySequence.StandardKey.Delete, Qt.ShortcutContext.WidgetWithChildrenShortcut
        QShortcut(QKeySequence(delete), self, self.deny_button.click, context=within)

    # Showing

    def refresh(self) -> None:
        """Show who waits now."""
        now_s = time.time()
        pending = self._accounts.registration.pending()
        self.show_rows([WaitingRow(each, ago_text(each.asked_at, now_s)) for each in pending])
        needs = self._service.settings.values.registration == "approval"
        self.empty_label.setText(
            self.tr("Nobody waits.")
            if needs
            else self.tr("Nobody waits: registration does not ask for your approval now.")
        )
        if not needs and not pending and self.notice.isHidden() and not self._is_locked():
            words = self.tr("Newcomers wait here once registration needs your approval.")
            self.notice.show_notice(words, NoticeKind.INFO, self.tr("Require approval"), self._on_require)
        elif (needs or pending) and self.notice.kind is NoticeKind.INFO:
            self.notice.clear()

    def _is_locked(self) -> bool:
        return self._service.settings.is_locked("registration")

    def update_controls(self) -> None:
        """Name the chosen ones, and enable what can be used now."""
        chosen = self.chosen()
        names = names_text([pending.username for pending in chosen])
        idle = self.tr("Choose one or many; Ctrl+A chooses all.") if self.table.source.rows() else ""
        self.choice_label.setText(names or idle)
        self.accept_button.setEnabled(bool(chosen))
        self.deny_button.setEnabled(bool(chosen))

    def chosen(self) -> list[PendingAccount]:
        """Return the chosen ones, as shown."""
        return [row.pending for row in self.table.chosen()]

    # Acting

    @async_slot
    async def _on_accept(self) -> None:
        chosen = self.chosen()
        await self._each(chosen, self._accounts.registration.approve)
        names = names_text([pending.username for pending in chosen])
        self.notice.show_notice(
            self.tr("Accepted {names}. They can log in now.").format(names=names), NoticeKind.GOOD
        )
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
            left = [
                pending.username for pending in self._accounts.registration.pending() if pending.id in ids
            ]
            return self.tr("Denies {names}.").format(names=names_text(left)) if left else ""

        names = names_text([pending.username for pending in chosen])
        title = self.tr("Deny {names}?").format(names=names)
        more = self.tr("The request is deleted with its password. The name is free again.")
        question = AffectedDialog(
            self.theme,
            title,
            self.tr("Deny"),
            describe,
            lambda: self._each(chosen, self._accounts.registration.deny),
            more,
            self,
        )
        await question.run()
        self.refresh()

    @async_slot
    async def _on_require(self) -> None:
        await self._service.change(registration="approval")
        self.refresh()
