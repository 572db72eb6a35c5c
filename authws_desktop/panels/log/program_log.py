"""The program's own log: what it did and what went wrong."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QPlainTextEdit, QPushButton, QWidget

from authws_desktop.logs import LINES_KEPT, LogLine, LogRing
from authws_desktop.panels.kit.chips import Chip, ChipShape
from authws_desktop.panels.kit.folding import FoldingSplitter
from authws_desktop.panels.kit.language import tr
from authws_desktop.panels.kit.table import Table
from authws_desktop.panels.kit.table_model import ROW_ROLE, Column
from authws_desktop.panels.kit.table_page import TablePage
from authws_desktop.panels.kit.theme import Theme, set_variant
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.kit.words import log_time_text, time_text

TIME, LEVEL, LOGGER, TEXT = range(4)
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
STATE_KEY = "log"
_CHIPS = {
    "DEBUG": Chip("debug", "neutral", ChipShape.PILL),
    "INFO": Chip("info", "info", ChipShape.PILL),
    "WARNING": Chip("warning", "warn", ChipShape.BOX),
    "ERROR": Chip("error", "bad", ChipShape.CUT),
    "CRITICAL": Chip("critical", "bad", ChipShape.CUT),
}


def level_rank(level: str) -> int:
    """Return a level's place in `LEVELS`; an unknown one counts as `INFO`."""
    return LEVELS.index(level) if level in LEVELS else 1


def line_text(line: LogLine) -> str:
    """Return a line as it is copied."""
    return f"{log_time_text(line.time_s)} {line.level} {line.logger}: {line.text}"


def line_key(line: LogLine) -> int:
    """Return what makes two lines the same one."""
    return line.number


def searched_text(line: LogLine) -> str:
    """Return what a search looks at: which part of the program, and the whole message."""
    return f"{line.logger} {line.text}"


def log_columns() -> list[Column[LogLine]]:
    """Return the columns: time, level, part and the message's first line."""
    return [
        Column(tr("Time"), lambda line: time_text(line.time_s), width_px=104),
        Column(
            tr("Level"),
            lambda line: line.level.lower(),
            chip=lambda line: _CHIPS.get(line.level, Chip(line.level.lower())),
            width_px=88,
        ),
        Column(tr("Part"), lambda line: line.logger.removeprefix("authws_desktop."), width_px=180),
        Column(tr("Message"), lambda line: line.text.split("\n", 1)[0]),
    ]


class ProgramLog(TablePage[LogLine]):
    """A table of lines with filter, search, copy and follow; the whole text of the chosen line below.

    Attributes:
        detail: The whole text of the chosen line.
        level_choice, follow_button, copy_button: The tools above the table.

    Args:
        ring: The newest lines.
        theme: The look.
        window_state: Remembers level, columns and sizes.
    """

    def __init__(self, ring: LogRing, theme: Theme, window_state: WindowState) -> None:
        self._ring = ring
        self._window_state = window_state
        self._last_number = 0
        table = Table(theme, tr("Log"), log_columns(), line_key, text_of=searched_text)
        super().__init__(theme, table, "scroll-text")
        self._build_tools()
        self._connect()
        self._restore()

    # Building

    def build_content(self) -> QWidget:
        """Return the table with the chosen line below it."""
        self.detail = QPlainTextEdit(readOnly=True)
        set_variant(self.detail, "kind", "pane")
        self.detail.setFont(self.theme.fixed_font())
        self.detail.setAccessibleName(self.tr("The chosen line"))
        self._splitter = FoldingSplitter(Qt.Orientation.Vertical, self._window_state, STATE_KEY)
        self._splitter.addWidget(self.table)
        self._splitter.addWidget(self.detail)
        self._splitter.setStretchFactor(0, 1)
        self._splitter.setSizes([480, 120])
        self._splitter.set_foldable(self.detail, is_remembered=False)
        self.detail.hide()  # the table has the whole height until a line is chosen
        return self._splitter

    def _build_tools(self) -> None:
        self.level_choice = QComboBox()
        self.level_choice.setAccessibleName(self.tr("Lowest level shown"))
        labels = (
            self.tr("Everything"),
            self.tr("Info and above"),
            self.tr("Warnings and errors"),
            self.tr("Errors"),
        )
        for label, level in zip(labels, LEVELS, strict=False):
            self.level_choice.addItem(label, level)
        self.follow_button = QPushButton(self.tr("Follow"))
        self.follow_button.setCheckable(True)
        self.follow_button.setChecked(True)
        self.follow_button.setToolTip(self.tr("Keep the newest line in view"))
        self.copy_button = QPushButton(self.tr("Copy"))
        self.copy_button.setToolTip(self.tr("Copy the chosen lines, or all that are shown"))
        self.theme.decorate(self.follow_button, "arrow-down", "muted")
        self.theme.decorate(self.copy_button, "copy", "muted")
        self.tool_row.addWidget(self.level_choice)
        self.tool_row.addWidget(self.build_search(self.tr("Search  /"), self.tr("Search the log")), 1)
        self.tool_row.addWidget(self.count_label)
        self.tool_row.addStretch(1)
        self.tool_row.addWidget(self.follow_button)
        self.tool_row.addWidget(self.copy_button)

    def _connect(self) -> None:
        self.level_choice.currentIndexChanged.connect(self._on_level_chosen)
        self.search.textChanged.connect(self._show_count)
        self.follow_button.toggled.connect(self._on_follow_toggled)
        self.copy_button.clicked.connect(self.copy)
        self.table.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self.table.verticalScrollBar().actionTriggered.connect(self._on_scrolled)
        self.table.verticalScrollBar().sliderMoved.connect(self._on_scrolled)
        copy, within = QKeySequence.StandardKey.Copy, Qt.ShortcutContext.WidgetWithChildrenShortcut
        leave = self.table.clearSelection
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self._splitter, leave, context=within)
        QShortcut(QKeySequence(copy), self.table, self.copy, context=within)

    def _restore(self) -> None:
        index = self.level_choice.findData(self._window_state.text("log/level", "DEBUG"))
        self.level_choice.setCurrentIndex(max(index, 0))
        self.table.remember(self._window_state, STATE_KEY)

    # Showing

    def refresh(self) -> None:
        """Take over the lines that are new."""
        if self._ring.last_number != self._last_number:
            lines = self._ring.after(self._last_number)
            self._last_number = self._ring.last_number
            self.table.source.append(lines, LINES_KEPT)
            if self.follow_button.isChecked():
                self.table.scrollToBottom()
        self._show_count()

    def _show_count(self) -> None:
        self.count_label.setText(self.counted_rows("%n line", "%n lines"))
        if self.table.source.rows():
            advice = self.tr("Choose a lower level or change the search.")
            self.show_rows_or(self.tr("No line matches"), advice)
        else:
            self.show_rows_or(self.tr("Nothing has been logged yet"), "")

    # Acting

    def copy(self) -> None:
        """Copy the chosen lines, or all that are shown where none is chosen."""
        lines = self.table.chosen() or self.table.shown()
        QGuiApplication.clipboard().setText("\n".join(map(line_text, lines)))

    def _on_level_chosen(self) -> None:
        level = str(self.level_choice.currentData())
        rank = level_rank(level)
        self.table.narrow((lambda line: level_rank(line.level) >= rank) if rank else None)
        self._window_state.set_text("log/level", level)
        self._show_count()

    def _on_follow_toggled(self, is_on: bool) -> None:
        if is_on:
            self.table.scrollToBottom()

    def _on_scrolled(self) -> None:
        # The person took hold of the bar: following lets go unless they went to the end.
        bar = self.table.verticalScrollBar()
        self.follow_button.setChecked(bar.sliderPosition() >= bar.maximum())

    def _on_selection_changed(self) -> None:
        chosen = self.table.selectionModel().selectedRows()
        self.detail.setVisible(bool(chosen))
        if not chosen:
            return
        if chosen[-1].row() < self.table.shown_count() - 1:
            self.follow_button.setChecked(False)
        self.detail.setPlainText(line_text(chosen[0].data(ROW_ROLE)))
