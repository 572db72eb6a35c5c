"""One finding of the network check: how good it is, in words, and the line that changes it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QLabel, QWidget

from authws_desktop.network.firewalls import Finding, Grade
from authws_desktop.panels.kit.boxes import NO_MARGINS, horizontal_box, vertical_box
from authws_desktop.panels.kit.copying import CopyButton, CopyLine
from authws_desktop.panels.kit.dialog import text_label
from authws_desktop.panels.kit.sentences import said
from authws_desktop.panels.kit.theme import GRID, Theme

ICON_PX = 18
_ICONS = {
    Grade.GOOD: ("circle-check", "good"),
    Grade.WARN: ("triangle-alert", "warn"),
    Grade.BAD: ("circle-x", "bad"),
    Grade.INFO: ("info", "accent"),
}


class FindingRow(QWidget):
    """A finding.

    Attributes:
        finding: What is shown.
        copy_button: Copies the line, where there is one.
    """

    def __init__(self, finding: Finding, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.finding = finding
        self.copy_button: CopyButton | None = None
        self._icon = QLabel()
        self._build()
        theme.changed.connect(self._show_icon)
        self._show_icon()

    def _build(self) -> None:
        words = {
            Grade.GOOD: self.tr("Good"),
            Grade.WARN: self.tr("Look at this"),
            Grade.BAD: self.tr("In the way"),
            Grade.INFO: self.tr("Note"),
        }
        self._icon.setAccessibleName(words[self.finding.grade])
        self._icon.setToolTip(words[self.finding.grade])
        text = text_label(said(self.finding.text), "", is_selectable=True)
        column = vertical_box(spacing=4)
        column.addWidget(text)
        if self.finding.command:
            line = CopyLine(self._theme, self.tr("Line for a terminal"))
            line.set_value(self.finding.command)
            self.copy_button = line.button
            column.addWidget(line)
        row = horizontal_box(self, margins=NO_MARGINS, spacing=GRID)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(column, 1)

    @Slot()
    def _show_icon(self) -> None:
        name, role = _ICONS[self.finding.grade]
        self._icon.setPixmap(self._theme.pixmap(name, role, ICON_PX, self.devicePixelRatioF()))
