"""The program's own log: what it did and what went wrong."""

from __future__ import annotations

from PySide6.QtCore import QItemSelection, Qt, Slot
from PySide6.QtGui import QGuiApplication, QKeySequence, QPalette, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFrame,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from authws_desktop.logs import LINES_KEPT, LogRing
from authws_desktop.panels.accounts.bars import bar, under_bar
from authws_desktop.panels.chips import ChipDelegate
from authws_desktop.panels.empty_state import EmptyState
from authws_desktop.panels.log_model import LEVEL, LEVELS, LOGGER, TIME, LogFilter, LogModel, line_text
from authws_desktop.panels.theme import ROW_HEIGHT, Theme
from authws_desktop.panels.window_state import WindowState
from authws_desktop.panels.wording import counted

_WIDTHS_PX = {TIME: 104, LEVEL: 88, LOGGER: 180}


class LogPage(QWidget):
    """A table of lines with filter, search, copy and follow; the whole text of the chosen line below.

    Attributes:
        table: The lines.
        detail: The whole text of the chosen line.
        level_choice, search, follow_button, copy_button: The tools above it.

    Args:
        ring: The newest lines.
        theme: The look.
        window_state: Remembers level, columns and sizes.
        parent: The window.
    """

    def __init__(
        self, ring: LogRing, theme: Theme, window_state: WindowState, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._ring = ring
        self._theme = theme
        self._window_state = window_state
        self._last_number = 0
        self._model = LogModel(LINES_KEPT, self)
        self._shown = LogFilter(self._model, self)
        self._build()
        self._connect()
        self._restore()

    # Building

    def _build(self) -> None:
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._build_tools())
        self._stack = QStackedWidget()
        self._stack.addWidget(self._build_lines())
        self._empty = EmptyState(self._theme, "scroll-text")
        self._stack.addWidget(self._empty)
        layout.addLayout(under_bar(self._stack), 1)

    def _build_tools(self) -> QWidget:
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
        self.search = QLineEdit(placeholderText=self.tr("Search  /"), clearButtonEnabled=True)
        self.search.setAccessibleName(self.tr("Search the log"))
        self.search.setMaximumWidth(360)
        self._count = QLabel()
        self._count.setProperty("role", "muted")
        self.follow_button = QPushButton(self.tr("Follow"))
        self.follow_button.setCheckable(True)
        self.follow_button.setChecked(True)
        self.follow_button.setToolTip(self.tr("Keep the newest line in view"))
        self.copy_button = QPushButton(self.tr("Copy"))
        self.copy_button.setToolTip(self.tr("Copy the chosen lines, or all that are shown"))
        self._theme.decorate(self.follow_button, "arrow-down", "muted")
        self._theme.decorate(self.copy_button, "copy", "muted")
        return self._lay_out_tools()

    def _lay_out_tools(self) -> QFrame:
        frame, row = bar("bar", self)
        row.addWidget(self.level_choice)
        row.addWidget(self.search, 1)
        row.addWidget(self._count)
        row.addStretch(1)
        row.addWidget(self.follow_button)
        row.addWidget(self.copy_button)
        return frame

    def _build_lines(self) -> QSplitter:
        self.table = self._build_table()
        self.detail = QPlainTextEdit(readOnly=True)
        self.detail.setProperty("kind", "pane")
        self.detail.setFont(self._theme.fixed_font())
        self.detail.setAccessibleName(self.tr("The chosen line"))
        self.detail.setPlaceholderText(self.tr("Choose a line to read all of it."))
        self._splitter = QSplitter(Qt.Orientation.Vertical, childrenCollapsible=False)
        self._splitter.addWidget(self.table)
        self._splitter.addWidget(self.detail)
        self._splitter.setStretchFactor(0, 1)
        self._splitter.setSizes([480, 120])
        return self._splitter

    def _build_table(self) -> QTableView:
        table = QTableView(showGrid=False, wordWrap=False)
        table.setModel(self._shown)
        table.setAccessibleName(self.tr("Log"))
        table.setFont(self._theme.number_font())
        table.setItemDelegateForColumn(LEVEL, ChipDelegate(self._theme, table))
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setTabKeyNavigation(False)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.verticalHeader().hide()
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        header = table.horizontalHeader()
        header.setStretchLastSection(True)
        header.setHighlightSections(False)
        header.setFixedHeight(ROW_HEIGHT)
        for column, width in _WIDTHS_PX.items():
            header.resizeSection(column, width)
        return table

    def _connect(self) -> None:
        self.level_choice.currentIndexChanged.connect(self._on_level_chosen)
        self.search.textChanged.connect(self._on_search_changed)
        self.follow_button.toggled.connect(self._on_follow_toggled)
        self.copy_button.clicked.connect(self.copy)
        self.table.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self.table.verticalScrollBar().actionTriggered.connect(self._on_scrolled)
        self.table.verticalScrollBar().sliderMoved.connect(self._on_scrolled)
        self.table.horizontalHeader().sectionResized.connect(self._on_section_resized)
        self._splitter.splitterMoved.connect(self._on_splitter_moved)
        for keys, place, slot in (
            (QKeySequence("/"), self, self._on_find),
            (QKeySequence(QKeySequence.StandardKey.Find), self, self._on_find),
            (QKeySequence(QKeySequence.StandardKey.Copy), self.table, self.copy),
        ):
            shortcut = QShortcut(keys, place)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(slot)

    def _restore(self) -> None:
        index = self.level_choice.findData(self._window_state.text("log/level", "DEBUG"))
        self.level_choice.setCurrentIndex(max(index, 0))
        self._window_state.restore_header("log", self.table.horizontalHeader())
        self._window_state.restore_splitter("log", self._splitter)

    # Showing

    def refresh(self) -> None:
        """Take over the lines that are new."""
        if self._ring.last_number != self._last_number:
            lines = self._ring.after(self._last_number)
            self._last_number = self._ring.last_number
            self._model.add(lines)
            if self.follow_button.isChecked():
                self.table.scrollToBottom()
        self._show_count()

    def _show_count(self) -> None:
        shown, total = self._shown.rowCount(), self._model.rowCount()
        text = counted(total, self.tr("line"), self.tr("lines"))
        if shown != total:
            text = self.tr("{shown} of {lines}").format(shown=shown, lines=text)
        self._count.setText(text)
        if total and not shown:
            advice = self.tr("Choose a lower level or change the search.")
            self._empty.say(self.tr("No line matches"), advice)
        elif not shown:
            self._empty.say(self.tr("Nothing has been logged yet"), "")
        self._stack.setCurrentIndex(0 if shown else 1)

    @property
    def count_text(self) -> str:
        """How many lines are shown."""
        return self._count.text()

    @property
    def empty_text(self) -> str:
        """What is said in place of the table; empty while there are lines."""
        return self._empty.text if self._stack.currentIndex() == 1 else ""

    # Acting

    @Slot()
    def copy(self) -> None:
        """Copy the chosen lines, or all that are shown where none is chosen."""
        chosen = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        rows = chosen or range(self._shown.rowCount())
        lines = [self._model.line(self._shown.mapToSource(self._shown.index(row, 0)).row()) for row in rows]
        QGuiApplication.clipboard().setText("\n".join(map(line_text, lines)))

    @Slot()
    def _on_find(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    @Slot()
    def _on_level_chosen(self) -> None:
        level = str(self.level_choice.currentData())
        self._shown.show_from(level)
        self._window_state.set_text("log/level", level)
        self._show_count()

    @Slot(str)
    def _on_search_changed(self, text: str) -> None:
        self._shown.show_with(text)
        self._show_count()

    @Slot(bool)
    def _on_follow_toggled(self, is_on: bool) -> None:
        if is_on:
            self.table.scrollToBottom()

    @Slot()
    def _on_scrolled(self) -> None:
        # The person took hold of the bar: following lets go unless they went to the end.
        bar = self.table.verticalScrollBar()
        self.follow_button.setChecked(bar.sliderPosition() >= bar.maximum())

    @Slot(QItemSelection)
    def _on_selection_changed(self, _selected: QItemSelection) -> None:
        rows = self.table.selectionModel().selectedRows()
        if not rows:
            self.detail.clear()
            return
        if rows[-1].row() < self._shown.rowCount() - 1:
            self.follow_button.setChecked(False)
        line = self._model.line(self._shown.mapToSource(rows[0]).row())
        self.detail.setPlainText(line_text(line))

    @Slot()
    def _on_section_resized(self) -> None:
        self._window_state.save_header("log", self.table.horizontalHeader())

    @Slot()
    def _on_splitter_moved(self) -> None:
        self._window_state.save_splitter("log", self._splitter)
