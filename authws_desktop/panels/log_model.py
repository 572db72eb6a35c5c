"""The lines of the program's log as a Qt model, and their filter."""

from __future__ import annotations

import time
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)

from authws_desktop.logs import LogLine
from authws_desktop.panels.chips import CHIP_ROLE, Chip, ChipShape

TIME, LEVEL, LOGGER, TEXT = range(4)
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_CHIPS = {
    "DEBUG": Chip("debug", "neutral", ChipShape.PILL),
    "INFO": Chip("info", "info", ChipShape.PILL),
    "WARNING": Chip("warning", "warn", ChipShape.BOX),
    "ERROR": Chip("error", "bad", ChipShape.CUT),
    "CRITICAL": Chip("critical", "bad", ChipShape.CUT),
}

Index = QModelIndex | QPersistentModelIndex


def level_rank(level: str) -> int:
    """Return a level's place in `LEVELS`; an unknown one counts as `INFO`."""
    return LEVELS.index(level) if level in LEVELS else 1


def time_text(time_s: float) -> str:
    """Return a time of day to the millisecond."""
    clock = time.strftime("%H:%M:%S", time.localtime(time_s))
    return f"{clock}.{int(time_s % 1 * 1000):03}"


def line_text(line: LogLine) -> str:
    """Return a line as it is copied."""
    day = time.strftime("%Y-%m-%d", time.localtime(line.time_s))
    return f"{day} {time_text(line.time_s)} {line.level} {line.logger}: {line.text}"


class LogModel(QAbstractTableModel):
    """Lines, oldest first.

    Args:
        max_lines: The oldest ones above this number are dropped.
        parent: The view's page.
    """

    def __init__(self, max_lines: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._max_lines = max_lines
        self._lines: list[LogLine] = []
        self._titles = (self.tr("Time"), self.tr("Level"), self.tr("Part"), self.tr("Message"))

    def add(self, lines: list[LogLine]) -> None:
        """Add lines at the end; the oldest make room."""
        lines = lines[-self._max_lines :]
        surplus = len(self._lines) + len(lines) - self._max_lines
        if surplus > 0:
            self.beginRemoveRows(QModelIndex(), 0, surplus - 1)
            del self._lines[:surplus]
            self.endRemoveRows()
        if lines:
            first = len(self._lines)
            self.beginInsertRows(QModelIndex(), first, first + len(lines) - 1)
            self._lines += lines
            self.endInsertRows()

    def line(self, row: int) -> LogLine:
        """Return the line of a row."""
        return self._lines[row]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Return the number of lines; overrides Qt's."""
        return 0 if parent.isValid() else len(self._lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Return the number of columns; overrides Qt's."""
        return 0 if parent.isValid() else len(self._titles)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return a column's title; overrides Qt's."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return self._titles[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a cell shows; overrides Qt's."""
        if not index.isValid():
            return None
        line = self._lines[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(line, index.column())
        if role == Qt.ItemDataRole.UserRole:
            return (line.number, level_rank(line.level), line.logger, line.text)[index.column()]
        if role == CHIP_ROLE and index.column() == LEVEL:
            return _CHIPS.get(line.level, Chip(line.level.lower()))
        return None

    def _text(self, line: LogLine, column: int) -> str:
        if column == TIME:
            return time_text(line.time_s)
        if column == TEXT:
            return line.text.split("\n", 1)[0]
        return line.level.lower() if column == LEVEL else line.logger.removeprefix("authws_desktop.")


class LogFilter(QSortFilterProxyModel):
    """Lets through lines of a level and above that hold a text."""

    def __init__(self, model: LogModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._rank = 0
        self._words: list[str] = []
        self.setSourceModel(model)

    def show_from(self, level: str) -> None:
        """Show lines of this level and above."""
        self._rank = level_rank(level)
        self.invalidate()

    def show_with(self, text: str) -> None:
        """Show lines that hold every word of a text, whatever its case."""
        self._words = text.casefold().split()
        self.invalidate()

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        """Tell whether a line is shown; overrides Qt's."""
        line = self._model.line(source_row)
        if level_rank(line.level) < self._rank:
            return False
        haystack = f"{line.logger} {line.text}".casefold()
        return all(word in haystack for word in self._words)
