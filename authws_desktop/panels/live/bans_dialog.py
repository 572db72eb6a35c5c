"""The list of bans in force, and how to lift them."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import QItemSelectionModel, QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QWidget

from authws_desktop.panels.accounts.times import when_text
from authws_desktop.panels.chips import Chip, ChipShape
from authws_desktop.panels.dialog_frame import headed_column
from authws_desktop.panels.live.detail_tables import Cell, DetailModel, DetailTable
from authws_desktop.panels.live.escape import visible
from authws_desktop.panels.notices import NoticeBar, NoticeKind
from authws_desktop.panels.slots import async_slot
from authws_desktop.panels.theme import GRID, Theme, set_variant
from authws_desktop.server.bans import Ban, Subject
from authws_desktop.server.service import Service

REFRESH_MS = 500


class BansModel(DetailModel):
    """Bans, one a row."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__([], parent)
        self._titles = [
            self.tr("What"),
            self.tr("Who"),
            self.tr("Since"),
            self.tr("Until"),
            self.tr("Reason"),
        ]
        self.bans: list[Ban] = []

    def load(self, bans: Sequence[Ban]) -> bool:
        """Show these bans; `False` if they are shown already."""
        if list(bans) == self.bans:
            return False
        self.bans = list(bans)
        self._reset(len(self.bans))
        return True

    def cells(self, row: int) -> Sequence[Cell]:
        """Return what and who, from when, until when, and why."""
        ban, now_s = self.bans[row], time.time()
        if ban.subject is Subject.USER:
            chip = Chip(self.tr("user"), "info", ChipShape.PILL)
        else:
            chip = Chip(self.tr("address"), "special", ChipShape.BOX)
        until = self.tr("you lift it") if ban.until is None else when_text(ban.until, now_s)
        return [chip, visible(ban.shown), when_text(ban.created_at, now_s), until, visible(ban.reason)]


class BansDialog(QDialog):
    """Lists bans; lifts the chosen ones.

    Attributes:
        model, table: The bans.
        lift_button: Ends the chosen ones.
        note: What went wrong, in words.
    """

    def __init__(self, service: Service, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._service = service
        self._theme = theme
        self._timer = QTimer(self, interval=REFRESH_MS)
        self.model = BansModel(self)
        self._build()
        self._connect()
        self.refresh()
        self._timer.start()

    def _build(self) -> None:
        self.resize(92 * GRID, 46 * GRID)
        self.note = NoticeBar(self._theme, self)
        self.table = DetailTable(self.model, [92, 160, 128, 140], self._theme, self)
        self.table.setAccessibleName(self.tr("Bans"))
        self.empty_label = QLabel(
            self.tr("Nobody is banned. Choose somebody on the Live page to ban the user or the address."),
            self,
        )
        self.empty_label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty_label.setWordWrap(True)
        set_variant(self.empty_label, "role", "muted")
        self.lift_button = QPushButton(self.tr("Lift"), self)
        self.close_button = QPushButton(self.tr("Close"), self)
        layout = headed_column(self, self.tr("Bans"))
        layout.addWidget(self.note)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.empty_label, 1)
        foot = QHBoxLayout()
        foot.setSpacing(GRID)
        foot.addStretch(1)
        for button in (self.lift_button, self.close_button):
            button.setAutoDefault(False)
            foot.addWidget(button)
        layout.addLayout(foot)

    def _connect(self) -> None:
        self._timer.timeout.connect(self.refresh)
        self.table.selectionModel().selectionChanged.connect(self.update_controls)
        self.lift_button.clicked.connect(self._on_lift_clicked)
        self.close_button.clicked.connect(self.accept)

    @Slot()
    def refresh(self) -> None:
        """Show what is in force now; what was chosen stays chosen."""
        chosen = {ban.id for ban in self.chosen()}
        if self.model.load(self._service.bans.current()):
            flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
            for row, ban in enumerate(self.model.bans):
                if ban.id in chosen:
                    self.table.selectionModel().select(self.model.index(row, 0), flags)
        if (trouble := self._service.bans.trouble) and trouble != self.note.text:
            self.show_error(trouble)
        has_bans = bool(self.model.bans)
        self.table.setVisible(has_bans)
        self.empty_label.setVisible(not has_bans)
        self.update_controls()

    def chosen(self) -> list[Ban]:
        """Return the chosen bans."""
        rows = (index.row() for index in self.table.selectionModel().selectedRows())
        return [self.model.bans[row] for row in rows]

    @Slot()
    def update_controls(self) -> None:
        """Enable Lift while a ban is chosen."""
        self.lift_button.setEnabled(bool(self.table.selectionModel().selectedRows()))

    @async_slot
    async def _on_lift_clicked(self) -> None:
        for ban in self.chosen():
            await self._service.moderation.lift(ban.id)
        self.refresh()

    def show_error(self, text: str) -> None:
        """Say in the dialog what went wrong."""
        self.note.show_notice(text, NoticeKind.BAD)
