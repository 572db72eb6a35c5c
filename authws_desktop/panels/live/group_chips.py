"""Chips above the traffic: one click leaves a group of rows out, or shows it again; each has its count."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QToolButton, QWidget

from authws_desktop.panels.kit.boxes import horizontal_box
from authws_desktop.panels.kit.counting_text import set_counting_text
from authws_desktop.panels.kit.theme import GRID, set_variant
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.kit.words import count_text
from authws_desktop.panels.live.row_counts import RowCounts
from authws_desktop.panels.live.row_groups import FOLDED_AT_FIRST, RowGroup
from authws_desktop.traffic.ring import TrafficRing


class GroupChips(QWidget):
    """A button for each group of rows.

    Attributes:
        buttons: By group.
        counts: What they count.

    Signals:
        changed: Other groups are shown now.

    Args:
        window_state: Where the choice is remembered.
        key: Under which it is.
    """

    changed = Signal()

    def __init__(self, window_state: WindowState, key: str) -> None:
        super().__init__()
        self._window_state = window_state
        self._key = key
        self.counts = RowCounts()
        self._words = self._group_words()
        self.buttons: dict[RowGroup, QToolButton] = {}
        self._build()
        self._restore()

    def _build(self) -> None:
        row = horizontal_box(self, margins=(GRID, 0, GRID, 0), spacing=GRID // 2)
        tip = self.tr("Show or leave out these rows; the count is of all that came since the last Clear")
        for group in self._words:
            button = QToolButton()
            button.setCheckable(True)
            button.setToolTip(tip)
            set_variant(button, "kind", "chip")
            button.clicked.connect(self._on_clicked)
            self.buttons[group] = button
            row.addWidget(button)
        tip = self.tr(
            "Show what the server answered as rows of their own (E); each request tells its outcome"
        )
        self.buttons[RowGroup.ANSWERS].setToolTip(tip)
        row.addStretch()

    def _group_words(self) -> dict[RowGroup, str]:
        return {
            RowGroup.MESSAGES: self.tr("Messages"),
            RowGroup.DIRECTS: self.tr("Directs"),
            RowGroup.LOGINS: self.tr("Logins"),
            RowGroup.PRESENCE: self.tr("Presence"),
            RowGroup.ERRORS: self.tr("Errors"),
            RowGroup.ANSWERS: self.tr("Answers"),
        }

    def _restore(self) -> None:
        default = ",".join(FOLDED_AT_FIRST)
        left_out = self._window_state.text(self._key, default).split(",")
        for group, button in self.buttons.items():
            button.setChecked(group not in left_out)
        self._show_counts()

    @property
    def left_out(self) -> frozenset[RowGroup]:
        """The groups that are not shown."""
        return frozenset(group for group, button in self.buttons.items() if not button.isChecked())

    def show_only(self, left_out: frozenset[RowGroup]) -> None:
        """Leave out exactly these groups."""
        if left_out != self.left_out:
            for group, button in self.buttons.items():
                button.setChecked(group not in left_out)
            self._on_clicked()

    @Slot()
    def _on_clicked(self) -> None:
        self._window_state.set_text(self._key, ",".join(sorted(self.left_out)))
        self.changed.emit()

    # Counting

    def refresh(self, ring: TrafficRing) -> None:
        """Count what the ring gained, or what is in another one."""
        if self.counts.refresh(ring):
            self._show_counts()

    def start_over(self, after: int) -> None:
        """Set all counts to zero, and count only records after a number."""
        self.counts.start_over(after)
        self._show_counts()

    def _show_counts(self) -> None:
        for group, word in self._words.items():
            text = f"{word} {count_text(self.counts.groups[group])}"
            button = self.buttons[group]
            if button.text() != text:
                set_counting_text(button, text)
                button.setAccessibleName(text)
