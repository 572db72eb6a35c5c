"""The list of bans in force, and how to lift them."""

from __future__ import annotations

import time

from PySide6.QtWidgets import QWidget

from authws_desktop.admission.bans import Ban, Subject
from authws_desktop.panels.kit.async_slot import async_slot
from authws_desktop.panels.kit.chips import Chip, ChipShape
from authws_desktop.panels.kit.columns import chip_column, moment_column, text_column
from authws_desktop.panels.kit.language import tr
from authws_desktop.panels.kit.list_dialog import ListDialog
from authws_desktop.panels.kit.table import Table
from authws_desktop.panels.kit.table_model import Column
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.words import when_text
from authws_desktop.server.service import Service

WHAT, WHO, SINCE, UNTIL, REASON = range(5)


def _chip(ban: Ban) -> Chip:
    if ban.subject is Subject.USER:
        return Chip(tr("user"), "info", ChipShape.PILL)
    return Chip(tr("address"), "special", ChipShape.BOX)


def _until(ban: Ban) -> str:
    return tr("you lift it") if ban.until is None else when_text(ban.until, time.time())


def _columns() -> list[Column[Ban]]:
    return [
        chip_column(tr("What"), _chip, 92),
        text_column(tr("Who"), lambda ban: ban.shown, 160),
        moment_column(tr("Since"), lambda ban: ban.created_at, 128),
        moment_column(tr("Until"), lambda ban: ban.until, 140, _until),
        text_column(tr("Reason"), lambda ban: ban.reason),
    ]


class BansDialog(ListDialog[Ban]):
    """Lists bans, newest first; lifts the chosen ones.

    Attributes:
        lift_button: Ends the chosen ones.
    """

    is_modal = False
    refresh_every_s = 0.5

    def __init__(self, service: Service, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, tr("Bans"), parent)
        self._service = service
        self.set_size(92, 46)
        table = Table(
            theme, self.tr("Bans"), _columns(), lambda ban: ban.id, self, sorted_by=SINCE, is_descending=True
        )
        empty = self.tr("Nobody is banned. Choose somebody on the Live page to ban the user or the address.")
        self.content.addWidget(self.build_list(table, empty), 1)
        self.lift_button = self.add_button(self.tr("Lift"))
        self.close_button = self.add_button(self.tr("Close"))
        self.lift_button.clicked.connect(self._on_lift_clicked)
        self.close_button.clicked.connect(self.accept)
        self.refresh()

    def refresh(self) -> None:
        """Show what is in force now."""
        if (trouble := self._service.bans.trouble) and trouble != self.notice.text:
            self.show_error(trouble)
        self.show_rows(self._service.bans.current())

    def update_controls(self) -> None:
        """Enable Lift while a ban is chosen."""
        self.lift_button.setEnabled(bool(self.table.chosen()))

    @async_slot
    async def _on_lift_clicked(self) -> None:
        for ban in self.table.chosen():
            await self._service.moderation.lift(ban.id)
        self.refresh()
