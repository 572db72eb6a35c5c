"""The frame of every dialog on this page: heading, content, an inline note for errors, and two buttons."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from authws_desktop.accounts.errors import ChangedMeanwhile, InvalidField, UsernameTaken
from authws_desktop.panels.accounts.conflicts import conflict_words
from authws_desktop.panels.accounts.form_field import FormField
from authws_desktop.panels.confirm import finished
from authws_desktop.panels.notices import NoticeBar
from authws_desktop.panels.slots import async_slot
from authws_desktop.panels.theme import GRID, Theme, set_variant

DIALOG_WIDTH = 54 * GRID


class FormDialog(QDialog):
    """A dialog that acts when OK is pressed, and closes only once that went well.

    Subclasses fill `content`, register fields with `add_field`, and implement `_act`. The page calls
    `refresh` several times a second while the dialog is open.

    Attributes:
        ok_button: Disabled until everything is valid.
        content: Layout for the subclass.
        note: What went wrong, in words.

    Args:
        theme: Colours and icons.
        title: Window title and heading.
        ok_label: A verb, such as "Create user".
        is_destructive: Whether OK is drawn as dangerous.
        parent: The page.
    """

    def __init__(
        self, theme: Theme, title: str, ok_label: str, parent: QWidget, *, is_destructive: bool = False
    ) -> None:
        super().__init__(parent)
        self.theme = theme
        self._fields: dict[str, FormField] = {}
        self._is_busy = False
        self.setWindowTitle(title)
        self.setMinimumWidth(DIALOG_WIDTH)
        self._build_frame(title, ok_label, is_destructive)
        self.ok_button.clicked.connect(self._on_ok_clicked)
        self.cancel_button.clicked.connect(self.reject)

    def _build_frame(self, title: str, ok_label: str, is_destructive: bool) -> None:
        self.heading = QLabel(title, self)
        self.heading.setTextFormat(Qt.TextFormat.PlainText)
        set_variant(self.heading, "role", "title")
        self.note = NoticeBar(self.theme, self)
        self.content = QVBoxLayout()
        self.content.setSpacing(GRID + GRID // 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * GRID, 2 * GRID + 4, 3 * GRID, 2 * GRID + 4)
        layout.setSpacing(2 * GRID)
        layout.addWidget(self.heading)
        layout.addWidget(self.note)
        layout.addLayout(self.content, 1)
        layout.addLayout(self._build_buttons(ok_label, is_destructive))

    def _build_buttons(self, ok_label: str, is_destructive: bool) -> QHBoxLayout:
        self.ok_button = QPushButton(ok_label, self)
        self.cancel_button = QPushButton(self.tr("Cancel"), self)
        self.ok_button.setDefault(True)
        self.cancel_button.setAutoDefault(False)
        set_variant(self.ok_button, "kind", "danger" if is_destructive else "primary")
        self.button_row = QHBoxLayout()
        self.button_row.setSpacing(GRID)
        self.button_row.addStretch(1)
        self.button_row.addWidget(self.cancel_button)
        self.button_row.addWidget(self.ok_button)
        return self.button_row

    def add_field(self, key: str, field: FormField) -> FormField:
        """Add a field; `key` is the name by which server errors call it."""
        self._fields[key] = field
        self.content.addWidget(field)
        field.edited.connect(self.update_controls)
        return field

    # Asking

    async def ask(self) -> bool:
        """Open the dialog and wait until it is closed; `True` if it acted. The dialog is gone afterwards."""
        self.update_controls()
        return await finished(self) == QDialog.DialogCode.Accepted

    def reject(self) -> None:
        """Close without acting; not while an act is under way."""
        if not self._is_busy:
            super().reject()

    def refresh(self) -> None:
        """Bring what is said about others up to date."""

    def is_valid(self) -> bool:
        """Tell whether OK may be pressed."""
        return not any(field.error() for field in self._fields.values())

    def update_controls(self) -> None:
        """Enable OK if it may be pressed."""
        self.ok_button.setEnabled(not self._is_busy and self.is_valid())

    # Acting

    async def _act(self) -> bool:
        """Do what the dialog is for; `False` keeps it open."""
        raise NotImplementedError

    @async_slot
    async def _on_ok_clicked(self) -> None:
        if self._is_busy or not self.is_valid():
            return
        self._is_busy = True
        self.note.clear()
        try:
            is_done = await self._act()
        except UsernameTaken as error:
            is_done = self._refuse("username", error)
        except InvalidField as error:
            is_done = self._refuse(error.field, error)
        except ChangedMeanwhile as error:
            is_done = self._tell_conflict(error)
        finally:
            self._is_busy = False
        if is_done:
            self.accept()

    def _refuse(self, key: str, error: Exception) -> bool:
        field = self._fields.get(key)
        if field is None:
            self.show_error(str(error))
        else:
            field.refuse(str(error))
        return False

    def _tell_conflict(self, error: ChangedMeanwhile) -> bool:
        """Say who was faster and how the account is now; what was typed stays, and OK would do it."""
        words = conflict_words(error, time.time())
        again = self.tr("It was left as it is. To do it all the same, press {} again.")
        self._show(f"{words} {again.format(self.ok_button.text())}", "warn")
        return False

    def show_error(self, text: str) -> None:
        """Say in the dialog what went wrong."""
        self._show(text, "bad")

    def _show(self, text: str, kind: str) -> None:
        self.note.show_notice(text, kind)
        # Qt would squeeze what is there to make room; grow instead.
        self.ensurePolished()
        self.resize(self.width(), max(self.height(), self.sizeHint().height()))
