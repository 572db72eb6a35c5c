"""What the window remembers between launches: sizes, columns, sort and filters."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QHeaderView, QSplitter, QWidget


class WindowState:
    """Remembered state, in an ini file of its own.

    Losing it costs nothing but convenience, so a file that cannot be read or written is no error.

    Args:
        file: The ini file (`DataPaths.window_file`).
    """

    def __init__(self, file: Path) -> None:
        self._store = QSettings(str(file), QSettings.Format.IniFormat)

    def flush(self) -> None:
        """Write what changed to the file now; Qt does so by itself after a while."""
        self._store.sync()

    # Plain values

    def text(self, key: str, default: str = "") -> str:
        """Return a remembered text."""
        value = self._store.value(key, default)
        return value if isinstance(value, str) else default

    def set_text(self, key: str, value: str) -> None:
        """Remember a text."""
        self._store.setValue(key, value)

    def number(self, key: str, default: int = 0) -> int:
        """Return a remembered whole number."""
        try:
            return int(self.text(key, str(default)))
        except ValueError:
            return default

    def set_number(self, key: str, value: int) -> None:
        """Remember a whole number."""
        self.set_text(key, str(value))

    # Widgets

    def save_geometry(self, key: str, window: QWidget) -> None:
        """Remember a window's place and size."""
        self._store.setValue(f"{key}/geometry", window.saveGeometry())

    def restore_geometry(self, key: str, window: QWidget) -> bool:
        """Give a window its remembered place and size; `False` if there is none."""
        return window.restoreGeometry(self._bytes(f"{key}/geometry"))

    def save_header(self, key: str, header: QHeaderView) -> None:
        """Remember a header's columns: widths, order, which are shown, sort."""
        self._store.setValue(f"{key}/header", header.saveState())

    def restore_header(self, key: str, header: QHeaderView) -> bool:
        """Give a header its remembered columns; `False` if there are none that fit."""
        return header.restoreState(self._bytes(f"{key}/header"))

    def keep_header(self, key: str, header: QHeaderView) -> bool:
        """Restore a header's columns and remember them from now on; `False` if there are none that fit."""
        is_restored = self.restore_header(key, header)
        for changed in (header.sectionResized, header.sectionMoved, header.sortIndicatorChanged):
            changed.connect(lambda *_: self.save_header(key, header))
        return is_restored

    def save_splitter(self, key: str, splitter: QSplitter) -> None:
        """Remember a splitter's sizes."""
        self._store.setValue(f"{key}/splitter", splitter.saveState())

    def restore_splitter(self, key: str, splitter: QSplitter) -> bool:
        """Give a splitter its remembered sizes; `False` if there are none."""
        return splitter.restoreState(self._bytes(f"{key}/splitter"))

    def _bytes(self, key: str) -> QByteArray:
        value = self._store.value(key)
        return value if isinstance(value, QByteArray) else QByteArray()
