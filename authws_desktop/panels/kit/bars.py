"""The bars above and below a table, and buttons that stand for actions."""

from __future__ import annotations

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from authws_desktop.panels.kit.boxes import horizontal_box
from authws_desktop.panels.kit.theme import GRID, Theme, set_variant


def bar(kind: str, parent: QWidget) -> tuple[QFrame, QHBoxLayout]:
    """Return a bar and the row for its controls.

    Args:
        kind: `bar` at the top, `foot` at the bottom.
        parent: Qt parent.
    """
    frame = QFrame(parent)
    set_variant(frame, "kind", kind)
    row = horizontal_box(frame, margins=(2 * GRID, GRID, 2 * GRID, GRID), spacing=GRID)
    return frame, row


class ActionButton(QPushButton):
    """A button with text, tool tip, state and effect of an action, kept in step with it.

    Args:
        theme: Icons.
        action: What it stands for.
        icon: Name of its icon.
        kind: Variant of the button.
        role: Colour of its icon.
        parent: Qt parent.
    """

    def __init__(
        self,
        theme: Theme,
        action: QAction,
        icon: str,
        parent: QWidget,
        *,
        kind: str = "",
        role: str = "text",
    ) -> None:
        super().__init__(parent)
        self._action = action
        set_variant(self, "kind", kind)
        theme.decorate(self, icon, role)
        action.changed.connect(self._follow)
        self.clicked.connect(action.trigger)
        self._follow()

    def _follow(self) -> None:
        action = self._action
        key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        self.setText(action.text())
        self.setAccessibleName(action.text())
        self.setEnabled(action.isEnabled())
        self.setToolTip(f"{action.text()} ({key})" if key else action.text())
