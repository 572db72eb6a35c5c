"""One line to say something to everyone who is logged in."""

from __future__ import annotations

from PySide6.QtCore import QSize, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QToolButton, QWidget

from authws_desktop.panels.theme import GRID, Theme
from authws_desktop.panels.wording import counted
from authws_desktop.server.announcements import MAX_CHARACTERS, announce
from authws_desktop.server.service import Service


class AnnounceField(QFrame):
    """A field and a button; Return sends.

    What became of the last announcement stands in the empty field until the person goes on typing.

    Attributes:
        field: The text.
        send_button: Sends it.

    Args:
        service: Whose people hear it.
        theme: Icons.
        parent: Owner.
    """

    def __init__(self, service: Service, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._service = service
        self._outcome = ""
        self.setProperty("kind", "foot")
        self._build(theme)
        self.field.returnPressed.connect(self.send)
        self.field.textChanged.connect(self._on_typed)
        self.send_button.clicked.connect(self.send)
        self.refresh()

    def _build(self, theme: Theme) -> None:
        self.field = QLineEdit(maxLength=MAX_CHARACTERS)
        self.field.setAccessibleName(self.tr("Announcement to everyone"))
        self.send_button = QToolButton()
        self.send_button.setIconSize(QSize(16, 16))
        self.send_button.setAccessibleName(self.tr("Announce"))
        self.send_button.setToolTip(self.tr("Say this to everyone who is logged in"))
        theme.decorate(self.send_button, "megaphone", "muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID, GRID, GRID, GRID)
        row.setSpacing(GRID // 2)
        row.addWidget(self.field, 1)
        row.addWidget(self.send_button)

    @Slot()
    def refresh(self) -> None:
        """Follow who is there."""
        count = self._service.hub.authenticated_count
        self.field.setEnabled(count > 0)
        self.send_button.setEnabled(count > 0 and bool(self.field.text().strip()))
        hint = self.tr("Announce…") if count else self.tr("Announce… (nobody is logged in)")
        self.field.setPlaceholderText((count and self._outcome) or hint)

    @Slot()
    def send(self) -> None:
        """Say it; an empty field says nothing."""
        if not self.field.text().strip() or not self.field.isEnabled():
            return
        delivery = announce(self._service.hub, self.field.text())
        self.field.clear()
        count = len(delivery.recipients)
        sent_to = counted(count, self.tr("connection"), self.tr("connections"))
        self._outcome = self.tr("Sent to {connections}").format(connections=sent_to)
        self.refresh()

    @Slot()
    def _on_typed(self) -> None:
        if self.field.text():
            self._outcome = ""
        self.refresh()
