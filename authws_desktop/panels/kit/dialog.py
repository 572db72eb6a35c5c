"""The frame of every dialog: title as heading, an inline note, content, and a row of buttons at the foot."""

from __future__ import annotations

import asyncio
from typing import ClassVar

import shiboken6
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QBoxLayout, QDialog, QLabel, QPushButton, QVBoxLayout, QWidget

from authws_desktop.panels.kit.boxes import horizontal_box, vertical_box
from authws_desktop.panels.kit.notices import NoticeBar, NoticeKind
from authws_desktop.panels.kit.theme import GRID, Theme, set_variant

_AWAY = "is_put_away"


async def finished(dialog: QDialog, *, is_modal: bool = True) -> int:
    """Show a dialog, wait until it is closed, and delete it.

    Args:
        dialog: A dialog that has not been shown. Qt deletes it soon after this returns: keep its answers in
            plain attributes.
        is_modal: Whether its window waits until it is closed.

    Returns:
        Its result, `QDialog.DialogCode.Accepted` or `Rejected`. Cancelling closes the dialog.
    """
    answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def take(result: int) -> None:
        if not answer.done():
            answer.set_result(result)

    dialog.finished.connect(take)
    # Not exec(): a nested loop would hold up the server's tasks for as long as the person thinks.
    if is_modal:
        dialog.open()
    else:
        dialog.show()
    try:
        return await answer
    finally:
        # Its parent may have been deleted, and the dialog with it, while this waited.
        if shiboken6.isValid(dialog):
            dialog.close()
            dialog.deleteLater()


class Dialog(QDialog):
    """A dialog that says what went wrong in itself, and follows reality while it is open.

    Subclasses fill `content` and call `add_button`. Open dialogs are refreshed by the window's timer.

    Attributes:
        refresh_every_s: How often `refresh` is called at most, while it is open.
        is_modal: Whether its window waits until it is closed.
        theme: The look.
        heading: The title as a label.
        notice: What is to be said: hidden while there is nothing.
        content: The column between note and buttons.
        foot: The row of buttons; what is put in before the first one stands at the left.

    Args:
        theme: Colours, fonts and icons.
        title: In the window's frame and as heading.
        parent: What the dialog lies over.
        has_heading: Whether the title stands in the dialog, too.
    """

    refresh_every_s: ClassVar[float] = 0.0
    is_modal: ClassVar[bool] = True

    def __init__(self, theme: Theme, title: str, parent: QWidget | None, *, has_heading: bool = True) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setWindowTitle(title)
        self.heading = text_label(title, "title")
        self.notice = NoticeBar(theme, self)
        self.content = vertical_box(spacing=GRID + GRID // 2)
        self.foot = horizontal_box(spacing=GRID)
        margins = (3 * GRID, 2 * GRID + GRID // 2, 3 * GRID, 2 * GRID + GRID // 2)
        column = self._column = vertical_box(self, margins=margins, spacing=GRID + GRID // 2)
        if has_heading:
            column.addWidget(self.heading)
        column.addWidget(self.notice)
        column.addLayout(self.content, 1)
        column.addLayout(self.foot)

    def set_size(self, columns: int, rows: int) -> None:
        """Give the dialog its first size, in steps of the grid."""
        self.resize(QSize(columns, rows) * GRID)

    def fit_content(self) -> None:
        """Let the dialog be as large as its content, always."""
        self._column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)

    def add_button(
        self, label: str, kind: str = "", *, is_default: bool = False, is_left: bool = False
    ) -> QPushButton:
        """Add a button to the foot.

        Args:
            label: A verb.
            kind: `primary`, `danger`, `flat` or nothing.
            is_default: Whether Return presses it.
            is_left: Whether it stands apart, at the left.
        """
        if not self.foot.count():
            self.foot.addStretch(1)
        button = QPushButton(label, self)
        set_variant(button, "kind", kind)
        # Without this, Qt lets Return press whichever button had the keyboard last.
        button.setAutoDefault(is_default)
        button.setDefault(is_default)
        self.foot.insertWidget(0 if is_left else self.foot.count(), button)
        return button

    def refresh(self) -> None:
        """Bring what is said about others up to date."""

    def update_controls(self) -> None:
        """Enable what can be done now."""

    def show_error(self, text: str) -> None:
        """Say in the dialog what went wrong."""
        self.notice.show_notice(text, NoticeKind.BAD)

    async def run(self) -> bool:
        """Open the dialog and wait until it is closed; `True` if it was accepted. It is gone afterwards.

        One that is not modal is opened once: a second one brings the first to the front instead, and is gone.
        """
        self.update_controls()
        if not self.is_modal and (twin := self._find_twin()) is not None:
            self.deleteLater()
            bring_to_front(twin)
            return False
        return await finished(self, is_modal=self.is_modal) == QDialog.DialogCode.Accepted

    async def run_within(self, place: QBoxLayout) -> bool:
        """Like `run`, but as a part of a page that says itself what the dialog is about: without heading."""
        first = self.focusWidget()
        self.setWindowFlags(Qt.WindowType.Widget)
        self.setMinimumWidth(0)
        self.heading.hide()
        self._column.setContentsMargins(0, 0, 0, 0)
        set_variant(self, "kind", "part")
        place.insertWidget(0, self)
        self.update_controls()
        self.show()
        if first is not None:
            first.setFocus()
        return await finished(self, is_modal=False) == QDialog.DialogCode.Accepted

    def _find_twin(self) -> Dialog | None:
        """Return the open dialog of the same window that this one would only repeat."""
        if (parent := self.parentWidget()) is None:
            return None
        found = parent.findChildren(type(self), options=Qt.FindChildOption.FindDirectChildrenOnly)
        title = self.windowTitle()
        return next((each for each in found if each.isVisible() and each.windowTitle() == title), None)


def bring_to_front(window: QWidget) -> None:
    """Show a window or dialog above others, wherever it was."""
    window.show()
    window.raise_()
    window.activateWindow()


def hide_with_dialogs(window: QWidget) -> None:
    """Take a window out of sight, and what lies beside it, which Qt would leave behind."""
    for dialog in window.findChildren(QDialog):
        if dialog.isWindow() and dialog.isVisible():
            dialog.setProperty(_AWAY, True)
            dialog.hide()
    window.hide()


def show_with_dialogs(window: QWidget) -> None:
    """Show a window above others, and what was hidden with it."""
    bring_to_front(window)
    for dialog in window.findChildren(QDialog):
        if dialog.property(_AWAY):
            dialog.setProperty(_AWAY, False)
            dialog.show()


def text_label(text: str, role: str, parent: QWidget | None = None, *, is_selectable: bool = False) -> QLabel:
    """Return a label whose text is never taken for HTML.

    Args:
        text: Plain; wraps unless it is a title or heading.
        role: Its look; see `stylesheet`.
        parent: Qt parent.
        is_selectable: Whether it can be selected with the mouse, to be copied.
    """
    label = QLabel(text, parent)
    if is_selectable:
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(role not in ("title", "heading"))
    set_variant(label, "role", role)
    return label
