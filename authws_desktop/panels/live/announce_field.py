"""One line to say something to everyone who is logged in, once or on top until it is taken down."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QFrame, QLineEdit, QPushButton

from authws_desktop.panels.kit.boxes import horizontal_box, vertical_box
from authws_desktop.panels.kit.dialog import text_label
from authws_desktop.panels.kit.icon_button import icon_button
from authws_desktop.panels.kit.theme import GRID, Theme, set_variant
from authws_desktop.panels.kit.words import counted
from authws_desktop.panels.live.room_menu import RoomMenu
from authws_desktop.server.announcements import MAX_CHARACTERS, announce, text_of
from authws_desktop.server.service import Service

OUTCOME_MS = 5000
"""How long the field says how many connections the last announcement reached."""
SHOWN_CHARACTERS = 200
"""How much of the announcement that stays on top is shown; its tool tip has all of it."""


class AnnounceField(QFrame):
    """A field and a button; Return sends.

    What became of the last announcement stands in the empty field for `OUTCOME_MS`, or until the next one
    is typed.

    Attributes:
        field: The text.
        send_button: Sends it.
        pin_button: Pressed, the next one stays on top, also for who comes later.
        room_button: Opens the menu of what the host switches.
        room: That menu.
        pinned: Shows what stays on top; hidden while nothing does.
        pinned_label, unpin_button: Its text, and what takes it down.

    Signals:
        announced: Something was said to everyone; carries the text.

    Args:
        service: Whose people hear it.
        theme: Icons.
    """

    announced = Signal(str)

    def __init__(self, service: Service, theme: Theme) -> None:
        super().__init__()
        self._service = service
        self._outcome = ""
        self._outcome_timer = QTimer(self, singleShot=True, interval=OUTCOME_MS)
        self._outcome_timer.timeout.connect(self._forget_outcome)
        set_variant(self, "kind", "foot")
        self._build(theme)
        self.field.returnPressed.connect(self.send)
        self.field.textChanged.connect(self._on_typed)
        self.send_button.clicked.connect(self.send)
        self.pin_button.toggled.connect(self.refresh)
        self.unpin_button.clicked.connect(self._on_unpin)
        self.room_button.clicked.connect(self._on_room_asked)
        self.refresh()

    def _build(self, theme: Theme) -> None:
        self.field = QLineEdit(maxLength=MAX_CHARACTERS)
        self.field.setAccessibleName(self.tr("Announcement to everyone"))
        self.pin_button = icon_button(
            theme, "pin", self.tr("Keep it on top"), self.tr("Keep it on top, also for who comes later")
        )
        self.pin_button.setCheckable(True)
        tip = self.tr("Say this to everyone who is logged in")
        self.send_button = icon_button(theme, "megaphone", self.tr("Announce"), tip)
        self.room = RoomMenu(self._service, theme, self)
        self.room_button = icon_button(theme, "users", self.tr("Who may write and come in"))
        row = horizontal_box(spacing=GRID // 2)
        row.addWidget(self.field, 1)
        for button in (self.pin_button, self.send_button, self.room_button):
            row.addWidget(button)
        column = vertical_box(self, margins=(GRID, GRID, GRID, GRID), spacing=GRID // 2)
        column.addWidget(self._build_pinned())
        column.addLayout(row)

    def _build_pinned(self) -> QFrame:
        self.pinned = QFrame()
        set_variant(self.pinned, "kind", "notice")
        self.pinned_label = text_label("", "", is_selectable=True)
        self.unpin_button = QPushButton(self.tr("Take down"), autoDefault=False)
        # Below the text and not beside it: the left side of the page is narrow.
        column = vertical_box(self.pinned, margins=(GRID, GRID // 2, GRID, GRID // 2), spacing=GRID // 2)
        column.addWidget(self.pinned_label)
        column.addWidget(self.unpin_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.pinned.hide()
        return self.pinned

    @Slot()
    def refresh(self) -> None:
        """Follow who is there."""
        count = self._service.hub.authenticated_count
        # What stays on top is given to who comes later: nobody need be here yet.
        is_heard = count > 0 or self.pin_button.isChecked()
        self.field.setEnabled(is_heard)
        self.send_button.setEnabled(is_heard and bool(self.field.text().strip()))
        self._show_pinned()
        # The field is narrow: what has no room in it stands in its tip.
        self.field.setToolTip("" if is_heard else self.tr("Announce… (nobody is logged in)"))
        self.field.setPlaceholderText((count and self._outcome) or self.tr("Announce…"))

    @Slot()
    def send(self) -> None:
        """Say it; an empty field says nothing."""
        if not self.field.text().strip() or not self.field.isEnabled():
            return
        text = self.field.text()
        delivery = announce(self._service.hub, text, is_pinned=self.pin_button.isChecked())
        self.announced.emit(text.strip())
        self.field.clear()
        self.pin_button.setChecked(False)
        count = len(delivery.recipients)
        sent_to = counted(count, "%n connection", "%n connections")
        self._outcome = self.tr("Sent to {connections}").format(connections=sent_to)
        self._outcome_timer.start()
        self.refresh()

    def _show_pinned(self) -> None:
        pinned = self._service.hub.talk.pins.pinned
        self.pinned.setVisible(pinned is not None)
        if pinned is not None:
            words = text_of(pinned)
            shown = words if len(words) <= SHOWN_CHARACTERS else f"{words[:SHOWN_CHARACTERS]}…"
            self.pinned_label.setText(self.tr("On top: {text}").format(text=shown))
            self.pinned_label.setToolTip("" if shown == words else words)

    @Slot()
    def _on_unpin(self) -> None:
        self._service.hub.talk.pins.unpin()
        self.refresh()
        self.field.setFocus()

    @Slot()
    def _on_room_asked(self) -> None:
        self.room.popup(self.room_button.mapToGlobal(self.room_button.rect().topLeft()))

    @Slot()
    def _forget_outcome(self) -> None:
        self._outcome = ""
        self.refresh()

    @Slot()
    def _on_typed(self) -> None:
        if self.field.text():
            self._outcome = ""
        self.refresh()
