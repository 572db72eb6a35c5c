"""Replaces the signing secret, and says in words what becomes of those who are connected."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QLineEdit,
    QRadioButton,
    QWidget,
)

from authws_desktop.accounts.errors import InvalidField
from authws_desktop.accounts.keys import check_secret
from authws_desktop.panels.kit.async_slot import async_slot
from authws_desktop.panels.kit.dialog import Dialog, text_label
from authws_desktop.panels.kit.theme import GRID, Theme, set_variant
from authws_desktop.panels.kit.words import counted
from authws_desktop.server.service import Service

_WIDTH_PX = 440


class SecretDialog(Dialog):
    """Generate a new secret or take one; keep people connected or not.

    Attributes:
        generate, own: Where the new secret comes from.
        own_secret: The typed one.
        problem_label: What is wrong with it.
        keep, disconnect_all: What becomes of old tokens.
        replace_button: Does it; the dialog closes when it is done.
    """

    def __init__(self, service: Service, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent.tr("Replace the signing secret"), parent)
        self._service = service
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self._build()
        self._connect()
        self.update_controls()

    def _build(self) -> None:
        self._build_source()
        self.content.addSpacing(GRID)
        self._build_effect()
        self.content.addSpacing(GRID)
        self.cancel_button = self.add_button(self.tr("Cancel"))
        self.replace_button = self.add_button(self.tr("Replace"), "primary", is_default=True)
        self.setMinimumWidth(_WIDTH_PX + 6 * GRID)
        self.fit_content()

    def _build_source(self) -> None:
        self.generate = QRadioButton(self.tr("Generate a new one"))
        self.own = QRadioButton(self.tr("Use this one"))
        self.generate.setChecked(True)
        self.own_secret = QLineEdit(echoMode=QLineEdit.EchoMode.PasswordEchoOnEdit)
        self.own_secret.setPlaceholderText(self.tr("32 characters or more"))
        self.own_secret.setAccessibleName(self.tr("The new secret"))
        self.problem_label = text_label("", "small")
        self.problem_label.setMinimumHeight(self.problem_label.fontMetrics().lineSpacing())
        self._add_choices(self.tr("New secret"), self.generate, self.own)
        self.content.addWidget(self.own_secret)
        self.content.addWidget(self.problem_label)

    def _build_effect(self) -> None:
        self.keep = QRadioButton(self.tr("Keep people connected; old tokens stay valid until they expire"))
        self.disconnect_all = QRadioButton()
        self.refresh()
        self.keep.setChecked(True)
        self._add_choices(self.tr("People who are logged in"), self.keep, self.disconnect_all)

    def refresh(self) -> None:
        """Say how many would be disconnected now."""
        who = counted(self._service.hub.authenticated_count, "%n client", "%n clients")
        words = self.tr("Disconnect everyone now ({clients}); all have to log in again").format(clients=who)
        if words != self.disconnect_all.text():
            self.disconnect_all.setText(words)

    def _add_choices(self, title: str, *buttons: QRadioButton) -> None:
        self.content.addWidget(text_label(title, "muted"))
        group = QButtonGroup(self)
        for button in buttons:
            group.addButton(button)
            self.content.addWidget(button)

    def _connect(self) -> None:
        self.cancel_button.clicked.connect(self.reject)
        self.replace_button.clicked.connect(self._on_replace)
        self.own.toggled.connect(self._on_source_chosen)
        self.own_secret.textChanged.connect(self.update_controls)

    @Slot()
    def update_controls(self) -> None:
        """Enable what can be done, and say at the field what is wrong with a typed secret."""
        is_own, secret = self.own.isChecked(), self.own_secret.text()
        problem = secret_problem(secret) if is_own else ""
        shown = problem if secret else ""
        self.own_secret.setEnabled(is_own)
        self.problem_label.setText(shown)
        set_variant(self.problem_label, "role", "small-bad" if shown else "small")
        set_variant(self.own_secret, "is_wrong", "true" if shown else "false")
        self.own_secret.setAccessibleDescription(shown)
        self.replace_button.setEnabled(not problem)

    @Slot(bool)
    def _on_source_chosen(self, is_own: bool) -> None:
        self.update_controls()
        if is_own:
            self.own_secret.setFocus()

    @async_slot
    async def _on_replace(self) -> None:
        secret = self.own_secret.text() if self.own.isChecked() else None
        await self._service.rotate_secret(secret, keep_connected=self.keep.isChecked())
        self.accept()


def secret_problem(secret: str) -> str:
    """Return what is wrong with a secret chosen by hand; empty if nothing is."""
    try:
        check_secret(secret)
    except InvalidField as error:
        return error.message
    return ""
