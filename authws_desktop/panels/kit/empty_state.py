"""What a page or view shows while it has nothing: why, and what to do next."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from authws_desktop.panels.kit.boxes import NO_MARGINS, horizontal_box, vertical_box
from authws_desktop.panels.kit.dialog import text_label
from authws_desktop.panels.kit.theme import GRID, Theme, set_variant

ICON_PX = 32
TEXT_WIDTH_PX = 52 * GRID
Offer = tuple[str, Callable[[], object]]
"""What can be done next: the words on the button, and the act."""


class EmptyState(QWidget):
    """An icon, a heading, a sentence and perhaps something to do, in the middle.

    Attributes:
        buttons: What is offered.

    Args:
        theme: Colours and icons.
        icon: Name of an icon.
        parent: Owner.
    """

    def __init__(self, theme: Theme, icon: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon_name = icon
        self._shown: tuple[object, ...] = ()
        self.buttons: list[QPushButton] = []
        self._build()
        theme.changed.connect(self._show_icon)
        self._show_icon()

    def _build(self) -> None:
        self._icon = QLabel()
        self._heading, self._text = text_label("", "heading"), text_label("", "muted", is_selectable=True)
        self._heading.setWordWrap(True)
        self._offers = horizontal_box(spacing=GRID)
        self._offers.setAlignment(Qt.AlignmentFlag.AlignCenter)
        # A narrower place, not centred labels: those are not given the height that their lines need.
        place = QWidget()
        place.setMaximumWidth(TEXT_WIDTH_PX)
        margins = (2 * GRID, 2 * GRID, 2 * GRID, 4 * GRID)
        column = self._column = vertical_box(place, margins=margins, spacing=GRID)
        column.addStretch(1)
        for label in (self._icon, self._heading, self._text):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(label)
        column.addLayout(self._offers)
        column.addStretch(1)
        row = horizontal_box(self, margins=NO_MARGINS)
        row.addStretch(1)
        row.addWidget(place, 1000)
        row.addStretch(1)

    def put(self, widget: QWidget) -> None:
        """Show a widget above the heading, in place of the icon while it is not hidden."""
        self._column.insertWidget(self._column.indexOf(self._icon), widget, 0, Qt.AlignmentFlag.AlignHCenter)

    @property
    def text(self) -> str:
        """Heading and sentence."""
        return f"{self._heading.text()} {self._text.text()}".strip()

    def say(self, heading: str, text: str, *offers: Offer) -> None:
        """Show a heading and a sentence, plain, and offer what to do; the first offer is the likeliest."""
        shown = (heading, text, *(label for label, _ in offers))
        if shown == self._shown:
            return
        self._shown = shown
        self._heading.setText(heading)
        self._text.setText(text)
        self.setAccessibleName(self.text)
        for old in self.buttons:
            self._offers.removeWidget(old)
            old.hide()
            old.deleteLater()
        self.buttons = [self._add_button(*offer) for offer in offers]
        if self.buttons:
            set_variant(self.buttons[0], "kind", "primary")

    def _add_button(self, label: str, act: Callable[[], object]) -> QPushButton:
        button = QPushButton(label, self)
        button.setAccessibleName(label)
        button.clicked.connect(lambda _checked=False: act())
        self._offers.addWidget(button)
        return button

    @Slot()
    def _show_icon(self) -> None:
        self._icon.setPixmap(
            self._theme.pixmap(self._icon_name, "border_strong", ICON_PX, self.devicePixelRatioF())
        )
