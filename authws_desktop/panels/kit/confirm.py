"""Questions, asked with `open()` and awaited: the server runs on while the person thinks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QPushButton, QWidget

from authws_desktop.panels.kit.dialog import Dialog, finished, text_label
from authws_desktop.panels.kit.theme import GRID, Theme

TEXT_WIDTH_PX = 400


@dataclass(frozen=True)
class Choice:
    """One answer to a question.

    Attributes:
        key: What `choose` returns for it.
        label: What its button says: a verb.
        kind: `primary`, `danger` or empty; the style of its button.
    """

    key: str
    label: str
    kind: str = ""


async def confirm(
    theme: Theme, parent: QWidget, title: str, text: str, ok_label: str, *, is_destructive: bool = False
) -> bool:
    """Ask whether to go on.

    Args:
        theme: The look.
        parent: The widget that asks; the question lies over its window.
        title: The question.
        text: What going on means: its reach, such as how many connections end.
        ok_label: A verb, not "OK".
        is_destructive: Colours the button, and makes Cancel the answer of the Return key.

    Returns:
        Whether the person said yes; closing the dialog is a no.
    """
    kind = "danger" if is_destructive else "primary"
    return await choose(theme, parent, title, text, [Choice("yes", ok_label, kind)]) == "yes"


async def choose(theme: Theme, parent: QWidget, title: str, text: str, choices: Sequence[Choice]) -> str:
    """Ask which of several things to do.

    Args:
        theme: The look.
        parent: The widget that asks.
        title: The question.
        text: What depends on it.
        choices: The answers, the most likely last; Cancel is always there.

    Returns:
        The key of the answer; empty if the person cancelled.
    """
    dialog = ChoiceDialog(theme, parent.window(), title, text, choices)
    await finished(dialog)
    return dialog.answer


class ChoiceDialog(Dialog):
    """A question with a button for each answer.

    Attributes:
        body: What depends on the answer.
        answer: Key of the chosen answer; empty before, and if cancelled.
        buttons: The button of each answer, by key; Cancel's key is empty.
    """

    def __init__(
        self, theme: Theme, parent: QWidget, title: str, text: str, choices: Sequence[Choice]
    ) -> None:
        super().__init__(theme, title, parent)
        self.answer = ""
        self.buttons: dict[str, QPushButton] = {}
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.body = text_label(text, "")
        self.heading.setWordWrap(True)
        for label in (self.heading, self.body):
            label.setFixedWidth(TEXT_WIDTH_PX)
        self.content.addWidget(self.body)
        self.content.addSpacing(GRID)
        is_dangerous = any(choice.kind == "danger" for choice in choices)
        # Return must not destroy: Cancel is what it presses then.
        default = "" if is_dangerous else choices[-1].key
        for choice in (Choice("", self.tr("Cancel")), *choices):
            button = self.add_button(choice.label, choice.kind, is_default=choice.key == default)
            button.clicked.connect(lambda _checked=False, key=choice.key: self._on_chosen(key))
            self.buttons[choice.key] = button
        self.fit_content()
        self.buttons[default].setFocus()

    def _on_chosen(self, key: str) -> None:
        self.answer = key
        self.done(QDialog.DialogCode.Accepted if key else QDialog.DialogCode.Rejected)
