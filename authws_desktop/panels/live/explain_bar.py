"""The line above a row's detail that says why something went wrong, what to do, and does it."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QPushButton

from authws_desktop.panels.kit.boxes import horizontal_box
from authws_desktop.panels.kit.dialog import text_label
from authws_desktop.panels.kit.sentences import said
from authws_desktop.panels.kit.theme import GRID, set_variant
from authws_desktop.panels.live.remedy_acts import Explanation


class ExplainBar(QFrame):
    """Cause, remedy and one button; hidden where there is nothing to explain.

    Attributes:
        cause_label, remedy_label, act_button: What it shows.

    Signals:
        act_asked: The button; carries the `Act`.
    """

    act_asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._explanation: Explanation | None = None
        set_variant(self, "kind", "notice")
        set_variant(self, "tone", "bad")
        self.cause_label = text_label("", "", self)
        self.remedy_label = text_label("", "muted", self)
        self.act_button = QPushButton(self)
        row = horizontal_box(self, margins=(GRID + GRID // 2, GRID // 2, GRID // 2, GRID // 2), spacing=GRID)
        row.addWidget(self.cause_label, 1)
        row.addWidget(self.remedy_label, 1)
        row.addWidget(self.act_button)
        self.act_button.clicked.connect(self._on_act)
        self.hide()

    def show_explanation(self, explanation: Explanation | None, *, can_act: bool = True) -> None:
        """Show what is behind a row.

        Args:
            explanation: What is said; `None` hides the line.
            can_act: Whether the button is offered: not for rows of a file.
        """
        self._explanation = explanation
        self.setVisible(explanation is not None)
        if explanation is None:
            return
        cause, remedy, label = said(explanation.cause), said(explanation.remedy), said(explanation.label)
        self.cause_label.setText(cause)
        self.remedy_label.setText(remedy)
        self.remedy_label.setVisible(bool(explanation.remedy))
        self.act_button.setText(label)
        self.act_button.setAccessibleName(label)
        self.act_button.setVisible(bool(explanation.label) and can_act)
        self.act_button.setEnabled(True)
        self.setAccessibleName(f"{cause} {remedy}".strip())

    @Slot()
    def _on_act(self) -> None:
        if self._explanation is not None and self._explanation.act is not None:
            self.act_asked.emit(self._explanation.act)
