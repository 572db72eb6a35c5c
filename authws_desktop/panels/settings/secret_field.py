"""The signing secret: hidden, shown, copied, replaced."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QGridLayout, QLineEdit, QPushButton

from authws_desktop.panels.kit.async_slot import async_slot
from authws_desktop.panels.kit.copying import CopyButton
from authws_desktop.panels.kit.icon_button import RevealButton
from authws_desktop.panels.kit.language import tr
from authws_desktop.panels.kit.theme import GRID, Theme
from authws_desktop.panels.kit.words import counted
from authws_desktop.panels.settings.secret_dialog import SecretDialog
from authws_desktop.panels.settings.settings_fields import SettingRow
from authws_desktop.server.service import Service

_HIDDEN = "•" * 24


class SecretField(SettingRow):
    """Shows dots until Show is pressed; hides again when the page is left.

    Attributes:
        edit: The dots, or the secret.
        show_button, replace_button: What can be done with it.
    """

    def __init__(self, service: Service, theme: Theme) -> None:
        super().__init__(
            tr("Signing secret"),
            tr("Signs every login. Whoever knows it can log in as anybody."),
            theme,
        )
        self._service = service
        self._note_shown: tuple[str, str, str] | None = None
        self._build_inputs()
        self.load()

    def _build_inputs(self) -> None:
        self.edit = QLineEdit(readOnly=True)
        self.edit.setAccessibleName(self.tr("Signing secret"))
        self.edit.setFont(self._theme.fixed_font())
        self.show_button = RevealButton(self._theme, self.tr("Show the secret"), self.tr("Hide the secret"))
        self.show_button.toggled.connect(self._on_toggled)
        self.copy_button = CopyButton(self._theme, self.tr("Copy the secret"), self._service.keys.secret_text)
        self.replace_button = QPushButton(self.tr("Replace…"))
        self.replace_button.clicked.connect(self._on_replace)
        for widget in (self.replace_button, self.show_button, self.copy_button):
            self.inputs.addWidget(widget)
        self.inputs.addStretch(1)
        grid = self.layout()
        assert isinstance(grid, QGridLayout)  # noqa: S101 - tells the type checker
        grid.setVerticalSpacing(GRID)
        grid.addWidget(self.edit, 1, 0, 1, 2)  # as wide as the row: a generated secret is seen whole

    def load(self) -> None:
        """Show the secret as it is now, hidden."""
        self.show_button.setChecked(False)
        self._on_toggled(False)
        self.update_controls()
        self.refresh()

    def refresh(self) -> None:
        """Say what is to be known of the secret now; costs little while nothing changed."""
        note = self._state_note()
        if note != self._note_shown:
            self._note_shown = note
            self.show_note(*note)

    def _state_note(self) -> tuple[str, str, str]:
        warning, count = self._service.keys.warning, connections_on_old_secrets(self._service)
        if self._service.keys.is_locked:
            text = self.tr("Set by JWT_SECRET (environment)")
            if warning:
                return f"{text}. {warning}", "small-warn", "lock"
            return text, "small", "lock"
        if warning:
            return warning, "small-warn", "triangle-alert"
        if count:
            one, many = "%n connection still uses the old secret.", "%n connections still use the old secret."
            until = self.tr("It counts until their tokens expire or are revoked.")
            return f"{counted(count, one, many)} {until}", "small", "info"
        return self.tr("Kept in a file of its own; survives a restart"), "small", ""

    def update_controls(self) -> None:
        """Enable what can be done."""
        self.replace_button.setEnabled(not self._service.keys.is_locked)

    @Slot(bool)
    def _on_toggled(self, is_shown: bool) -> None:
        self.edit.setText(self._service.keys.secret_text() if is_shown else _HIDDEN)
        self.edit.setCursorPosition(0)

    @async_slot
    async def _on_replace(self) -> None:
        await SecretDialog(self._service, self._theme, self.window()).run()
        self.load()

    def hideEvent(self, event: QHideEvent) -> None:
        """Hide the secret when the page is left; overrides Qt's."""
        super().hideEvent(event)
        self.show_button.setChecked(False)


def connections_on_old_secrets(service: Service) -> int:
    """Return how many connections live by a token that an earlier secret signed."""
    active_id = service.keys.active.id
    sessions = (
        service.accounts.sessions.get(each.identity.token_id) for each in service.hub.clients.values()
    )
    return sum(session is not None and session.key_id != active_id for session in sessions)
