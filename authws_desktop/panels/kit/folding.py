"""A splitter whose parts fold away: by a double click on its handle, by a key, by whoever needs the room."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QSplitter, QSplitterHandle, QWidget

from authws_desktop.panels.kit.window_state import WindowState


class _Handle(QSplitterHandle):
    """A handle that tells of double clicks, which Qt's own ignores."""

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Fold the part that can be folded; overrides Qt's."""
        event.accept()
        splitter = self.splitter()
        if isinstance(splitter, FoldingSplitter):
            splitter.fold()


class FoldingSplitter(QSplitter):
    """Two parts, one of which can be folded away; its size is kept meanwhile.

    Signals:
        folded: The part went away or came back; carries whether it is away.

    Args:
        orientation: Side by side, or one above the other.
        window_state: Where sizes are remembered.
        key: Under which they are.
    """

    folded = Signal(bool)

    def __init__(self, orientation: Qt.Orientation, window_state: WindowState, key: str) -> None:
        super().__init__(orientation, childrenCollapsible=False, handleWidth=1)
        self._window_state = window_state
        self._key = key
        self._foldable: QWidget | None = None
        self._is_remembered = False
        self.splitterMoved.connect(self._save)

    def createHandle(self) -> QSplitterHandle:  # noqa: N802 - Qt's name
        """Return a handle that can be double-clicked; overrides Qt's."""
        return _Handle(self.orientation(), self)

    def set_foldable(self, part: QWidget, *, is_remembered: bool) -> None:
        """Say which part folds, once both are in; its remembered state is taken up.

        Args:
            part: The part.
            is_remembered: Whether folded is a state to begin with next time.
        """
        self._foldable = part
        self._is_remembered = is_remembered
        self._window_state.restore_splitter(self._key, self)
        if is_remembered and self._window_state.text(f"{self._key}/folded") == "yes":
            part.hide()

    @property
    def is_folded(self) -> bool:
        """Whether the part is away."""
        return self._foldable is not None and self._foldable.isHidden()

    def fold(self, is_folded: bool = True) -> None:
        """Take the part away, or bring it back at the size it had."""
        part = self._foldable
        if part is None or part.isHidden() is is_folded:
            return
        part.setHidden(is_folded)
        if self._is_remembered:
            self._window_state.set_text(f"{self._key}/folded", "yes" if is_folded else "no")
        self.folded.emit(is_folded)

    def toggle(self) -> None:
        """Fold the part, or bring it back."""
        self.fold(not self.is_folded)

    def _save(self) -> None:
        self._window_state.save_splitter(self._key, self)
