"""Questions, asked with `open()` and awaited: the server runs on while the person thinks."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from authws_desktop.panels.theme import GRID

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


async def finished(dialog: QDialog) -> int:
    """Show a dialog, wait until it is closed, and delete it.

    Args:
        dialog: A dialog that has not been shown. Qt deletes it soon after this returns: keep its answers in
            plain attributes.

    Returns:
        Its result, `QDialog.DialogCode.Accepted` or `Rejected`. Cancelling closes the dialog.
    """
    answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def take(result: int) -> None:
        if not answer.done():
            answer.set_result(result)

    dialog.finished.connect(take)
    dialog.open()
    try:
        return await answer
    finally:
        if shiboken6.isValid(dialog):
            dialog.close()
            dialog.deleteLater()


async def confirm(
    parent: QWidget, title: str, text: str, ok_label: str, is_destructive: bool = False
) -> bool:
    """Ask whether to go on.

    Args:
        parent: The widget that asks; the question lies over its window.
        title: The question.
        text: What going on means: its reach, such as how many connections end.
        ok_label: A verb, not "OK".
        is_destructive: Colours the button, and makes Cancel the answer of the Return key.

    Returns:
        Whether the person said yes; closing the dialog is a no.
    """
    kind = "danger" if is_destructive else "primary"
    return await choose(parent, title, text, [Choice("yes", ok_label, kind)]) == "yes"


async def choose(parent: QWidget, title: str, text: str, choices: Sequence[Choice]) -> str:
    """Ask which of several things to do.

    Args:
        parent: The widget that asks.
        title: The question.
        text: What depends on it.
        choices: The answers, the most likely last; Cancel is always there.

    Returns:
        The key of the answer; empty if the person cancelled.
    """
    dialog = ChoiceDialog(parent.window(), title, text, choices)
    await finished(dialog)
    return dialog.answer


class ChoiceDialog(QDialog):
    """A question with a button for each answer.

    Attributes:
        answer: Key of the chosen answer; empty before, and if cancelled.
        buttons: The button of each answer, by key; Cancel's key is empty.
    """

    def __init__(self, parent: QWidget, title: str, text: str, choices: Sequence[Choice]) -> None:
        super().__init__(parent)
        self.answer = ""
        self.buttons: dict[str, QPushButton] = {}
        self._texts = (title, text)
        self.setWindowTitle(title)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self._build(title, text, choices)

    def _build(self, title: str, text: str, choices: Sequence[Choice]) -> None:
        heading = QLabel(title, wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        heading.setProperty("role", "title")
        body = QLabel(text, wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        for label in (heading, body):
            label.setFixedWidth(TEXT_WIDTH_PX)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID)
        layout.setSpacing(GRID)
        layout.addWidget(heading)
        layout.addWidget(body)
        layout.addSpacing(2 * GRID)
        layout.addLayout(self._build_buttons(choices))
        layout.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)
        next(button for button in self.buttons.values() if button.isDefault()).setFocus()

    def _build_buttons(self, choices: Sequence[Choice]) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addStretch(1)
        for choice in (Choice("", self.tr("Cancel")), *choices):
            button = QPushButton(choice.label)
            button.setProperty("kind", choice.kind)
            button.setAutoDefault(False)
            button.clicked.connect(lambda _checked=False, key=choice.key: self._on_chosen(key))
            self.buttons[choice.key] = button
            row.addWidget(button)
        default = self.buttons["" if any(choice.kind == "danger" for choice in choices) else choices[-1].key]
        default.setDefault(True)
        return row

    def texts(self) -> tuple[str, str]:
        """Return the question and what depends on it."""
        return self._texts

    def _on_chosen(self, key: str) -> None:
        self.answer = key
        self.done(QDialog.DialogCode.Accepted if key else QDialog.DialogCode.Rejected)
