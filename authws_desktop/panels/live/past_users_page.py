"""Who was there then, in place of who is: a list that says of when it is, and the way back."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QWidget

from authws_desktop.panels.kit.boxes import NO_MARGINS, vertical_box
from authws_desktop.panels.kit.dialog import text_label
from authws_desktop.panels.kit.escape import numbered, visible
from authws_desktop.panels.kit.table import Table
from authws_desktop.panels.kit.table_model import Column
from authws_desktop.panels.kit.theme import GRID, Theme
from authws_desktop.panels.kit.words import clock_text, counted
from authws_desktop.panels.live.past_users import PastUser

SINCE_PX = 9 * GRID


class PastUsersPage(QWidget):
    """A list of `PastUser`.

    Attributes:
        table: The list.
        heading: Of when it is.
        back_button: Shows who is there now.

    Signals:
        left: The person wants to see who is there now.

    Args:
        theme: Colours and fonts.
    """

    left = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        columns = [
            Column[PastUser](self.tr("Then connected"), self._name, tip=self._name),
            Column[PastUser](self.tr("Since"), _since, lambda user: user.since_s, width_px=SINCE_PX),
        ]
        self.table = Table(
            theme, self.tr("Users as they were"), columns, lambda user: user.identity.number, sorted_by=0
        )
        self.heading = text_label("", "muted")
        self.back_button = QPushButton(self.tr("Back to now"))
        self.back_button.clicked.connect(self.left)
        layout = vertical_box(self, margins=NO_MARGINS, spacing=GRID // 2)
        top = vertical_box(margins=(GRID, 0, GRID, 0))
        top.addWidget(self.heading)
        top.addWidget(self.back_button)
        layout.addLayout(top)
        layout.addWidget(self.table, 1)

    def show_users(self, moment_s: float, users: Sequence[PastUser]) -> None:
        """Show who was there at a moment, seconds since the epoch."""
        there = counted(len(users), "%n connection", "%n connections")
        self.heading.setText(
            self.tr("As it was at {time}: {there}").format(time=clock_text(moment_s), there=there)
        )
        self.table.source.replace_rows(users)

    def _name(self, user: PastUser) -> str:
        identity = user.identity
        name = visible(identity.username) if identity.username else self.tr("Not logged in")
        app = visible(identity.app[:200])
        return f"{numbered(name, identity.number)}  {app}".rstrip()


def _since(user: PastUser) -> str:
    return clock_text(user.since_s) if user.since_s else "…"
