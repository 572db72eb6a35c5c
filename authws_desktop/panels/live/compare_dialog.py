"""Where two runs part, side by side."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from authws_desktop.panels.kit.chips import Chip, ChipShape
from authws_desktop.panels.kit.columns import chip_column
from authws_desktop.panels.kit.dialog import Dialog, text_label
from authws_desktop.panels.kit.escape import visible
from authws_desktop.panels.kit.language import tr
from authws_desktop.panels.kit.table import Table
from authws_desktop.panels.kit.table_model import Column
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.words import counted, time_text
from authws_desktop.panels.live import record_text
from authws_desktop.panels.live.comparison import Comparison, Pair
from authws_desktop.traffic.record import Record

VERDICT, HERE, THERE = range(3)
HERE_PX = 340


def _chip(pair: Pair) -> Chip:
    return Chip(tr("same")) if pair.is_equal else Chip(tr("differs"), "bad", ChipShape.CUT)


def row_text(record: Record | None) -> str:
    """Return a row on one line, or that there is none."""
    if record is None:
        return tr("nothing more")
    parts = (
        time_text(record.time_s),
        record_text.direction(record),
        record_text.chip(record).text,
        record_text.recipient(record),
        record_text.content(record),
    )
    return "  ".join(part for part in parts if part)


class CompareDialog(Dialog):
    """Shows the first difference, and the equal rows before it.

    Attributes:
        verdict: Says in a sentence how far they are the same.
        table: The rows of the connection that differs.
        show_button: Goes to the row in the traffic.

    Signals:
        row_asked: The row is wanted in the table; carries its number.

    Args:
        theme: The look.
        comparison: What was found.
        here, there: What the two runs are called.
        parent: What the dialog lies over.
    """

    is_modal = False
    row_asked = Signal(int)

    def __init__(
        self, theme: Theme, comparison: Comparison, here: str, there: str, parent: QWidget | None
    ) -> None:
        super().__init__(theme, tr("Two runs compared"), parent)
        self.set_size(110, 44)
        self._number = _shown_number(comparison)
        self.verdict = text_label(_sentence(comparison), "muted")
        columns = [
            chip_column("", _chip, 84),
            _side(here, lambda pair: pair.here, HERE_PX),
            _side(there, lambda pair: pair.there),
        ]
        self.table = Table(theme, tr("Rows side by side"), columns, id, self)
        self.table.source.replace_rows(comparison.pairs)
        self.content.addWidget(self.verdict)
        self.content.addWidget(self.table, 1)
        self.table.setVisible(bool(comparison.pairs))
        self.show_button = self.add_button(tr("Show in the traffic"), is_left=True)
        self.show_button.setEnabled(bool(self._number))
        self.show_button.clicked.connect(lambda: self.row_asked.emit(self._number))
        self.add_button(tr("Close"), is_default=True).clicked.connect(self.accept)


def _side(title: str, record: Callable[[Pair], Record | None], width_px: int = 0) -> Column[Pair]:
    """Return the column of one run; its tool tip has the row whole."""

    def text(pair: Pair) -> str:
        return row_text(record(pair))

    return Column(title, text, tip=text, width_px=width_px)


def _shown_number(comparison: Comparison) -> int:
    """Return the number of the row at which the difference stands; 0 if there is none."""
    rows = [pair.here.number for pair in comparison.pairs if pair.here is not None]
    return rows[-1] if rows else 0


def _sentence(comparison: Comparison) -> str:
    same = counted(comparison.equal_rows, "%n row is the same", "%n rows are the same")
    if not comparison.pairs:
        return tr("{same}, and there is no difference.").format(same=same)
    name = visible(comparison.name) or tr("somebody who did not log in")
    return tr("{same}. Then a connection of {name} differs:").format(same=same, name=name)
