"""A dialog with fields that acts when OK is pressed, and closes only once that went well."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from PySide6.QtWidgets import QWidget

from authws_desktop.accounts.errors import ChangedMeanwhile, InvalidField, UsernameTaken
from authws_desktop.panels.kit.async_slot import async_slot
from authws_desktop.panels.kit.conflicts import conflict_words
from authws_desktop.panels.kit.dialog import Dialog
from authws_desktop.panels.kit.form_field import FormField
from authws_desktop.panels.kit.notices import NoticeKind
from authws_desktop.panels.kit.theme import GRID, Theme

DIALOG_WIDTH = 54 * GRID
Act = Callable[[], Awaitable[object]]
"""What OK does. Errors about a field are shown at it, others in the dialog, which stays open then."""


class FormDialog(Dialog):
    """Subclasses fill `content`, register fields with `add_field`, and say what OK does.

    Attributes:
        ok_button: Disabled until everything is valid.
        cancel_button: Closes without acting.

    Args:
        theme: Colours and icons.
        title: Window title and heading.
        ok_label: A verb, such as "Create user".
        act: Done before the dialog closes; `None` where whoever opened it reads the fields.
        is_destructive: Whether OK is drawn as dangerous; then Return presses Cancel.
        parent: The page.
    """

    def __init__(
        self,
        theme: Theme,
        title: str,
        ok_label: str,
        act: Act | None,
        parent: QWidget,
        *,
        is_destructive: bool = False,
    ) -> None:
        super().__init__(theme, title, parent)
        self._act = act
        self._fields: dict[str, FormField] = {}
        self._is_busy = False
        self.setMinimumWidth(DIALOG_WIDTH)
        self.cancel_button = self.add_button(self.tr("Cancel"))
        kind = "danger" if is_destructive else "primary"
        self.ok_button = self.add_button(ok_label, kind, is_default=True)
        self.ok_button.clicked.connect(self._on_ok_clicked)
        self.cancel_button.clicked.connect(self.reject)

    def add_field(self, key: str, field: FormField) -> FormField:
        """Add a field; `key` is the name by which server errors call it."""
        self._fields[key] = field
        self.content.addWidget(field)
        field.edited.connect(self.update_controls)
        return field

    def reject(self) -> None:
        """Close without acting; not while an act is under way."""
        # The act cannot be taken back; closed now, the dialog could not say that it failed.
        if not self._is_busy:
            super().reject()

    def is_valid(self) -> bool:
        """Tell whether OK may be pressed."""
        return not any(field.error() for field in self._fields.values())

    def update_controls(self) -> None:
        """Enable OK if it may be pressed."""
        self.ok_button.setEnabled(not self._is_busy and self.is_valid())

    # Acting

    @async_slot
    async def _on_ok_clicked(self) -> None:
        if self._is_busy or not self.is_valid():
            return
        self._is_busy = True
        self.notice.clear()
        try:
            if self._act is not None:
                await self._act()
        except UsernameTaken as error:
            self._refuse("username", error)
        except InvalidField as error:
            self._refuse(error.field, error)
        except ChangedMeanwhile as error:
            self._tell_conflict(error)
        else:
            self.accept()
        finally:
            self._is_busy = False

    def _refuse(self, key: str, error: Exception) -> None:
        field = self._fields.get(key)
        if field is None:
            self.show_error(str(error))
        else:
            field.refuse(str(error))

    def _tell_conflict(self, error: ChangedMeanwhile) -> None:
        """Say who was faster and how the account is now; what was typed stays, and OK would do it."""
        words = conflict_words(error, time.time())
        again = self.tr("It was left as it is. To do it all the same, press {button} again.")
        self._show(f"{words} {again.format(button=self.ok_button.text())}", NoticeKind.WARN)

    def show_error(self, text: str) -> None:
        """Say in the dialog what went wrong."""
        self._show(text, NoticeKind.BAD)

    def _show(self, text: str, kind: NoticeKind) -> None:
        self.notice.show_notice(text, kind)
        # Qt would squeeze what is there to make room; grow instead.
        self.ensurePolished()
        self.resize(self.width(), max(self.height(), self.sizeHint().height()))
