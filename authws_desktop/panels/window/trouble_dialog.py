"""What keeps the program from starting, said in a dialog: there is no window yet to say it in."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel

from authws_desktop.panels.kit.boxes import horizontal_box
from authws_desktop.panels.kit.copying import CopyButton
from authws_desktop.panels.kit.dialog import Dialog, text_label
from authws_desktop.panels.kit.language import tr
from authws_desktop.panels.kit.sentences import said
from authws_desktop.panels.kit.theme import GRID, Theme

TEXT_WIDTH_PX = 420
ICON_PX = 32


class TroubleDialog(Dialog):
    """A sentence and what to do about it, to read or to copy.

    Args:
        text: What happened, what it means and what to do.
        theme: For the icons.
    """

    def __init__(self, text: str, theme: Theme) -> None:
        title = tr("Authws Desktop cannot start")
        text = said(text)
        super().__init__(theme, title, None, has_heading=False)
        self.content.addLayout(self._build_message(text))
        self.content.addSpacing(GRID)
        copy = CopyButton(theme, self.tr("Copy this message"), lambda: text)
        self.add_button(self.tr("Quit"), is_default=True).clicked.connect(self.reject)
        self.foot.insertWidget(0, copy)
        self.fit_content()

    def _build_message(self, text: str) -> QHBoxLayout:
        icon = QLabel()
        icon.setPixmap(self.theme.icon("triangle-alert", "warn").pixmap(QSize(ICON_PX, ICON_PX)))
        label = text_label(text, "")
        label.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        label.setFixedWidth(TEXT_WIDTH_PX)
        label.setAccessibleName(self.tr("What happened"))
        row = horizontal_box(spacing=2 * GRID)
        row.addWidget(icon, alignment=Qt.AlignmentFlag.AlignTop)
        row.addWidget(label)
        return row
