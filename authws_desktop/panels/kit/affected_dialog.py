"""A question that says whom an act touches, and keeps that true while it waits for the answer."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from authws_desktop.panels.kit.dialog import text_label
from authws_desktop.panels.kit.form_dialog import Act, FormDialog
from authws_desktop.panels.kit.form_field import message_label
from authws_desktop.panels.kit.theme import Theme


class AffectedDialog(FormDialog):
    """Asks before a destructive act, then does it.

    Args:
        theme: Colours and icons.
        title: The question's heading.
        ok_label: A verb.
        describe: Returns what the act does now; empty when there is nothing left to act on.
        act: Does it.
        more: What else is to be known; stays the same.
        parent: The page.
    """

    def __init__(
        self,
        theme: Theme,
        title: str,
        ok_label: str,
        describe: Callable[[], str],
        act: Act,
        more: str,
        parent: QWidget,
    ) -> None:
        super().__init__(theme, title, ok_label, act, parent, is_destructive=True)
        self._describe = describe
        self.reach_label = message_label(self, lines=1)
        self.content.addWidget(self.reach_label)
        self.content.addWidget(text_label(more, "muted", self))
        self.content.addStretch(1)
        # Return must not destroy: Cancel is what it presses.
        self.ok_button.setAutoDefault(False)
        self.cancel_button.setDefault(True)
        self.cancel_button.setFocus()
        self.refresh()

    def refresh(self) -> None:
        """Say whom it touches now."""
        self.reach_label.setText(self._describe() or self.tr("There is nothing left to do here."))
        self.reach_label.setAccessibleName(self.reach_label.text())
        self.update_controls()

    def is_valid(self) -> bool:
        """Tell whether there is anybody left to act on."""
        return bool(self._describe())
